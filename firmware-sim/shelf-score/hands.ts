import type { Item } from "../physics/goods.ts";
import type { Row } from "../physics/row.ts";
import type { Random } from "../random.ts";
import type { Difficulty, Mix } from "./mix.ts";
import { itemOn, type ScoreShelf, type Stand } from "./score-shop.ts";

/** One product's count that truly changed: what the gateway must say. */
export type Happened = {
  /** Those of one visit share it. */
  visit: number;
  difficulty: Difficulty;
  shelf: string;
  /** From 1; where the (first) item stood or stands. */
  plate: number;
  sku: string;
  delta: number;
  /** When the load changed, and when the last hand was off the shelf. Epoch ms. */
  atMs: number;
  leftMs: number;
};
/** Everything about one visit, as an all-knowing observer is told it. */
export type Visit = {
  number: number;
  fromMs: number;
  leftMs: number;
  /** Where each hand went, plates from 0. */
  hands: number[];
  /** What stood on the shelf, and what people nearby had in their hands, before it. */
  before: readonly Item[];
  held: readonly Item[];
  happened: Happened[];
};

type Act = { difficulty: Difficulty; item: Item; count: number };
type Plan = { atMs: number; act(atMs: number): void };

const betweenVisitsMs = 1_200;
const meanGapMs = 4_000;
/** Who holds more than this walks away with some of it. */
const mostHeld = 6;
/** What is put further from home than this lies where it does not belong. */
export const strayBeyondPlates = 1.2;
/** How often a restock brings two at once. */
export const pairRestocked = 0.3;

