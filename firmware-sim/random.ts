/** A seeded source of chance. Same seed, same numbers, on every machine: nothing else in the simulator may be random. */
export type Random = {
  /** 0 ≤ x < 1 */
  next(): number;
  /** low ≤ x < high */
  between(low: number, high: number): number;
  /** low ≤ n ≤ high, whole */
  integer(low: number, high: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  /** Normal distribution (Box-Muller). */
  normal(mean: number, deviation: number): number;
  pick<T>(list: readonly T[]): T | undefined;
  hex(bytes: number): string;
};

/**
 * A stream of its own for `label`, so that one device or person drawing more numbers never changes another's.
 * The generator is sfc32 (Chris Doty-Humphrey, PractRand), seeded by FNV-1a of seed and label.
 */
export function createRandom(seed: string | number, label: string): Random {
  let a = hash(`${seed}/${label}/a`);
  let b = hash(`${seed}/${label}/b`);
  let c = hash(`${seed}/${label}/c`);
  let counter = 1;
  let spare: number | undefined;

  function word(): number {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return t >>> 0;
  }
  for (let warmUp = 0; warmUp < 12; warmUp++) word();

  const next = () => word() / 4_294_967_296;
  return {
    next,
    between: (low, high) => low + next() * (high - low),
    integer: (low, high) => low + Math.floor(next() * (high - low + 1)),
    chance: (probability) => next() < probability,
    normal(mean, deviation) {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return mean + deviation * value;
      }
      const radius = Math.sqrt(-2 * Math.log(1 - next()));
      const angle = 2 * Math.PI * next();
      spare = radius * Math.sin(angle);
      return mean + deviation * radius * Math.cos(angle);
    },
    pick: (list) => list[Math.floor(next() * list.length)],
    hex: (bytes) => Array.from({ length: bytes }, () => (word() & 0xff).toString(16).padStart(2, "0")).join(""),
  };
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}
