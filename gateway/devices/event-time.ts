/** What was learned about one device's clock. Memory, not journaled; a record carries it, so that a replay reads the same times. */
export type ClockMemory = { offsetMs: number; candidateMs: number; agreed: number };

/** A device's time is believed when, after its learned offset, it lies this near to its arrival. */
const believedWithinMs = 10 * 60 * 1000;
const agreeWithinMs = 5_000;
const agreeTimes = 3;

export const unknownClock = (): ClockMemory => ({ offsetMs: 0, candidateMs: 0, agreed: 0 });

/**
 * When something was measured: the device's own `at` if its clock can be believed, else the arrival.
 * A clock that is off by the same amount three times in a row is corrected from then on.
 */
export function eventTime(
  memory: ClockMemory,
  at: number | undefined,
  arrivedAt: number,
): { at: number; believed: boolean } {
  if (at === undefined) return { at: arrivedAt, believed: true };
  const corrected = at + memory.offsetMs;
  if (Math.abs(arrivedAt - corrected) <= believedWithinMs) {
    memory.agreed = 0;
    return { at: Math.min(corrected, arrivedAt), believed: true };
  }
  const offset = arrivedAt - at;
  memory.agreed = Math.abs(offset - memory.candidateMs) <= agreeWithinMs ? memory.agreed + 1 : 1;
  memory.candidateMs = offset;
  if (memory.agreed >= agreeTimes) memory.offsetMs = offset;
  return { at: arrivedAt, believed: false };
}
