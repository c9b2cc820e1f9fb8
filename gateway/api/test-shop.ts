import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { onTestFinished } from "vitest";
import type { Command, CommandResult, CommandValue } from "#wire/commands.ts";
import type { Reservation } from "#wire/stock-views.ts";
import type { InboxTopic, Shop, StockItem } from "#wire/views.ts";
import { createAccess } from "../access/access.ts";
import { createManualClock } from "../clock.ts";
import { silentLog } from "../log.ts";
import { createApi } from "./create-api.ts";
import type { ApiPorts, ShopperView, StreamMessage, Views } from "./ports.ts";

/** A very small shop behind the true API, for the tests of this folder. */

export const nowMs = Date.UTC(2026, 10, 21, 9, 0);

const shop: Shop = {
  id: "main",
  name: "Maison <Vitrine>",
  address: "Rue Neuve 1",
  locale: "en-IE",
  currency: "EUR",
  timeZone: "Europe/Brussels",
  opens: "09:00",
  closes: "19:00",
  demo: true,
  floor: { widthM: 20, depthM: 12 },
  zones: [{ id: "entrance", name: "Entrance", rect: [0, 0, 5, 5] }],
  shelves: [
    {
      id: "A",
      name: "A",
      zone: "entrance",
      rect: [0, 0, 1, 1],
      plates: [{ plate: 1, sku: "GLS-1", capacity: 8, minimum: 2 }],
    },
  ],
  receivers: [],
  mirrors: [{ id: "m1", name: "Window", zone: "entrance", rect: [1, 1, 1, 1] }],
  staff: [
    { id: "ana", name: "Ana" },
    { id: "ben", name: "Ben" },
  ],
};

const glasses: StockItem = {
  sku: "GLS-1",
  gtin: "5412345678908",
  name: "Round frame",
  category: "glasses",
  picture: "glasses",
  price: 12900,
  onShelf: 5,
  reserved: 1,
  available: 4,
  confidence: 0.97,
  at: nowMs,
  places: [
    {
      ...{ shelf: "A", plate: 1, count: 5, capacity: 8, minimum: 2, confidence: 0.97 },
      evidence: [{ by: "weight", says: 5, sure: 0.97, at: nowMs, deviceId: "A1" }],
    },
  ],
  inHands: 1,
};
const scarf: StockItem = {
  ...glasses,
  sku: "SCF-1",
  gtin: "96385074",
  name: "Scarf",
  category: "accessories",
  places: [],
};

const unread: InboxTopic = {
  topic: "x/y",
  client: "c",
  reason: "no format speaks for this topic",
  count: 3,
  firstAt: nowMs,
  lastAt: nowMs,
  samples: [{ at: nowMs, sizeBytes: 3, hex: "00ff01" }],
  guesses: [],
};

type Problem = Extract<CommandResult<unknown>, { ok: false }>["problem"];
type Options = { demo?: boolean; pagesFolder?: string; plugins?: ((app: FastifyInstance) => void)[]; journal?: number };

const account = { provider: "local", passkeys: [], createdAt: nowMs };
const accounts = {
  ana: { ...account, role: "engineer", handle: "ana", generation: "1" },
  ben: { ...account, role: "staff", handle: "ben", generation: "1" },
  mia: { ...account, role: "manager", handle: "mia", generation: "1" },
};

