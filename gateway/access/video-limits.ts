import type { Clock } from "../clock.ts";
import { createRateLimit } from "./throttle.ts";

/**
 * How often WHIP and WHEP may be asked. A holder is a link, mirror or session together with the address that uses it, so
 * that one friend cannot use up another's share; generously, because many friends may come through one proxy. All addresses
 * of one holder together are bounded too. Guesses count by
 * address. Each table keeps the 10,000 (addresses: 2,000) keys seen last.
 */
export function createVideoLimits(clock: Clock) {
  const holders = createRateLimit(clock, { perSecond: 10, burst: 60 });
  const keys = createRateLimit(clock, { perSecond: 20, burst: 200 });
  const guesses = createRateLimit(clock, { perSecond: 0.5, burst: 20, maxKeys: 2_000 });
  let guessed = 0;
  let refused = 0;

  function counted(waitMs: number): number {
    if (waitMs > 0) refused += 1;
    return waitMs;
  }

  return {
    take(key: string, address: string): number {
      const waitMs = holders.take(`${key} ${address}`);
      return counted(waitMs > 0 ? waitMs : keys.take(key));
    },
    guess(address: string): number {
      guessed += 1;
      return counted(guesses.take(address));
    },
    counters: () => [
      {
        name: "vitrine_video_guesses_total",
        help: "requests for video without a valid token or session",
        value: guessed,
      },
      { name: "vitrine_video_limited_total", help: "requests for video that had to wait", value: refused },
    ],
  };
}
