import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createJsonFile } from "../access/json-file.ts";
import type { DomainEvent } from "../events.ts";
import { silentLog } from "../log.ts";
import { createStorage } from "../storage/storage.ts";
import { temporaryFolder } from "../test-gateway.ts";
import type { Pace } from "./courier.ts";
import { toldTypes } from "./public-events.ts";
import { isSecret, newSecret } from "./signature.ts";
import { subscriptionsFile } from "./subscriptions.ts";
import { openReceiver, parse, verify } from "./test-receiver.ts";
import { createWebhooks } from "./webhooks.ts";

const at = Date.UTC(2026, 10, 21, 9);
const changed = (count: number): DomainEvent => ({
  ...{ type: "stock-changed", at, shelf: "A", plate: 1, sku: "GLS-1", count, previous: count + 1, grams: 50 },
  ...{ confidence: 0.98, cause: "pick", source: { deviceId: "A1", boot: 1, seq: count } },
});
const impatient: Pace = { firstMs: 2, longestMs: 20, giveUpMs: 1e9 };

/** Storage and webhooks as the gateway has them, on `folder`, with retries that need no patience. */
async function open(folder = temporaryFolder(), more: { pace?: Pace; forgetful?: boolean; now?: () => number } = {}) {
  const storage = createStorage({ folder, log: silentLog });
  const { facts } = await storage.start();
  const about = {
    storeId: "main",
    gtinOf: (sku: string) => (sku === "GLS-1" ? "5412345678908" : undefined),
    stockNow: (sku: string) => ({ onShelf: 5, reserved: 1, available: 4, confidence: 0.98, at, sku }),
  };
  const webhooks = createWebhooks({
    ...{ about, facts, log: silentLog, now: more.now ?? (() => Date.now()), pace: more.pace ?? impatient },
    kept: createJsonFile({ folder, ...subscriptionsFile }),
    journal: more.forgetful ? { ...storage, putFact() {} } : storage,
    rules: { allowLoopback: true, ownAddresses: () => [], ownPorts: () => [] },
  });
  storage.listen({
    committed: (entries) => {
      for (const { event } of entries) webhooks.committed(event);
    },
    failed: () => {},
  });
  await webhooks.start();
  async function close() {
    await webhooks.close();
    storage.flushFacts();
    await storage.close();
  }
  onTestFinished(close);
  const happen = (...events: DomainEvent[]) =>
    new Promise<void>((resolve, reject) => {
      storage.whenCommitted(storage.enqueue(events), (error) => (error ? reject(error) : resolve()));
    });
  async function subscribe(url: string, types = ["*"]) {
    const added = await webhooks.add({ url, types, plainHttp: true, by: "ana" });
    if (!added.ok) throw new Error(added.reason);
    return { id: added.webhook.id, secret: added.secret };
  }
  return { folder, storage, webhooks, happen, subscribe, close };
}
const counts = (messages: { body: string }[]) => messages.map(({ body }) => JSON.parse(body).data.count);

test("a receiver that stumbles twice gets the event a third time, signed, whole and with the same id", async () => {
  const { happen, subscribe, webhooks } = await open();
  const receiver = await openReceiver((_message, count) => (count <= 2 ? 500 : 200));
  const { secret } = await subscribe(receiver.url);
  await happen(changed(4), changed(3));
  await expect.poll(() => receiver.messages.length).toBe(4);
  const [first, second, third, fourth] = receiver.messages;
  expect(new Set(receiver.ids().slice(0, 3)).size).toBe(1);
  expect(fourth?.id).not.toBe(third?.id);
  for (const message of receiver.messages) {
    verify(message, secret);
    expect(() => verify(message, newSecret())).toThrow("No matching signature");
    expect(() => verify({ ...message, body: message.body.replace("A", "B") }, secret)).toThrow();
    expect(message.headers["content-type"]).toMatch(/^application\/cloudevents\+json/);
  }
  expect(first?.body).toBe(second?.body);
  const event = parse(receiver.messages[2] as NonNullable<typeof third>);
  expect(event).toMatchObject({
    ...{ specversion: "1.0", type: "shop.vitrine.stock.changed.v1", subject: "GLS-1", id: third?.id },
    ...{ source: "urn:vitrine:store:main", time: "2026-11-21T09:00:00.000Z", datacontenttype: "application/json" },
  });
  expect(event.data).toEqual({
    ...{ sku: "GLS-1", gtin: "5412345678908", shelf: "A", plate: 1, count: 4, previous: 5, cause: "pick" },
    ...{ confidence: 0.98, at, stock: { onShelf: 5, reserved: 1, available: 4, confidence: 0.98, at, sku: "GLS-1" } },
  });
  await expect.poll(() => webhooks.list()).toMatchObject([{ delivered: 2, failed: 2, behind: 0, state: "active" }]);
});

