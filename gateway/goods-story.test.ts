import { expect, onTestFinished, test } from "vitest";
import type { Delivery, LedgerEntry, Reservation } from "#wire/stock-views.ts";
import type { StockItem } from "#wire/views.ts";
import { type Booted, bootGateway, temporaryFolder } from "./test-gateway.ts";

const sku = "HAND-BALM";
const shelfOf = ({ loaded }: Booted) => {
  const shelf = loaded.config.shelves.find(({ plates }) => plates.some((plate) => plate.sku === sku));
  const plate = shelf?.plates.find((one) => one.sku === sku)?.plate;
  const grams = loaded.items.find((item) => item.sku === sku)?.grams;
  if (!shelf || plate === undefined || grams === undefined) throw new Error(`${sku} stands nowhere`);
  return { device: shelf.device, account: `shelf:${shelf.id}/${plate}`, plate, grams };
};

let seq = 0;
/** What a scale that has settled says; it is on disk when this is done. */
async function weigh(shop: Booted, count: number) {
  const { device, plate, grams } = shelfOf(shop);
  const scale = await shop.mqtt(`scale-${++seq}`);
  const reading = { boot: 1, seq, plates: [{ plate, grams: grams * count }] };
  await scale.publishAsync(`store/main/shelf/${device}/reading`, JSON.stringify(reading), { qos: 1 });
  await expect.poll(() => item(shop)).toMatchObject({ onShelf: count });
}

const item = async (shop: Booted) => (await shop.api<StockItem>("GET", `/api/v1/stock/${sku}`)).value;
type Ledger = { entries: LedgerEntry[]; balances: Record<string, number> };
const ledger = async (shop: Booted) => (await shop.api<Ledger>("GET", `/api/v1/stock/${sku}/ledger`)).value;
const sum = (balances: Record<string, number>) => Object.values(balances).reduce((all, balance) => all + balance, 0);
const keyed = (key: string) => ({ "idempotency-key": key });

function reserve(shop: Booted, quantity: number, key: string) {
  const body = { sku, quantity, label: "Ada" };
  return shop.api<{ reservationId: string; type?: string }>("POST", "/api/v1/reservations", {
    body,
    headers: keyed(key),
  });
}

test("reserved by the website, fetched, collected: every piece has been somewhere all the time", async () => {
  const dataFolder = temporaryFolder();
  const first = await bootGateway({ dataFolder });
  await weigh(first, 6);
  const { value, status } = await reserve(first, 2, "web-1");
  expect(status).toBe(201);
  expect(await item(first)).toMatchObject({ onShelf: 6, reserved: 2, available: 4 });
  const id = value.reservationId;
  const step = (what: string, shop = first) => shop.api<Reservation>("POST", `/api/v1/reservations/${id}/${what}`);

  await weigh(first, 4);
  // a pick before the tap: short by what was fetched, never too many
  expect((await item(first)).available).toBeLessThanOrEqual(4);
  expect(await step("ready")).toMatchObject({ status: 200, value: { state: "ready", label: "Ada" } });
  expect(await item(first)).toMatchObject({ onShelf: 4, reserved: 0, available: 4, setAside: 2 });
  await first.gateway.close();

  const second = await bootGateway({ dataFolder });
  expect(await item(second)).toMatchObject({ onShelf: 4, reserved: 0, available: 4, setAside: 2 });
  expect(await step("collect", second)).toMatchObject({ status: 200, value: { state: "collected" } });
  expect(await step("cancel", second)).toMatchObject({ status: 409 });
  const { entries, balances } = await ledger(second);
  expect(balances).toMatchObject({ [shelfOf(second).account]: 4, sold: 2 });
  expect(balances.aside).toBeUndefined();
  expect(sum(balances)).toBe(0);
  expect(entries[0]).toMatchObject({ cause: "sale", from: "aside", to: "sold", quantity: 2 });
  const ids = entries.map(({ journalId }) => journalId);
  expect(ids).toEqual([...ids].sort((a, b) => b - a));
});

test("fifty customers want the last seven at the same moment: seven get one", async () => {
  const shop = await bootGateway();
  await weigh(shop, 7);
  const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => reserve(shop, 1, `web-${n}`)));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(7);
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(43);
  expect(await item(shop)).toMatchObject({ onShelf: 7, reserved: 7, available: 0 });
  const again = await Promise.all(Array.from({ length: 10 }, () => reserve(shop, 1, "web-again")));
  expect(new Set(again.map(({ status }) => status))).toEqual(new Set([409]));
});

test("a customer whose telephone sends everything ten times has one reservation", async () => {
  const shop = await bootGateway();
  await weigh(shop, 7);
  const answers = await Promise.all(Array.from({ length: 10 }, () => reserve(shop, 1, "web-1")));
  expect(new Set(answers.map(({ value }) => value.reservationId)).size).toBe(1);
  expect(await item(shop)).toMatchObject({ reserved: 1 });
});

test("a delivery, a sale and a write-off are told once each, and the website's screen follows", async () => {
  const shop = await bootGateway();
  await weigh(shop, 6);
  const watching = new AbortController();
  onTestFinished(() => watching.abort());
  const stream = await fetch(`${shop.url}/api/v1/availability/stream`, { signal: watching.signal });
  let heard = "";
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of stream.body ?? []) heard += decoder.decode(chunk, { stream: true });
  })().catch(() => undefined);
  await expect.poll(() => heard).toContain("event: ready");

  const lines = [{ sku, quantity: 10 }];
  const expected = await shop.api<{ deliveryId: string }>("POST", "/api/v1/deliveries", {
    ...{ body: { lines, expectedAt: Date.now() }, headers: keyed("d1") },
  });
  const { deliveryId } = expected.value;
  for (let i = 0; i < 2; i++) {
    expect(await shop.api<Delivery>("POST", `/api/v1/deliveries/${deliveryId}/receive`)).toMatchObject({
      ...{ status: 200, value: { state: "received" } },
    });
    const body = { lines: [{ sku, quantity: 1 }] };
    expect((await shop.api("POST", "/api/v1/sales", { body, headers: keyed("slip-1") })).status).toBe(201);
    const broken = { quantity: 2, reason: "broken in the stockroom" };
    const writeOff = { body: broken, headers: keyed("w1") };
    expect((await shop.api("POST", `/api/v1/stock/${sku}/write-off`, writeOff)).status).toBe(200);
  }
  expect((await ledger(shop)).balances).toMatchObject({ stockroom: 8, outside: -10, lost: 2, sold: 1, hands: -1 });
  // sold, and the scale has not noticed yet: it is not for sale any more
  expect(await item(shop)).toMatchObject({ onShelf: 6, available: 5 });
  await expect.poll(() => heard).toMatch(new RegExp(`"sku":"${sku}","available":5`));
  watching.abort();
  await reading;
});
