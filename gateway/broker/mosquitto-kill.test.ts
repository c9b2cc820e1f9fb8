import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { shopConfigForDrill } from "../drills/drill-config.ts";
import { temporaryFolder } from "../test-gateway.ts";
import { eventually } from "./test-eventually.ts";
import { startMosquitto } from "./test-mosquitto.ts";

const kills = 5;
/** So many readings may wait at Mosquitto. */
const readingsAhead = 2_000;
const { config, items } = shopConfigForDrill();
const gramsOf = new Map(items.map(({ sku, grams }) => [sku, grams]));
const plates = config.shelves
  .flatMap((shelf) => shelf.plates.map((plate) => ({ ...plate, device: shelf.device })))
  .filter(
    ({ sku, device, plate }, _index, all) =>
      gramsOf.get(sku) !== undefined &&
      all.filter((other) => other.device === device && other.plate === plate).length === 1,
  );

/** A gateway in a process of its own that reads from the broker. */
async function startGateway(dataFolder: string, brokerUrl: string): Promise<{ child: ChildProcess }> {
  const program = join(import.meta.dirname, "..", "drills", "gateway-process.ts");
  const child = spawn(process.execPath, [program, dataFolder], {
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, VITRINE_BROKER_URL: brokerUrl },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [line] = await once(createInterface({ input: child.stdout! }), "line");
  const { url } = JSON.parse(line);
  await eventually(async () => (await fetch(`${url}/readyz`)).status).toBe(200);
  return { child };
}

/** What the journal says: `device boot seq` of every change of stock, in the order it was decided. */
function journalOf(dataFolder: string): string[] {
  const db = new DatabaseSync(join(dataFolder, "vitrine.db"), { readOnly: true });
  const rows = db
    .prepare("SELECT body FROM journal WHERE json_extract(body, '$.type') = 'stock-changed' ORDER BY id")
    .all();
  db.close();
  return rows.map((row) => {
    const { source } = JSON.parse(String(row.body));
    return `${source.deviceId} ${source.boot} ${source.seq}`;
  });
}

test(`the gateway is killed ${kills} times while shelves speak to Mosquitto: every reading counts in the end, and none twice`, {
  timeout: 300_000,
}, async () => {
  const mosquitto = await startMosquitto();
  const dataFolder = temporaryFolder();
  let gateway = await startGateway(dataFolder, mosquitto.url);
  const shelves = await mosquitto.client("shelves");
  const said: string[] = [];
  let seq = 0;
  let counted = 0;
  let enough = false;
  const count = () => {
    counted = journalOf(dataFolder).length;
    return counted;
  };
  async function speak() {
    seq++;
    const plate = plates[seq % plates.length]!;
    // each reading of a plate differs from the one before, so each must leave exactly one change
    const grams = (1 + (Math.floor(seq / plates.length) % plate.capacity)) * (gramsOf.get(plate.sku) ?? 0);
    said.push(`${plate.device} 1 ${seq}`);
    const reading = { boot: 1, seq, plates: [{ plate: plate.plate, grams }] };
    await shelves.publishAsync(`store/main/shelf/${plate.device}/reading`, JSON.stringify(reading), { qos: 1 });
  }
  async function speakUntilEnough() {
    while (!enough) {
      await eventually(() => said.length - counted).toBeLessThan(readingsAhead);
      await speak();
    }
  }
  const speaking = Promise.all(Array.from({ length: 20 }, speakUntilEnough));

  for (let kill = 0; kill < kills; kill++) {
    const before = count();
    await eventually(count).toBeGreaterThan(before + 20 + Math.floor(Math.random() * 400));
    gateway.child.kill("SIGKILL");
    await once(gateway.child, "exit");
    gateway = await startGateway(dataFolder, mosquitto.url);
  }
  enough = true;
  await eventually(() => count() - said.length).toBe(0);
  await speaking;
  await eventually(() => count() - said.length).toBe(0);
  expect(journalOf(dataFolder).toSorted()).toEqual(said.toSorted());
});
