import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { connectAsync, connect as connectNow, type MqttClient } from "mqtt";
import { expect, onTestFinished, test } from "vitest";
import type { StockItem } from "#wire/views.ts";
import { temporaryFolder } from "../test-gateway.ts";
import { shopConfigForDrill } from "./drill-config.ts";

const rounds = 20;
const loaded = shopConfigForDrill();
const grams = new Map(loaded.items.map((item) => [item.sku, item.grams]));
/** Every plate with one product, which weighs something and stands nowhere else, so that its stock tells its count. */
const plates = loaded.config.shelves
  .flatMap((shelf) => shelf.plates.map((plate) => ({ ...plate, shelf: shelf.id, device: shelf.device })))
  .filter(
    ({ sku, shelf, plate }, _index, all) =>
      grams.get(sku) !== undefined &&
      all.filter((other) => other.sku === sku || (other.shelf === shelf && other.plate === plate)).length === 1,
  );

type Running = { child: ChildProcess; url: string; mqttPort: number };

async function start(folder: string): Promise<Running> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "gateway-process.ts"), folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [line] = await once(createInterface({ input: child.stdout! }), "line");
  return { child, ...JSON.parse(line) };
}

const account = { username: "demo", password: "demo", reconnectPeriod: 0 };
const connect = (mqttPort: number, clientId: string, clean: boolean): Promise<MqttClient> =>
  connectAsync(`mqtt://127.0.0.1:${mqttPort}`, {
    clientId,
    clean,
    username: "demo",
    password: "demo",
    reconnectPeriod: 0,
  });

/** Publishes changes as fast as they are acknowledged until the gateway is gone. What was acknowledged, in order per plate. */
async function publishUntilKilled(gateway: Running, round: number) {
  const publisher = await connect(gateway.mqttPort, `publisher-${round}`, true);
  publisher.on("error", () => {});
  const killAfter = 5 + Math.floor(Math.random() * 400);
  const acknowledged: { key: string; count: number; id: string }[] = [];
  const sent: { key: string; count: number; id: string }[] = [];
  const gone = once(gateway.child, "exit");
  let seq = 0;
  const worker = async () => {
    while (publisher.connected) {
      seq++;
      const plate = plates[seq % plates.length]!;
      // a count that differs from the one before and from every neighbour in time
      const count = 1 + ((round + Math.floor(seq / plates.length)) % plate.capacity);
      const id = `${round}-${seq}`;
      const reading = {
        id,
        boot: round + 1,
        seq,
        plates: [{ plate: plate.plate, grams: count * grams.get(plate.sku)! }],
      };
      const entry = { key: `${plate.shelf}/${plate.plate}`, count, id };
      sent.push(entry);
      try {
        await publisher.publishAsync(`store/main/shelf/${plate.device}/reading`, JSON.stringify(reading), { qos: 1 });
      } catch {
        return;
      }
      acknowledged.push(entry);
      if (acknowledged.length === killAfter) gateway.child.kill("SIGKILL");
    }
  };
  publisher.stream.on("close", () => void publisher.end(true));
  await Promise.race([Promise.all(Array.from({ length: 30 }, worker)), gone]);
  await gone;
  await publisher.endAsync(true);
  return { acknowledged, sent };
}

/** Wakes the sleeping subscriber, waits for what it is owed and then for one more message, and says what came. */
async function wake(gateway: Running, owed: string[], marker: string): Promise<string[]> {
  const ids: string[] = [];
  const subscriber = connectNow(`mqtt://127.0.0.1:${gateway.mqttPort}`, {
    ...account,
    clientId: "sleeper",
    clean: false,
  });
  subscriber.on("message", (_topic, payload) => void ids.push(JSON.parse(payload.toString()).id));
  await new Promise<void>((resolve) => void subscriber.once("connect", () => resolve()));
  const missing = () => owed.filter((id) => !ids.includes(id));
  await expect.poll(missing, { timeout: 20_000, message: `${marker}: acknowledged but not delivered` }).toEqual([]);
  const other = await connect(gateway.mqttPort, "marker", true);
  await other.publishAsync("store/main/shelf/nowhere/reading", JSON.stringify({ id: marker }), { qos: 1 });
  await expect.poll(() => ids.includes(marker), { timeout: 20_000 }).toBe(true);
  await other.endAsync();
  await subscriber.endAsync();
  return ids.filter((id) => id !== marker);
}

function changesOf(folder: string): { key: string; boot: number; seq: number; count: number; previous: number }[] {
  const db = new DatabaseSync(join(folder, "vitrine.db"), { readOnly: true });
  const rows = db
    .prepare("SELECT body FROM journal WHERE json_extract(body, '$.type') = 'stock-changed' ORDER BY id")
    .all();
  db.close();
  return rows.map((row) => {
    const event = JSON.parse(String(row.body));
    return {
      key: `${event.shelf}/${event.plate}`,
      boot: event.source.boot,
      seq: event.source.seq,
      count: event.count,
      previous: event.previous,
    };
  });
}

test(`kill -9 at a random moment, ${rounds} times: every acknowledged change is there, none twice, and the sleeping subscriber gets its messages`, {
  timeout: 300_000,
}, async () => {
  const folder = temporaryFolder();
  let gateway = await start(folder);
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
  expect(metrics).toMatch(/^vitrine_storage_synchronous 2$/m);

  const first = await connect(gateway.mqttPort, "sleeper", false);
  await first.subscribeAsync("store/main/shelf/+/reading", { qos: 1 });
  await first.endAsync();

  for (let round = 0; round < rounds; round++) {
    const { acknowledged, sent } = await publishUntilKilled(gateway, round);
    expect(acknowledged.length).toBeGreaterThan(0);
    gateway = await start(folder);

    const lastAcknowledged = new Map(acknowledged.map(({ key, count }) => [key, count]));
    const stock: StockItem[] = await (await fetch(`${gateway.url}/api/v1/stock`)).json();
    const counts = new Map(
      stock.flatMap((item) => item.places.map((place) => [`${place.shelf}/${place.plate}`, place.count])),
    );
    for (const [key, count] of lastAcknowledged) {
      // what was sent after it may have been saved as well, though nobody was told
      const later = sent
        .slice(sent.findLastIndex((entry) => entry.key === key && entry.count === count))
        .filter((entry) => entry.key === key);
      expect(
        later.map((entry) => entry.count),
        `round ${round}, ${key}`,
      ).toContain(counts.get(key));
    }

    const delivered = await wake(
      gateway,
      acknowledged.map(({ id }) => id),
      `marker-${round}`,
    );
    expect(new Set(delivered).size, `round ${round}: a queued message came twice`).toBe(delivered.length);
  }

  const changes = changesOf(folder);
  const twice = changes.filter(
    (change, index) =>
      changes.findIndex(
        (other) => other.boot === change.boot && other.seq === change.seq && other.key === change.key,
      ) !== index,
  );
  expect(twice).toEqual([]);
  const broken = changes.filter((change, index) => {
    const before = changes.slice(0, index).findLast((other) => other.key === change.key);
    return change.previous !== (before?.count ?? 0);
  });
  expect(broken, "a change does not start where the one before it ended").toEqual([]);
  gateway.child.kill("SIGKILL");
});
