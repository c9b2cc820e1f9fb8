/** Who publishes faster than it may, as pages say it: until a minute after the last time. Memory only. */

const fadesAfterMs = 60_000;
/** As many as the registry has places for; the one that was slowed down longest ago leaves. */
const devicesKept = 800;

export type LoudDevices = ReturnType<typeof createLoudDevices>;

export function createLoudDevices(now: () => number) {
  /** Device -> when it was last slowed down, epoch ms; longest ago first. */
  const slowedAt = new Map<string, number>();
  const turned = new Set<string>();

  // a clock that was set back makes nobody loud for ever
  const isFresh = (at: number) => Math.abs(now() - at) < fadesAfterMs;

  function forget(deviceId: string) {
    slowedAt.delete(deviceId);
    turned.add(deviceId);
  }

  return {
    note(deviceId: string) {
      if (!slowedAt.delete(deviceId)) turned.add(deviceId);
      slowedAt.set(deviceId, now());
      const [oldest] = slowedAt.keys();
      if (slowedAt.size > devicesKept && oldest !== undefined) forget(oldest);
    },
    isLoud(deviceId: string): boolean {
      const at = slowedAt.get(deviceId);
      return at !== undefined && isFresh(at);
    },
    /** Who became loud, or quiet again, since this was asked last. */
    takeTurned(): string[] {
      for (const [deviceId, at] of slowedAt) if (!isFresh(at)) forget(deviceId);
      const ids = [...turned];
      turned.clear();
      return ids;
    },
  };
}