test("what happens quickly arrives in order, although the receiver stumbles now and then", async () => {
  const { happen, subscribe } = await open();
  const taken: number[] = [];
  const receiver = await openReceiver(({ body }, count) => {
    if (count % 7 === 0) return 503;
    taken.push(JSON.parse(body).data.count);
    return 200;
  });
  await subscribe(receiver.url);
  const all = Array.from({ length: 300 }, (_, n) => n);
  for (let n = 0; n < 300; n += 30) await happen(...all.slice(n, n + 30).map(changed));
  await expect.poll(() => taken.length).toBe(300);
  expect(taken).toEqual(all);
});

test("a receiver that never answers keeps nobody waiting, not even the end of the day", async () => {
  const { happen, subscribe, webhooks, close } = await open();
  const asleep = await openReceiver(() => "hang");
  const awake = await openReceiver();
  await subscribe(asleep.url);
  await subscribe(awake.url);
  for (let n = 0; n < 20; n += 1) await happen(changed(n));
  await expect.poll(() => counts(awake.messages)).toHaveLength(20);
  expect(asleep.messages).toHaveLength(1);
  await expect.poll(() => webhooks.list()).toMatchObject([{ behind: 20, delivered: 0 }, { delivered: 20 }]);
  expect(webhooks.counters()).toEqual(
    expect.arrayContaining([expect.objectContaining({ name: "vitrine_webhook_behind", value: 20 })]),
  );
  await close();
});

test("after a restart it goes on where it was; what nobody took meanwhile comes then", async () => {
  const first = await open();
  let answer = 200;
  const receiver = await openReceiver(() => answer);
  const { secret } = await first.subscribe(receiver.url);
  await first.happen(changed(1), changed(2));
  await expect.poll(() => receiver.messages.length).toBe(2);
  answer = 503;
  await first.happen(changed(3));
  await expect.poll(() => receiver.messages.length).toBeGreaterThan(2);
  await first.close();
  answer = 200;
  const second = await open(first.folder);
  await second.happen(changed(4));
  await expect.poll(() => second.webhooks.list()).toMatchObject([{ behind: 0 }]);
  // however often the third was tried: the same event by its id, and nothing from before it once more
  const once = new Map(receiver.messages.map((message) => [message.id, message]));
  expect(counts([...once.values()])).toEqual([1, 2, 3, 4]);
  expect(counts(receiver.messages).slice(0, 3)).toEqual([1, 2, 3]);
  expect(counts(receiver.messages).slice(2, -1)).toEqual(Array(receiver.messages.length - 3).fill(3));
  for (const message of once.values()) verify(message, secret);
});

test("a power cut before the place was written down means the same event again, by its id", async () => {
  const first = await open(undefined, { forgetful: true });
  const receiver = await openReceiver();
  await first.subscribe(receiver.url);
  await first.happen(changed(1), changed(2));
  await expect.poll(() => receiver.messages.length).toBe(2);
  await first.close();
  await open(first.folder);
  await expect.poll(() => receiver.messages.length).toBe(4);
  expect(receiver.ids().slice(2)).toEqual(receiver.ids().slice(0, 2));
});

