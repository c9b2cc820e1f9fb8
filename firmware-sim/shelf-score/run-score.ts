import { createRandom } from "../random.ts";
import { createHands, type Happened, type Visit } from "./hands.ts";
import { type ShelfScore, scoreShelves } from "./matching.ts";
import { createMix } from "./mix.ts";
import { createOracle, type OracleScore } from "./oracle.ts";
import { startReplay } from "./replaying.ts";
import { type Doubted, readSaid, type Said } from "./said.ts";
import { areTwins, configFiles, createScoreShop, type ScoreShop } from "./score-shop.ts";
import { createWeighing } from "./weighing.ts";

/** 5 January 2026, 09:00 UTC. Any Monday would do. */
export const scoreStartMs = Date.UTC(2026, 0, 5, 9);
const startMs = scoreStartMs;
/** Nobody comes near the shelves at first: what the gateway says then is its opening count. */
const openingMs = 30_000;
const closingMs = 10_000;
const platesPerShelf = 8;
const eventsPerShelf = 150;
const handsEveryMs = 100;
/** Fewer, larger messages say the same sooner; a shelf has 64 places for products at the most. */
const quietPlatesPerShelf = 40;
const mostQuietPlates = 1_000;

export type EventScore = {
  seed: string;
  hz: number;
  shelves: number;
  score: ShelfScore;
  oracle: OracleScore;
};

/** Shelves with people at them, until so many events have happened; and what the gateway made of it. */
export async function scoreEvents(job: {
  seed: string;
  hz: number;
  events: number;
  progress(text: string): void;
}): Promise<EventScore> {
  const { seed, hz, events } = job;
  const shop = createScoreShop({ seed, shelves: Math.max(1, Math.ceil(events / eventsPerShelf)), platesPerShelf });
  const weighing = createWeighing(shop, { seed, startMs });
  const mix = createMix(createRandom(seed, "mix"));
  const happened: Happened[] = [];
  const oracle = createOracle();
  const openMs = startMs + openingMs;
  const crews = weighing.map((scale) => {
    const watch = oracle.watch(scale);
    const tell = (visit: Visit) => {
      happened.push(...visit.happened);
      watch.judge(visit);
    };
    const random = createRandom(seed, `hands/${scale.shelf.id}`);
    const hands = createHands({ shelf: scale.shelf, row: scale.row, random, mix, startMs: openMs, tell });
    return { scale, hands, watch };
  });
  const heard = createHearing(openMs);
  const replay = await startReplay(configFiles(shop), heard.hear);
  const tickMs = Math.min(handsEveryMs, 1_000 / hz);
  let endMs = Number.POSITIVE_INFINITY;
  try {
    for (let tick = 0; ; tick++) {
      const nowMs = startMs + Math.round(tick * tickMs);
      if (endMs === Number.POSITIVE_INFINITY && happened.length >= events) {
        endMs = nowMs + closingMs;
      }
      if (nowMs >= endMs && crews.every(({ hands }) => !hands.isBusy())) break;
      const isDue = Math.floor((tick * tickMs * hz) / 1_000) !== Math.floor(((tick - 1) * tickMs * hz) / 1_000);
      for (const { scale, hands, watch } of crews) {
        scale.row.advance(nowMs);
        hands.step(nowMs, endMs === Number.POSITIVE_INFINITY && nowMs >= openMs);
        if (!isDue) continue;
        const { weighed, lines } = scale.weigh(nowMs);
        watch.see(weighed, hands.isBusy());
        for (const line of lines) await replay.write(line);
      }
      if (tick % 1_000 === 0) job.progress(`seed ${seed}: ${happened.length} of ${events} events`);
    }
    await replay.end();
  } finally {
    await replay.close();
  }
  const twins = twinsOf(shop);
  const score = scoreShelves({ ...heard, happened, areTwins: twins });
  return { seed, hz, shelves: shop.shelves.length, score, oracle: oracle.score() };
}

export type QuietScore = { seed: string; hz: number; plateHours: number; falseChanges: Said[]; doubts: number };

/** Shelves that nobody takes from, while the floor shakes and strangers lean on them. */
export async function scoreQuiet(job: {
  seed: string;
  hz: number;
  plateHours: number;
  progress(text: string): void;
}): Promise<QuietScore> {
  const { seed, hz } = job;
  const plates = Math.min(mostQuietPlates, Math.max(quietPlatesPerShelf, job.plateHours));
  const shelves = Math.ceil(plates / quietPlatesPerShelf);
  const shop = createScoreShop({ seed: `quiet/${seed}`, shelves, platesPerShelf: quietPlatesPerShelf });
  const scales = createWeighing(shop, { seed, startMs });
  const readings =
    Math.ceil((job.plateHours / (shelves * quietPlatesPerShelf)) * 3_600 * hz) + (openingMs / 1_000) * hz;
  const heard = createHearing(startMs + openingMs);
  const replay = await startReplay(configFiles(shop), heard.hear);
  try {
    for (let n = 0; n < readings; n++) {
      const nowMs = startMs + Math.round((n * 1_000) / hz);
      for (const scale of scales) for (const line of scale.weigh(nowMs).lines) await replay.write(line);
      if (n % 1_000 === 0) job.progress(`seed ${seed}: quiet shelves, ${Math.round((100 * n) / readings)} %`);
    }
    await replay.end();
  } finally {
    await replay.close();
  }
  const { said, doubted } = heard;
  return { seed, hz, plateHours: job.plateHours, falseChanges: said, doubts: doubted.length };
}

/** Collects what the gateway says once its opening count is over. */
function createHearing(fromMs: number) {
  const said: Said[] = [];
  const doubted: Doubted[] = [];
  return {
    said,
    doubted,
    hear(line: string) {
      const read = readSaid(line);
      if (!read) return;
      if ("doubted" in read) {
        if (read.doubted.atMs >= fromMs) doubted.push(read.doubted);
      } else if (read.said.atMs >= fromMs && read.said.delta !== 0) said.push(read.said);
    },
  };
}

function twinsOf({ shelves }: ScoreShop) {
  const twins = new Set<string>();
  for (const { id, stands } of shelves)
    for (const one of stands)
      for (const two of stands) if (areTwins(one, two)) twins.add(`${id}/${one.sku}/${two.sku}`);
  return (shelf: string, sku: string, other: string) => twins.has(`${shelf}/${sku}/${other}`);
}