/** People at one shelf, one visit after the other; two hands at once are one visit. */
export function createHands(options: {
  shelf: ScoreShelf;
  row: Row;
  random: Random;
  mix: Mix;
  startMs: number;
  tell(visit: Visit): void;
}) {
  const { shelf, row, random, mix, tell } = options;
  const standOf = new Map(shelf.stands.map((stand) => [stand.sku, stand]));
  const strays = new Set<Item>();
  const held: Item[] = [];
  let plans: Plan[] = [];
  let visits = 0;
  let current: Visit | undefined;
  let nextMs = options.startMs + gapMs();

  function gapMs() {
    return -Math.log(1 - random.next()) * meanGapMs;
  }
  const plateOf = (x: number) => Math.max(0, Math.min(shelf.plates - 1, Math.round(x)));
  const isTwin = (sku: string) => standOf.get(sku)?.hasTwin ?? false;
  const facing = (item: Item, within: number) =>
    [...row.items].filter(
      (other) => other.sku === item.sku && Math.abs(other.x - item.x) < within && !strays.has(other),
    );

  /** What each difficulty could be done with just now. */
  function chances(): { possible: Difficulty[]; pick: (difficulty: Difficulty) => Act | undefined } {
    const lying = [...row.items];
    const own = lying.filter((item) => !strays.has(item));
    const options: Record<Difficulty, () => Item[]> = {
      pick: () => own.filter(({ sku }) => !isTwin(sku)),
      "put-back": () => held.filter(({ sku }) => !isTwin(sku)),
      misplaced: () => held,
      simultaneous: () => (own.length > 1 ? own : []),
      "equal weight": () => [...own, ...held].filter(({ sku }) => isTwin(sku)),
      "two of one": () => own.filter((item) => !isTwin(item.sku) && facing(item, 0.8).length > 1),
      restock: () => (lying.length < shelf.plates * 10 ? shelf.stands.map((stand) => fresh(stand)) : []),
      "stray taken": () => [...strays],
      sweep: () => own.filter((item) => facing(item, 0.9).length > 3),
    };
    const names = Object.keys(options).filter((name): name is Difficulty => name in options);
    return {
      possible: names.filter((name) => options[name]().length > 0),
      pick(difficulty) {
        const item = random.pick(options[difficulty]());
        if (!item) return undefined;
        return { difficulty, item, count: countOf(difficulty) };
      },
    };
  }
  function countOf(difficulty: Difficulty): number {
    if (difficulty === "sweep") return random.integer(3, 6);
    return difficulty === "two of one" || (difficulty === "restock" && random.chance(pairRestocked)) ? 2 : 1;
  }
  const fresh = (stand: Stand) => itemOn(stand, random.pick(stand.homes) ?? 0, random);

  /** Somewhere at home again, or so far away that it is somebody else's place. */
  function newPlace(item: Item, isMisplaced: boolean): number {
    const stand = standOf.get(item.sku);
    if (!stand) return item.x;
    if (!isMisplaced) return fresh(stand).x;
    let x = 0;
    for (let tries = 0; tries < 20; tries++) {
      x = random.between(-0.3, shelf.plates - 0.7);
      if (!stand.homes.some((home) => Math.abs(home - x) < strayBeyondPlates)) break;
    }
    return x;
  }

  function noted(act: Act, change: { atMs: number; delta: number; x: number; leftMs: number }) {
    const { atMs, delta, leftMs } = change;
    const known = current?.happened.find(
      (one) => one.sku === act.item.sku && Math.sign(one.delta) === Math.sign(delta),
    );
    // picks of one product at the same moment are one event
    if (known) {
      known.delta += delta;
      known.leftMs = Math.max(known.leftMs, leftMs);
      return;
    }
    const { number: visit } = current ?? { number: 0 };
    const plate = plateOf(change.x) + 1;
    const { difficulty } = act;
    current?.happened.push({ visit, difficulty, shelf: shelf.id, plate, sku: act.item.sku, delta, atMs, leftMs });
    mix.note(difficulty);
  }

  /** A hand takes so many: once, or grip after grip in a sweep. Answers when it has gone. */
  function take(fromMs: number, act: Act): number {
    const grips = act.difficulty === "sweep" ? act.count : 1;
    const spans = Array.from({ length: grips }, (_, n) => random.between(n === 0 ? 200 : 350, n === 0 ? 800 : 800));
    const leftMs = fromMs + spans.reduce((sum, ms) => sum + ms, 0) + random.between(50, 500);
    row.touch(act.item.x, fromMs, leftMs);
    current?.hands.push(plateOf(act.item.x));
    const goods = [act.item, ...facing(act.item, 0.9).filter((other) => other !== act.item)].slice(0, act.count);
    let atMs = fromMs;
    spans.forEach((ms, grip) => {
      atMs += ms;
      const taken = grips === 1 ? goods : goods.slice(grip, grip + 1);
      plans.push({
        atMs,
        act(at) {
          const gone = taken.filter((item) => row.items.has(item));
          if (gone.length === 0) return;
          for (const item of gone) {
            row.remove(item);
            strays.delete(item);
            held.push(item);
          }
          row.knock(act.item.x, random.between(-20, 20));
          noted(act, { atMs: at, delta: -gone.length, x: act.item.x, leftMs });
        },
      });
    });
    return leftMs;
  }

  function bring(fromMs: number, act: Act): number {
    const before = random.between(100, 500);
    const leftMs = fromMs + before + random.between(100, 500);
    const isMisplaced = act.difficulty === "misplaced";
    const x = act.difficulty === "restock" ? act.item.x : newPlace(act.item, isMisplaced);
    row.touch(x, fromMs, leftMs);
    current?.hands.push(plateOf(x));
    const index = held.indexOf(act.item);
    if (index >= 0) held.splice(index, 1);
    const stand = standOf.get(act.item.sku);
    const more = stand ? Array.from({ length: act.count - 1 }, () => ({ ...fresh(stand), x })) : [];
    plans.push({
      atMs: fromMs + before,
      act(at) {
        for (const one of [{ ...act.item, x }, ...more]) {
          row.add(one);
          if (isMisplaced) strays.add(one);
        }
        row.knock(x, random.between(-40, 60));
        noted(act, { atMs: at, delta: act.count, x, leftMs });
      },
    });
    return leftMs;
  }

  function visit(nowMs: number) {
    const { possible, pick } = chances();
    const difficulty = mix.choose(possible);
    const act = difficulty && pick(difficulty);
    if (!act) return;
    visits += 1;
    const before = [...row.items];
    current = { number: visits, fromMs: nowMs, leftMs: nowMs, hands: [], before, held: [...held], happened: [] };
    if (act.difficulty === "restock" || held.includes(act.item)) current.leftMs = bring(nowMs, act);
    else current.leftMs = take(nowMs, act);
    if (act.difficulty !== "simultaneous") return;
    const other = random.pick(before.filter((item) => item !== act.item && !strays.has(item)));
    if (other) current.leftMs = Math.max(current.leftMs, take(nowMs + random.between(0, 600), { ...act, item: other }));
  }

  return {
    step(nowMs: number, isOpen: boolean) {
      for (const plan of plans.filter(({ atMs }) => atMs <= nowMs).sort((a, b) => a.atMs - b.atMs)) plan.act(nowMs);
      plans = plans.filter(({ atMs }) => atMs > nowMs);
      if (current && plans.length === 0 && nowMs >= current.leftMs) {
        if (current.happened.length > 0) tell(current);
        current = undefined;
        if (held.length > mostHeld) held.splice(0, 2);
        nextMs = nowMs + betweenVisitsMs + gapMs();
      }
      if (isOpen && !current && nowMs >= nextMs) visit(nowMs);
    },
    isBusy: () => current !== undefined,
  };
}