test("410 Gone ends it for good, also over a restart, until somebody tries whether it is there again", async () => {
  const first = await open();
  let answer = 410;
  const receiver = await openReceiver(() => answer);
  const { id } = await first.subscribe(receiver.url);
  await first.happen(changed(1));
  await expect
    .poll(() => first.webhooks.list())
    .toMatchObject([{ state: "gone", why: expect.stringContaining("410") }]);
  await first.happen(changed(2));
  await first.close();
  const second = await open(first.folder);
  await second.happen(changed(3));
  expect(receiver.messages).toHaveLength(1);
  expect(await second.webhooks.test(id)).toMatchObject({ ok: false, status: 410 });
  answer = 200;
  expect(await second.webhooks.test(id)).toEqual({ ok: true, status: 200 });
  await expect.poll(() => counts(receiver.messages.slice(3))).toEqual([1, 2, 3]);
  expect(parse(receiver.messages[2] as (typeof receiver.messages)[0]).type).toBe("shop.vitrine.test.v1");
  expect(second.webhooks.list()).toMatchObject([{ state: "active" }]);
});

test("a receiver that is away for three days is given up, and the gateway says so", async () => {
  let now = Date.now();
  const shop = await open(undefined, { now: () => now, pace: { ...impatient, giveUpMs: 72 * 3_600_000 } });
  const receiver = await openReceiver(() => 503);
  await shop.subscribe(receiver.url);
  await shop.happen(changed(1));
  await expect.poll(() => receiver.messages.length).toBeGreaterThan(1);
  expect(shop.webhooks.list()).toMatchObject([{ state: "active", lastError: "it answered 503" }]);
  now += 73 * 3_600_000;
  await expect.poll(() => shop.webhooks.list()).toMatchObject([{ state: "given-up" }]);
});

test("an event that a receiver does not understand holds up no other", async () => {
  const { happen, subscribe, webhooks } = await open();
  const receiver = await openReceiver(({ body }) => (JSON.parse(body).data.count === 2 ? 422 : 200));
  await subscribe(receiver.url);
  await happen(changed(1), changed(2), changed(3));
  await expect.poll(() => counts(receiver.messages)).toEqual([1, 2, 2, 2, 2, 2, 3]);
  await expect.poll(() => webhooks.list()).toMatchObject([{ delivered: 2, refused: 1 }]);
});

test("what the journal no longer has is said, with how much it was, and then it goes on", async () => {
  const first = await open();
  const receiver = await openReceiver();
  await first.subscribe(receiver.url);
  await first.happen(changed(1));
  await expect.poll(() => first.webhooks.list()).toMatchObject([{ delivered: 1 }]);
  await first.webhooks.close();
  await first.happen(changed(2), changed(3), changed(4));
  first.storage.enqueue(
    [],
    [
      ["snapshot.put", 3, Buffer.from("state")],
      ["journal.prune", 3, 10],
    ],
  );
  await first.close();
  await open(first.folder);
  await expect.poll(() => receiver.messages.length).toBe(3);
  const [, gap, last] = receiver.messages.map(parse);
  expect(gap).toMatchObject({
    type: "shop.vitrine.gap.v1",
    data: { missed: 2, from: 2, to: 3, state: "/api/v1/stock" },
  });
  expect(last?.data).toMatchObject({ count: 4 });
});

test("each receiver hears what it asked for", async () => {
  const { happen, subscribe, webhooks } = await open();
  const goods = await openReceiver();
  const plans = await openReceiver();
  await subscribe(goods.url, ["shop.vitrine.stock.*"]);
  await subscribe(plans.url, ["shop.vitrine.planogram.changed.v1"]);
  await happen(
    changed(1),
    { type: "planogram-changed", at, version: 7, by: "ana", note: "for Zoe", basis: "x", shelves: [] },
    { type: "zone-entered", at, carrier: "basket-1", zone: "door" },
    changed(2),
  );
  await expect.poll(() => counts(goods.messages)).toEqual([1, 2]);
  await expect.poll(() => plans.messages.map(parse)).toMatchObject([{ subject: "7", data: { version: 7, at } }]);
  expect(await webhooks.add({ url: goods.url, types: ["shop.vitrine.nothing"], plainHttp: true, by: "ana" })).toEqual({
    ok: false,
    reason: "No event has the type shop.vitrine.nothing.",
  });
});

