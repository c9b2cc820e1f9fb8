import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { connectAsync } from "mqtt";
import { expect, onTestFinished, test } from "vitest";
import type { DomainEvent } from "../events.ts";
import { entriesOf } from "../stock/entries.ts";
import { available } from "../stock/goods.ts";
import { createStockRoom } from "../stock/stock.ts";
import { temporaryFolder } from "../test-gateway.ts";
import { shopConfigForDrill } from "./drill-config.ts";

const rounds = 5;
const loaded = shopConfigForDrill();
const shelf = loaded.config.shelves.find(({ plates }) => plates.some(({ sku }) => sku === "HAND-BALM"));
const plate = shelf?.plates.find(({ sku }) => sku === "HAND-BALM");
const grams = loaded.items.find(({ sku }) => sku === "HAND-BALM")?.grams ?? 0;
const sku = "HAND-BALM";

type Running = { child: ChildProcess; url: string; mqttPort: number };
type Asked = { path: string; body: object; key: string };
type Answer = { status: number; value: Record<string, unknown> };

async function start(folder: string): Promise<Running> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "gateway-process.ts"), folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [line] = await once(createInterface({ input: child.stdout! }), "line");
  return { child, ...JSON.parse(line) };
}

async function ask({ url }: Running, { path, body, key }: Asked): Promise<Answer> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": key },
    body: JSON.stringify(body),
  });
  return { status: response.status, value: (await response.json()) as Record<string, unknown> };
}

/** Till, website, manager and scale at once, until the gateway is gone. */
async function tradeUntilKilled(gateway: Running, round: number) {
  const acknowledged: { asked: Asked; answer: Answer }[] = [];
  const unanswered: Asked[] = [];
  const killAfter = 20 + Math.floor(Math.random() * 80);
  const gone = once(gateway.child, "exit");
  let n = 0;
  let isGone = false;
  void gone.then(() => {
    isGone = true;
  });
  const scale = await connectAsync(`mqtt://127.0.0.1:${gateway.mqttPort}`, {
    ...{ clientId: `scale-${round}`, username: "demo", password: "demo", reconnectPeriod: 0 },
  });
  scale.on("error", () => {});
  const trader = async () => {
    while (!isGone) {
      const key = `${round}-${++n}`;
      const line = { sku, quantity: 1 + (n % 2) };
      // as many are brought back as are sold, so that there is something to reserve
      const slip = {
        lines: [
          { sku, quantity: n % 16 < 8 ? -1 : 1 },
          { sku: "NO-SUCH-THING", quantity: 1 },
        ],
      };
      const reserve = { path: "/reservations", body: line, key };
      const wishes: Asked[] = [
        ...[reserve, { path: "/sales", body: slip, key }, reserve, reserve, reserve],
        { path: "/deliveries", body: { lines: [line], expectedAt: 1 }, key },
        { path: `/stock/${sku}/write-off`, body: { quantity: 1, reason: "broken" }, key },
      ];
      const asked = wishes[n % wishes.length]!;
      try {
        const answer = await ask(gateway, asked);
        acknowledged.push({ asked, answer });
        const { reservationId, deliveryId } = answer.value;
        const step = n % 3 === 0 ? "cancel" : "ready";
        if (reservationId !== undefined)
          await ask(gateway, { path: `/reservations/${reservationId}/${step}`, body: {}, key });
        if (deliveryId !== undefined) await ask(gateway, { path: `/deliveries/${deliveryId}/receive`, body: {}, key });
      } catch {
        unanswered.push(asked);
      }
      if (acknowledged.length >= killAfter) gateway.child.kill("SIGKILL");
    }
  };
  const weigher = async () => {
    for (let seq = 1; !isGone; seq++) {
      const plates = [{ plate: plate?.plate, grams: grams * (6 + (seq % 6)) }];
      const reading = JSON.stringify({ boot: round + 1, seq, plates });
      await scale.publishAsync(`store/main/shelf/${shelf?.device}/reading`, reading, { qos: 1 }).catch(() => undefined);
    }
  };
  await Promise.race([Promise.all([weigher(), ...Array.from({ length: 8 }, trader)]), gone]);
  await gone;
  await scale.endAsync(true);
  return { acknowledged, unanswered };
}

function journalOf(folder: string): DomainEvent[] {
  const db = new DatabaseSync(join(folder, "vitrine.db"), { readOnly: true });
  const rows = db.prepare("SELECT body FROM journal ORDER BY id").all();
  db.close();
  return rows.map(({ body }): DomainEvent => JSON.parse(String(body)));
}

/** The books, kept by somebody who has nothing but the journal; no promise in it went beyond what was there. */
function booksOf(journal: readonly DomainEvent[]): Record<string, number> {
  const room = createStockRoom({ skus: loaded.items.map((item) => item.sku), shelves: loaded.config.shelves });
  const state = room.initial();
  const books: Record<string, number> = {};
  for (const event of journal) {
    if (event.type === "reservation-made") expect(event.quantity).toBeLessThanOrEqual(available(state, event.sku));
    for (const line of entriesOf(event, state)) {
      if (line.sku !== sku) continue;
      books[line.from] = (books[line.from] ?? 0) - line.quantity;
      books[line.to] = (books[line.to] ?? 0) + line.quantity;
    }
    const evolve = room.evolve[event.type] as ((s: typeof state, e: DomainEvent) => void) | undefined;
    evolve?.(state, event);
  }
  return Object.fromEntries(Object.entries(books).filter(([, balance]) => balance !== 0));
}

test(`kill -9 amid sales, reservations and deliveries, ${rounds} times: what was answered is in the books once, and they are even`, {
  timeout: 300_000,
}, async () => {
  const folder = temporaryFolder();
  let gateway = await start(folder);
  for (let round = 0; round < rounds; round++) {
    const { acknowledged, unanswered } = await tradeUntilKilled(gateway, round);
    expect(acknowledged.some(({ answer }) => answer.status === 201)).toBe(true);
    gateway = await start(folder);
    // every till asks again what it is not sure of, and gets the answer that it had or would have had
    for (const { asked, answer } of acknowledged) {
      if (answer.status >= 300) continue;
      const again = await ask(gateway, asked);
      expect(again.status).toBe(answer.status);
      for (const id of ["saleId", "reservationId", "deliveryId"]) expect(again.value[id]).toBe(answer.value[id]);
    }
    for (const asked of unanswered) expect((await ask(gateway, asked)).status).toBeLessThan(500);
    const journal = journalOf(folder);
    const promises = journal.filter(({ type }) => type === "reservation-made");
    expect(promises.length).toBeGreaterThan(round);
    const keys = journal.flatMap((event) =>
      "key" in event && event.key !== undefined ? [`${event.type} ${event.key}`] : [],
    );
    expect(keys.length).toBeGreaterThan(0);
    expect(new Set(keys).size).toBe(keys.length);
    const ledger = await fetch(`${gateway.url}/api/v1/stock/${sku}/ledger`);
    const { balances } = (await ledger.json()) as { balances: Record<string, number> };
    expect(balances).toEqual(booksOf(journal));
    expect(Object.values(balances).reduce((sum, balance) => sum + balance, 0)).toBe(0);
  }
});