/** `commands` is what the shop was asked to do; `refuseNext` makes it answer the next one with a problem. */
export function openTestShop({ demo = true, pagesFolder, plugins = [], journal = 100 }: Options = {}) {
  const dataFolder = mkdtempSync(join(tmpdir(), "vitrine-api-"));
  const clock = createManualClock(nowMs);
  const access = createAccess({
    dataFolder,
    clock,
    demo,
    people: () => [...shop.staff, { id: "mia", name: "Mia" }],
    passkeyOrigins: () => ["http://localhost"],
  });
  const commands: Command[] = [];
  const shoppers = new Map<string, ShopperView>();
  const listeners = new Set<(message: StreamMessage) => void>();
  const recorders = new Set<(line: string) => void>();
  const past: StreamMessage[] = [];
  const answers: { refuseNext?: Problem } = {};
  const items = [glasses, scarf];
  const held: Reservation[] = ["ben", "channel:web"].map((madeBy, index) => ({
    ...{ id: `r${index + 1}`, sku: "GLS-1", quantity: 1, state: "made", madeBy },
    ...{ madeAt: nowMs, expiresAt: nowMs + 1, at: nowMs },
  }));

  const views: Views = {
    shop: () => shop,
    planogram: () => ({
      version: 3,
      at: nowMs,
      by: "mia",
      shelves: shop.shelves.map(({ id, plates }) => ({ id, plates })),
    }),
    planogramVersions: () => [{ version: 3, at: nowMs, by: "mia", changes: 1 }],
    planogramVersion: (version) => (version === 3 ? views.planogram() : undefined),
    tryPlanogram: (shelves) => ({
      changes: shelves.map(({ id }) => `Shelf ${id} changes.`),
      problems: shelves.flatMap(({ id }, at) =>
        id === "A" ? [] : [{ field: `shelves[${at}].id`, detail: `There is no shelf ${id}.` }],
      ),
    }),
    stock: () => items,
    stockItem: (sku) => items.find((item) => item.sku === sku),
    byGtin: (gtin) => items.find((item) => item.gtin === gtin),
    byStyle: (style) => items.filter((item) => item.style === style),
    ledger: (sku) => (items.some((item) => item.sku === sku) ? { entries: [], balances: { hands: 1 } } : undefined),
    reservations: () => held,
    reservation: (id) => held.find((reservation) => reservation.id === id),
    doubts: () => [],
    deliveries: () => [{ ...{ id: "d1", state: "received", at: nowMs, by: "mia" }, lines: [], expectedAt: nowMs }],
    alerts: () => [
      { id: "al1", kind: "low", severity: "wait", state: "open", sku: "GLS-1", openedAt: nowMs, at: nowMs },
    ],
    help: (id) => (id === "m1" ? { state: "none" } : undefined),
    availabilityDay: (day) => (day === "2026-02-31" ? undefined : { day, points: [], places: [] }),
    today: () => "2026-11-21",
    zones: () => [{ zone: "entrance", occupancy: 2, at: nowMs }],
    devices: () => [{ id: "A1", kind: "shelf", format: "native", state: "online" }],
    device: (id) => ({ id, kind: "shelf", format: "native", state: "online" }),
    deviceDetail: () => undefined,
    media: () => ({ state: "preparing", step: "Building the video engine", progress: 0.25 }),
    mirrors: () => [{ id: "m1", sharing: false, viewers: 0, live: false }],
    shopper: (id) => shoppers.get(id),
    offersOf: () => [],
    inboxCounts: () => ({ topics: 1, total: 3 }),
    rollouts: () => [],
    demand: () => undefined,
    restock: () => [],
    previewOffers: () => [
      { offerId: "of1", sku: "GLS-1", wouldIssue: false, reasons: ["the cap of the day is reached"] },
    ],
  };
  const ports: ApiPorts = {
    views,
    audit: access.audit,
    firmware: {
      list: async () => [],
      add: async () => ({ ok: false, problem: { status: 400, type: "bad-firmware", title: "This is no firmware." } }),
      find: async () => undefined,
      whyNot: async () => "there is no such image",
      mayFetch: () => false,
    },
    credentials: {
      async add({ id }) {
        if (id === "unknown") return { ok: false, reason: "nobody has said yet what unknown is" };
        const topics = { publish: [`store/main/shelf/${id}/reading`], subscribe: [`store/main/shelf/${id}/command`] };
        const password = await access.credentials.addDevice(id, { grant: topics, format: "native" });
        return { ok: true, value: { username: id, password, topics, url: `mqtt://${id}:${password}@127.0.0.1:1883` } };
      },
      remove: access.credentials.removeDevice,
    },
    webhooks: {
      list: () => [],
      add: async () => ({ ok: false, reason: "it is nowhere" }),
      remove: async () => false,
      rotate: async () => undefined,
      test: async () => undefined,
    },
    epcis: async () => ({ ok: true, events: [] }),
    inbox: { list: () => [unread], clear: (topic) => topic === unread.topic },
    commander: {
      async run<C extends Command>(command: C) {
        commands.push(command);
        const problem = answers.refuseNext;
        delete answers.refuseNext;
        const result = problem ? { ok: false, problem } : { ok: true, value: answerTo(command, shoppers) };
        return result as CommandResult<CommandValue<C["command"]>>;
      },
    },
    stream: {
      lastJournalId: () => past.at(-1)?.id ?? journal,
      subscribe(send) {
        listeners.add(send);
        return () => listeners.delete(send);
      },
      since: (id) => (id < journal - 1 ? undefined : past.filter((message) => message.id > id)),
    },
    counters: () => [{ name: "vitrine_messages_total", help: "Messages.", value: 7, labels: { kind: 'a"b' } }],
    caPem: () => undefined,
    readiness: () => ({ ready: answers.refuseNext === undefined, waitingFor: answers.refuseNext ? ["storage"] : [] }),
    record(onLine) {
      recorders.add(onLine);
      return () => recorders.delete(onLine);
    },
  };
  const api = createApi({
    log: silentLog,
    ports,
    access,
    plugins,
    pagesFolder: pagesFolder ?? join(dataFolder, "no-pages"),
    demo,
    host: "127.0.0.1",
    port: 0,
    now: clock.now,
    links: () => (demo ? [{ label: "Staff & stock", href: "/staff" }] : []),
    heartbeatMs: 20,
  });
  onTestFinished(async () => {
    await api.close();
    await access.close();
    rmSync(dataFolder, { recursive: true, force: true });
  });
  /** By a token; a test that says nothing of accounts finds them made. */
  function asPerson(person: { role: "staff" | "manager" | "engineer"; id: string; name: string }) {
    const file = join(dataFolder, "accounts.json");
    if (!existsSync(file))
      writeFileSync(file, JSON.stringify({ version: 1, accounts, invitations: {} }), { mode: 0o600 });
    return bearer(access.signCaller(person, nowMs + 60_000));
  }
  return {
    api,
    app: api.app,
    dataFolder,
    access,
    clock,
    items,
    commands,
    answers,
    shoppers,
    recorders,
    /** News for every page: kept, so that a page which was away can ask for it. */
    publish(message: StreamMessage) {
      past.push(message);
      for (const send of listeners) send(message);
    },
    asShopper: (shopperId: string) => bearer(access.signCaller({ role: "shopper", shopperId }, nowMs + 60_000)),
    asMirror: (mirrorId: string) => bearer(access.signCaller({ role: "mirror", mirrorId }, nowMs + 60_000)),
    asStaff: () => asPerson({ role: "staff", id: "ben", name: "Ben" }),
    asManager: () => asPerson({ role: "manager", id: "mia", name: "Mia" }),
    asEngineer: () => asPerson({ role: "engineer", id: "ana", name: "Ana" }),
  };
}

function bearer(token: string) {
  return { authorization: `Bearer ${token}` };
}

function answerTo(command: Command, shoppers: Map<string, ShopperView>): unknown {
  if (command.command === "shopper.join") {
    const consents = { presence: false, offers: false, mirror: false };
    shoppers.set("s1", {
      shopperId: "s1",
      consents,
      joinedAt: nowMs,
      ...(command.basket ? { basket: command.basket } : {}),
    });
    return { shopperId: "s1" };
  }
  if (command.command === "shopper.erase") shoppers.delete(command.shopperId);
  if (command.command === "offer.redeem") {
    return { code: command.code, redeemedAt: nowMs, offerId: "of1", sku: "GLS-1", offerPrice: 9900 };
  }
  if (command.command === "reservation.make") return { reservationId: "r1" };
  if (command.command === "sale.make") return { saleId: "s1" };
  if (command.command === "delivery.expect") return { deliveryId: "d1" };
  return {};
}