test("nothing that leaves the shop tells of a person: no shopper, no colleague, nothing that somebody typed", async () => {
  const { happen, subscribe } = await open();
  const receiver = await openReceiver();
  await subscribe(receiver.url);
  const by = "SECRET";
  await happen(
    { type: "shopper-joined", at, shopperId: by, basket: by },
    { type: "zone-entered", at, carrier: by, zone: "door" },
    {
      ...{ type: "offer-issued", at, shopperId: by, offerId: "o", code: by, sku: "GLS-1", zone: "door" },
      ...{ price: 2, offerPrice: 1, expiresAt: at },
    },
    { type: "offer-redeemed", at, code: by, key: by, by },
    { type: "sale-made", at, saleId: "s1", key: by, lines: [{ sku: "GLS-1", quantity: 1 }], by },
    { type: "stock-counted", at, sku: "GLS-1", shelf: "A", plate: 1, count: 3, tareGrams: 0, by },
    { type: "stock-written-off", at, sku: "GLS-1", quantity: 1, reason: by, by },
    { type: "reservation-made", at, reservationId: "r1", sku: "GLS-1", quantity: 1, key: by, label: by, by },
    { type: "reservation-ready", at, reservationId: "r1", sku: "GLS-1", by, expiresAt: at },
    { type: "delivery-expected", at, deliveryId: "d1", key: by, lines: [], expectedAt: at, by },
    { type: "delivery-received", at, deliveryId: "d1", lines: [], by },
    { type: "planogram-changed", at, version: 1, by, note: by, basis: by, shelves: [] },
    { type: "alert-opened", at, alertId: "a1", kind: "help", severity: "wait", note: by },
    { type: "alert-changed", at, alertId: "a1", state: "assigned", by },
    { type: "alert-closed", at, alertId: "a1", by, reason: "resolved" },
    changed(1),
  );
  await expect.poll(() => counts(receiver.messages).at(-1)).toBe(1);
  expect(receiver.messages).toHaveLength(12);
  for (const message of receiver.messages) {
    expect(message.body).not.toContain(by);
    parse(message);
  }
  expect(toldTypes.filter((type) => /shopper|offer|zone|look|share|mirror/.test(type))).toEqual([]);
});

test("while a secret changes, the old one and the new one open; a day later the new one only", async () => {
  let now = Date.now();
  const { happen, subscribe, webhooks } = await open(undefined, { now: () => now });
  const receiver = await openReceiver();
  const { id, secret } = await subscribe(receiver.url);
  const renewed = (await webhooks.rotate(id)) ?? "";
  expect(isSecret(renewed)).toBe(true);
  await happen(changed(1));
  await expect.poll(() => receiver.messages.length).toBe(1);
  const [message] = receiver.messages as [(typeof receiver.messages)[0]];
  for (const one of [secret, renewed]) verify(message, one);
  expect(message.headers["webhook-signature"]).toMatch(/^v1,\S{44} v1,\S{44}$/);
  now += 25 * 3_600_000;
  await happen(changed(2));
  await expect.poll(() => receiver.messages.length).toBe(2);
  expect(receiver.messages[1]?.headers["webhook-signature"]).toMatch(/^v1,\S{44}$/);
  expect(await webhooks.rotate("nobody")).toBeUndefined();
});

