/**
 * How one device is doing, learned from what it says. Memory: a snapshot carries it, the journal does not. All times are
 * epoch ms of arrival, by our clock.
 */
export type Health = {
  received: number;
  /** Gaps in `seq`; one that arrives late after all is taken back. */
  lost: number;
  /** Power-ons after the first one heard. */
  restarts: number;
  /** How often it speaks: a running mean of the gaps, bursts taken as one. 0: not learned yet. */
  intervalMs: number;
  /** Mean distance of a gap from `intervalMs`. */
  spreadMs: number;
  gaps: number;
  /** The longest gap of about a day that ended by itself: some speak often by day and seldom by night. */
  longestGapMs: number;
  longestGapAt: number;
  /** When it was last heard, as far as silence is judged: not kept over a restart of the gateway. */
  heardAt: number | undefined;
  /** First and highest `seq` of this power-on, as heard by this run of the gateway. */
  firstSeq: number | undefined;
  highestSeq: number | undefined;
  batteryPercent: number | undefined;
  /** The last few differences between its clock and ours, ms. */
  clockOffsetsMs: number[];
};

/** A seq that jumps further was set anew, and tells nothing of loss. */
const believableGap = 1_000;
/** A gap shorter than this share of the interval belongs to the same breath. */
const burstShare = 0.25;
/** A gap longer than this many intervals is cut to it. */
const outlierTimes = 4;
/** One gap's weight in the running mean, once there are enough of them: an exponential mean over about sixteen gaps. */
const smoothing = 1 / 16;
const gapsUntilLearned = 8;
/** A device is regular when its gaps differ from their mean by less than this share of it; at random times it is 0.74. */
const regularShare = 0.4;
const longestGapKeptMs = 24 * 3_600_000;
/** An outage is longer than this, and teaches nothing. */
const longestGapLearnedMs = 15 * 60_000;
const clockOffsetsKept = 5;

/** No silence shorter than this means anything. */
const leastSilenceMs = 30_000;
const intervalsOfSilence = 5;
/** Devices that speak when something changes: a shop may be closed for a long weekend. */
const irregularSilenceMs = 4 * 24 * 3_600_000;

export const unknownHealth = (): Health => ({
  received: 0,
  lost: 0,
  restarts: 0,
  intervalMs: 0,
  spreadMs: 0,
  gaps: 0,
  longestGapMs: 0,
  longestGapAt: 0,
  heardAt: undefined,
  firstSeq: undefined,
  highestSeq: undefined,
  batteryPercent: undefined,
  clockOffsetsMs: [],
});

/** A message arrived. `learns`: false after an absence that the device or its will announced. */
export function noteHeard(health: Health, now: number, learns: boolean) {
  health.received++;
  const last = health.heardAt;
  if (last !== undefined && now > last && learns) {
    const gapMs = now - last;
    // what follows within a breath is not the beginning of a new one
    if (gapMs < health.intervalMs * burstShare) return;
    learnGap(health, gapMs, now);
  }
  health.heardAt = now;
}

function learnGap(health: Health, gapMs: number, now: number) {
  if (gapMs <= longestGapLearnedMs && (gapMs > health.longestGapMs || now - health.longestGapAt > longestGapKeptMs)) {
    health.longestGapMs = gapMs;
    health.longestGapAt = now;
  }
  health.gaps++;
  const isKnown = health.gaps > gapsUntilLearned;
  const counted = isKnown ? Math.min(gapMs, health.intervalMs * outlierTimes) : gapMs;
  const weight = Math.max(smoothing, 1 / health.gaps);
  health.spreadMs += weight * (Math.abs(counted - health.intervalMs) - health.spreadMs);
  health.intervalMs += weight * (counted - health.intervalMs);
  // the first gap is no distance from anything
  if (health.gaps === 1) health.spreadMs = 0;
}

/** Counts gaps in `seq`. Call it once for each message that is no repetition; `isNewBoot`: counting begins anew. */
export function noteSeq(health: Health, seq: number, isNewBoot: boolean) {
  const { highestSeq, firstSeq } = health;
  if (isNewBoot || highestSeq === undefined || firstSeq === undefined) {
    health.firstSeq = seq;
    health.highestSeq = seq;
    return;
  }
  if (seq > highestSeq) {
    const missing = seq - highestSeq - 1;
    if (missing > 0 && missing <= believableGap) health.lost += missing;
    health.highestSeq = seq;
  } else if (seq > firstSeq && seq < highestSeq && health.lost > 0) health.lost--;
}

/** `aheadMs`: the device's time of a message minus our time of its arrival. */
export function noteClock(health: Health, aheadMs: number) {
  health.clockOffsetsMs.push(aheadMs);
  if (health.clockOffsetsMs.length > clockOffsetsKept) health.clockOffsetsMs.shift();
}

/** The names under which makers tell how full a battery is, in percent. */
const batteryNames: ReadonlySet<string> = new Set(["batteryPercent", "battery", "batteryLevel", "battery_level"]);

export function noteValue(health: Health, name: string, value: number) {
  if (batteryNames.has(name) && value >= 0 && value <= 100) health.batteryPercent = value;
}

const isRegular = ({ gaps, intervalMs, spreadMs }: Health) =>
  gaps >= gapsUntilLearned && spreadMs <= regularShare * intervalMs;

/**
 * How long a silence must be to mean something, ms. `tellsItsEnd`: a device with a will, of which the broker says when it
 * is gone; it may be as quiet as it likes when it has no interval.
 */
export function silentAfterMs(health: Health, tellsItsEnd: boolean): number {
  if (!isRegular(health)) {
    return tellsItsEnd
      ? Number.POSITIVE_INFINITY
      : Math.max(irregularSilenceMs, intervalsOfSilence * health.intervalMs);
  }
  return Math.max(leastSilenceMs, intervalsOfSilence * health.intervalMs, 2 * health.longestGapMs);
}

/** What is known of it, as people read it. */
export function healthView(health: Health): {
  intervalMs?: number;
  batteryPercent?: number;
  clockOffsetMs?: number;
  received: number;
  lost: number;
  restarts: number;
} {
  const { received, lost, restarts, batteryPercent, clockOffsetsMs } = health;
  const sorted = clockOffsetsMs.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  return {
    ...(isRegular(health) ? { intervalMs: Math.round(health.intervalMs) } : {}),
    ...(batteryPercent === undefined ? {} : { batteryPercent }),
    ...(median === undefined ? {} : { clockOffsetMs: Math.round(median) }),
    received,
    lost,
    restarts,
  };
}

/** What of it outlives the gateway: a silence while nobody listened is none, and neither is what was sent meanwhile. */
export function lastingHealth(health: Health): Health {
  return { ...health, heardAt: undefined, firstSeq: undefined, highestSeq: undefined };
}
