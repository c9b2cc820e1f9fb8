import type { Random } from "../random.ts";
import { type Item, sharesOf } from "./goods.ts";

/** Numbers and where they come from: docs/noise-model.md. */
const shakesPerSecond = 0.022;
const mostShakeGrams = 170;
const leansPerSecond = 1 / 900;

/** Something that pushes on a plate for a while. A hand comes, trembles and goes; a knock rings out. */
type Push = { kind: "hand" | "knock"; fromMs: number; untilMs: number; grams: number; phase: number };

export type Row = ReturnType<typeof createRow>;

/**
 * Plates side by side under one board: what rests on each of them, and what presses on it just now. `random` decides when
 * the floor shakes and strangers lean on the shelf; `calm` leaves that out, `noStrangers` the latter.
 */
export function createRow(options: {
  plates: number;
  startMs: number;
  random: Random;
  calm?: boolean;
  noStrangers?: boolean;
}) {
  const { plates, startMs, random } = options;
  const resting = new Float64Array(plates);
  const items = new Set<Item>();
  const pushes: Push[][] = Array.from({ length: plates }, () => []);
  const gapMs = (perSecond: number) => (-Math.log(1 - random.next()) / perSecond) * 1_000;
  let nextShakeMs = options.calm ? Number.POSITIVE_INFINITY : startMs + gapMs(shakesPerSecond * plates);
  const isLonely = options.calm || options.noStrangers;
  let nextLeanMs = isLonely ? Number.POSITIVE_INFINITY : startMs + gapMs(leansPerSecond * plates);
  let nowMs = startMs;

  function push(kind: Push["kind"], plate: number, at: { fromMs: number; untilMs: number; grams: number }) {
    pushes[plate]?.push({ kind, ...at, phase: random.between(0, 6.28) });
  }
  const nearest = (x: number) => Math.max(0, Math.min(plates - 1, Math.round(x)));

  function rest(item: Item, sign: 1 | -1) {
    for (const [plate, share] of sharesOf(item, plates))
      resting[plate] = (resting[plate] ?? 0) + sign * share * item.grams;
  }
  /** Half of a shop's plates swing by more than 10 g in half a minute though nobody touches them. */
  function shake(atMs: number) {
    const grams = Math.exp(random.between(Math.log(10), Math.log(60)) + Math.abs(random.normal(0, 0.4)));
    const plate = random.integer(0, plates - 1);
    const untilMs = atMs + random.between(150, 900);
    push("knock", plate, {
      fromMs: atMs,
      untilMs,
      grams: Math.min(mostShakeGrams, grams) * (random.chance(0.5) ? 1 : -1),
    });
  }
  /** Somebody rests an arm, for seconds, on one plate or two. */
  function lean(atMs: number, plate: number) {
    const untilMs = atMs + random.between(1_000, 8_000);
    const grams = Math.exp(random.between(Math.log(80), Math.log(2_500)));
    push("hand", plate, { fromMs: atMs, untilMs, grams });
    push("hand", plate + 1, { fromMs: atMs, untilMs, grams: grams * random.between(0.1, 0.9) });
  }

  return {
    plates,
    items: items as ReadonlySet<Item>,
    add(item: Item) {
      items.add(item);
      rest(item, 1);
    },
    remove(item: Item) {
      if (items.delete(item)) rest(item, -1);
    },
    /** A hand that takes or brings something: it presses 8 to 250 g or lifts a little, half the time on a neighbour too. */
    touch(x: number, fromMs: number, untilMs: number) {
      const plate = nearest(x);
      const grams = Math.exp(random.between(Math.log(8), Math.log(250))) * (random.chance(0.7) ? 1 : -0.3);
      push("hand", plate, { fromMs, untilMs, grams });
      if (!random.chance(0.5)) return;
      push("hand", plate + (random.chance(0.5) ? 1 : -1), { fromMs, untilMs, grams: grams * random.between(0.1, 0.6) });
    },
    /** Somebody who stands there rests an arm on the shelf. */
    leanOn: (x: number) => lean(nowMs, nearest(x)),
    /** What was set down, or let go of, makes its plate ring. */
    knock(x: number, grams: number) {
      push("knock", nearest(x), { fromMs: nowMs, untilMs: nowMs + random.between(150, 900), grams });
    },
    advance(toMs: number) {
      nowMs = toMs;
      for (; nextShakeMs <= nowMs; nextShakeMs += gapMs(shakesPerSecond * plates)) shake(nextShakeMs);
      for (; nextLeanMs <= nowMs; nextLeanMs += gapMs(leansPerSecond * plates))
        lean(nextLeanMs, random.integer(0, plates - 1));
      for (let plate = 0; plate < plates; plate++) {
        const here = pushes[plate];
        if (here?.length) pushes[plate] = here.filter(({ untilMs }) => untilMs > nowMs);
      }
    },
    restingGrams: (plate: number) => resting[plate] ?? 0,
    isTouched: (plate: number) => (pushes[plate]?.length ?? 0) > 0,
    /** Grams beyond what rests there; `tremor` is a stream of chance of whoever measures. */
    pressingGrams(plate: number, tremor: Random): number {
      const here = pushes[plate];
      if (!here?.length) return 0;
      let grams = 0;
      for (const { kind, fromMs, untilMs, grams: most, phase } of here) {
        if (nowMs < fromMs || nowMs >= untilMs) continue;
        const passed = (nowMs - fromMs) / 1_000;
        if (kind === "knock") {
          grams += most * Math.cos(passed * 28 + phase) * Math.exp(-passed * 6);
          continue;
        }
        const share = (nowMs - fromMs) / (untilMs - fromMs);
        const trembling = 1 + 0.15 * Math.sin((nowMs / 1_000) * 7 + phase) + tremor.normal(0, 0.08);
        grams += most * Math.min(1, share * 6, (1 - share) * 6) * trembling;
      }
      return grams;
    },
  };
}