test("a receiver may bring its own secret, if it is one, and an address that may be", async () => {
  const { happen, webhooks } = await open();
  const receiver = await openReceiver();
  const add = (more: { url?: string; secret?: string; plainHttp?: boolean }) =>
    webhooks.add({ url: receiver.url, plainHttp: true, by: "ana", ...more });
  // the example of the Standard Webhooks specification
  const secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
  expect(await add({ secret })).toMatchObject({ ok: true, secret });
  await happen(changed(1));
  await expect.poll(() => receiver.messages.length).toBe(1);
  verify(receiver.messages[0] as (typeof receiver.messages)[0], secret);
  for (const weak of ["whsec_c2hvcnQ=", "secret", "", `whsec_${"A".repeat(200)}`]) {
    expect(await add({ secret: weak })).toMatchObject({ ok: false, reason: expect.stringContaining("24 to 64 bytes") });
  }
  expect(await add({ plainHttp: false })).toMatchObject({ ok: false, reason: expect.stringContaining("Use https") });
  expect(await add({ url: "http://169.254.169.254/" })).toMatchObject({ ok: false });
  expect(webhooks.list()).toHaveLength(1);
});

test("a receiver cannot send the shop's word somewhere else", async () => {
  const { happen, subscribe, webhooks } = await open();
  const elsewhere = await openReceiver();
  const receiver = await openReceiver(() => ({ redirect: elsewhere.url }));
  await subscribe(receiver.url);
  await happen(changed(1));
  await expect.poll(() => receiver.messages.length).toBeGreaterThan(2);
  expect(elsewhere.messages).toEqual([]);
  expect(webhooks.list()).toMatchObject([{ lastError: "it answered 307", delivered: 0 }]);
});

test("a damaged file of webhooks keeps no shop closed, and is not written over", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "webhooks.json"), "{");
  const { webhooks, happen } = await open(folder);
  await happen(changed(1));
  expect(webhooks.list()).toEqual([]);
  await expect(webhooks.add({ url: "https://shop.example/", by: "ana" })).rejects.toThrow("cannot read");
  expect(readFileSync(join(folder, "webhooks.json"), "utf8")).toBe("{");
});

test("who is removed hears nothing more, and leaves no trace; there are twenty at most", async () => {
  const { happen, subscribe, webhooks, storage, folder, close } = await open();
  const receiver = await openReceiver();
  const { id } = await subscribe(receiver.url);
  await happen(changed(1));
  await expect.poll(() => receiver.messages.length).toBe(1);
  expect(await webhooks.remove(id)).toBe(true);
  expect(await webhooks.remove(id)).toBe(false);
  const other = await openReceiver();
  for (let n = 0; n < 20; n += 1) await subscribe(other.url);
  await expect(subscribe(other.url)).rejects.toThrow("20 webhooks already");
  await happen(changed(2));
  await expect.poll(() => other.messages.length).toBe(20);
  expect(receiver.messages).toHaveLength(1);
  storage.flushFacts();
  await close();
  const again = createStorage({ folder, log: silentLog });
  onTestFinished(() => again.close());
  expect(Object.keys((await again.start()).facts).filter((name) => name.includes(id))).toEqual([]);
});

test("two tries at once make no second teller, and what is removed while it is tried is told nothing more", async () => {
  let onMessage = () => 410;
  const receiver = await openReceiver(() => onMessage());
  const { webhooks, happen, subscribe } = await open();
  const { id } = await subscribe(receiver.url);
  const ends = async (count: number) => {
    onMessage = () => 410;
    await happen(changed(count));
    await expect.poll(() => webhooks.list()).toMatchObject([{ state: "gone" }]);
  };
  await ends(9);
  onMessage = () => 204;
  await Promise.all([webhooks.test(id), webhooks.test(id)]);
  await expect.poll(() => webhooks.list()).toMatchObject([{ state: "active", behind: 0 }]);
  receiver.messages.length = 0;
  await happen(changed(8));
  await expect.poll(() => webhooks.list()).toMatchObject([{ behind: 0, delivered: 2 }]);
  expect(counts(receiver.messages)).toEqual([8]);
  await ends(7);
  let removed: Promise<boolean> | undefined;
  onMessage = () => {
    removed ??= webhooks.remove(id);
    return 204;
  };
  await webhooks.test(id);
  expect(await removed).toBe(true);
  receiver.messages.length = 0;
  await subscribe(receiver.url);
  await happen(changed(6), changed(5));
  await expect.poll(() => counts(receiver.messages).at(-1)).toBe(5);
  expect(counts(receiver.messages)).toEqual([6, 5]);
});
