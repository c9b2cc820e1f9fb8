const tickMs = 1;

/** Calls `send` `perSecond` times a second, evenly, for so long or until it answers false. */
export function every(durationMs: number, perSecond: number, send: (n: number) => unknown): Promise<void> {
  const from = performance.now();
  let sent = 0;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const elapsed = performance.now() - from;
      let goesOn = true;
      for (const due = Math.floor((elapsed * perSecond) / 1_000); goesOn && sent < due; sent++)
        goesOn = send(sent) !== false;
      if (goesOn && elapsed < durationMs) return;
      clearInterval(timer);
      resolve();
    }, tickMs);
  });
}
