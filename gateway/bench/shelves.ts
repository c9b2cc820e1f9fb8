import { processorMicros } from "./decoding.ts";
import { fixed, printTable, whole } from "./figures.ts";
import { connectRaw } from "./raw-mqtt.ts";
import { type GatewayServer, startGateway } from "./servers.ts";
import { every } from "./steady.ts";

const shelves = 250;
const platesEach = 8;
const hz = 10;
const warmUpMs = 8_000;
const seconds = 10;
const storeId = "main";
const unitGrams = 100;
/** So often somebody takes a piece somewhere in the shop: a department store on a Saturday. */
const picksPerSecond = 5;

/**
 * What 2,000 plates that all speak ten times a second cost: MQTT in, QoS 1, decoded, felt, explained, what changed written
 * to disk, acknowledged. Quiet plates that only tremble, and a shop in which people take things.
 */
export async function measureShelves() {
  const rows: string[][] = [["", "readings/s", "plate samples/s", "of one core", "µs a sample", "changes", "budget"]];
  for (const busy of [false, true]) {
    const gateway = await startGateway({ extraShelves: shelves, extraPlates: platesEach });
    try {
      rows.push(await measure(gateway, busy));
    } finally {
      await gateway.close();
    }
  }
  printTable(
    `${whole(shelves * platesEach)} plates at ${hz} Hz, ${platesEach} a scale, through the whole gateway`,
    rows,
  );
}

async function measure({ port, pid, url }: GatewayServer, busy: boolean): Promise<string[]> {
  const client = await connectRaw(port, "bench-shelves");
  const grams = Array.from({ length: shelves }, () => Array.from({ length: platesEach }, () => 8 * unitGrams));
  const random = noise();
  let seq = 0;
  let taken = 0;
  const say = (n: number) => {
    const shelf = n % shelves;
    if (shelf === 0) seq++;
    const levels = grams[shelf] ?? [];
    // one more than a round of the shop, so that it is another shelf's turn each time
    const isPickDue = busy && n % ((shelves * hz) / picksPerSecond + 1) === 0;
    if (isPickDue) {
      const plate = taken++ % platesEach;
      const left = levels[plate] ?? 0;
      levels[plate] = left > unitGrams ? left - unitGrams * (1 + 0.008 * random()) : 8 * unitGrams;
    }
    const plates = levels.map((level, plate) => `{"plate":${plate + 1},"grams":${fixed(level + 0.7 * random(), 1)}}`);
    const payload = `{"boot":1,"seq":${seq},"at":${Date.now()},"plates":[${plates.join(",")}]}`;
    client.publish(`store/${storeId}/shelf/X${shelf + 1}/reading`, payload);
    if (shelf % 10 === 9) client.flush();
  };
  try {
    await every(warmUpMs, shelves * hz, say);
    const [before, from, changes] = [processorMicros(pid), performance.now(), await changesSoFar(url)];
    await every(seconds * 1_000, shelves * hz, say);
    const elapsed = (performance.now() - from) / 1_000;
    const micros = processorMicros(pid) - before;
    const samples = shelves * platesEach * hz;
    return [
      busy ? `${picksPerSecond} pieces taken a second` : "nobody takes anything",
      ...[whole(shelves * hz), whole(samples), `${fixed((100 * micros) / 1e6 / elapsed, 0)} %`],
      ...[fixed(micros / elapsed / samples, 2), whole((await changesSoFar(url)) - changes), "< 100 %, with headroom"],
    ];
  } finally {
    client.close();
  }
}

async function changesSoFar(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^vitrine_events_total (\d+)$/m.exec(metrics)?.[1]);
}

/** Standard normal numbers, the same in every run. */
function noise(): () => number {
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
}
