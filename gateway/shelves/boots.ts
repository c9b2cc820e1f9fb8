/** How many superseded power-ons of a device are remembered; an older one that turns up again would count as new. */
const bootsKept = 16;

/** Notes that `boot` is the device's current power-on. */
export function rememberBoot(boots: Map<string, number[]>, deviceId: string, boot: number) {
  const known = boots.get(deviceId);
  if (!known) {
    boots.set(deviceId, [boot]);
    return;
  }
  // one that was superseded never becomes the current one again
  if (known.includes(boot)) return;
  known.push(boot);
  if (known.length > bootsKept) known.shift();
}

/** True for a power-on that a newer one has replaced: what it says is late. */
export function isSuperseded(boots: Map<string, number[]>, deviceId: string, boot: number): boolean {
  const known = boots.get(deviceId);
  return known !== undefined && known[known.length - 1] !== boot && known.includes(boot);
}
