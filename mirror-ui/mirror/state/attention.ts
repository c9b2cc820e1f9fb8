/** Is somebody at the mirror? Times are epoch ms or any rising ms. */
export type Attention = {
  /** "gone": nobody for a minute, so the mirror goes back to rest and lets go of the camera. */
  state: "looking" | "here" | "lost" | "gone";
  /** When a face was last seen, or when looking began. */
  lastSeenMs: number;
};

/** A face turned away for a moment is still here. */
export const LOST_AFTER_MS = 1_200;
export const GONE_AFTER_MS = 60_000;

export const beginAttention = (nowMs: number): Attention => ({ state: "looking", lastSeenMs: nowMs });

export function advanceAttention(attention: Attention, seen: boolean, nowMs: number): Attention {
  if (seen) return { state: "here", lastSeenMs: nowMs };
  const awayMs = nowMs - attention.lastSeenMs;
  if (awayMs >= GONE_AFTER_MS) return { ...attention, state: "gone" };
  if (attention.state === "here" && awayMs >= LOST_AFTER_MS) return { ...attention, state: "lost" };
  return attention;
}
