import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { type EpcisEvent, epcisQueryDocument } from "#wire/epcis.ts";
import type { DomainEvent, EventOf } from "../events.ts";
import { silentLog } from "../log.ts";
import { createStorage } from "../storage/storage.ts";
import { temporaryFolder } from "../test-gateway.ts";
import { type EpcisAbout, epcisEventsOf, epcisTypes, offsetAt } from "./epcis-events.ts";
import { createEpcisQuery, type EpcisParameters } from "./epcis-query.ts";

const schema = join(import.meta.dirname, "../wire/fixtures/epcis-schema/EPCISDocument.schema.json");
const ajv = new Ajv({ strict: false, allErrors: true });
addFormats.default(ajv);
const isDocument = ajv.compile(JSON.parse(readFileSync(schema, "utf8")));

/** By the schema of the standard. */
function mistakesIn(events: EpcisEvent[]): unknown[] {
  return isDocument(epcisQueryDocument(events, at)) ? [] : (isDocument.errors ?? ["invalid"]);
}

const at = Date.UTC(2026, 10, 21, 9);
const gtins = new Map([
  ["GLS-1", "5412345678908"],
  ["SCF-1", "96385074"],
]);
const about: EpcisAbout = { storeId: "main", timeZone: "Europe/Brussels", gtinOf: (sku) => gtins.get(sku) };
const withGln: EpcisAbout = { ...about, gln: "9506000134376" };

type Change = Partial<EventOf<"stock-changed">>;
const changed = (count: number, previous: number, more: Change = {}): DomainEvent => ({
  ...{ type: "stock-changed", at, shelf: "A", plate: 1, sku: "GLS-1", count, previous, grams: 31.5 * count },
  ...{ confidence: 0.98, source: { deviceId: "A1", boot: 1, seq: count } },
  ...more,
});
const epc = "3074257BF7194E4000001A85";
const by = "SECRET";
const happened: DomainEvent[] = [
  changed(4, 5, { cause: "pick" }),
  changed(5, 4, { cause: "put-back" }),
  changed(8, 5, { cause: "restock" }),
  changed(7, 8, { cause: "sale" }),
  changed(6, 7, { cause: "shrink" }),
  changed(0, 6, { cause: "correction" }),
  changed(1, 0, { cause: "move" }),
  changed(0, 1),
  { type: "stock-counted", at, sku: "SCF-1", shelf: "A", plate: 1, count: 3, tareGrams: 0, by },
  { type: "tag-arrived", at, epc, sku: "GLS-1", zone: "knitwear", source: { deviceId: "R1" } },
  { type: "tag-departed", at, epc, sku: "GLS-1", zone: "knitwear" },
  { type: "tag-arrived", at, epc: "beef", sku: "GLS-1", zone: "knitwear", source: { deviceId: "R1" } },
  {
    type: "sale-made",
    at,
    saleId: "s 1",
    key: by,
    lines: [
      { sku: "GLS-1", quantity: 2 },
      { sku: "SCF-1", quantity: -1 },
    ],
    by,
  },
  { type: "delivery-received", at, deliveryId: "d1", lines: [{ sku: "GLS-1", quantity: 12 }], by },
  { type: "stock-written-off", at, sku: "GLS-1", quantity: 1, reason: `stolen, says ${by}`, by },
  { type: "tag-moved", at, epc, sku: "GLS-1", from: "knitwear", zone: "entrance", source: { deviceId: "R1" } },
];
const entries = happened.map((event, index) => ({ id: index + 1, event }));
const told = (which: EpcisAbout = about) => entries.flatMap((entry) => epcisEventsOf(entry, which));

test("whatever happens to goods is an event by the standard's schema, with a GLN and without", () => {
  expect(new Set(happened.map(({ type }) => type))).toEqual(new Set(epcisTypes));
  for (const which of [about, withGln]) {
    const events = told(which);
    expect(events).toHaveLength(17);
    for (const event of events) expect(mistakesIn([event])).toEqual([]);
    expect(mistakesIn(events)).toEqual([]);
  }
  const wrong = { ...told()[0], bizStep: "shoplifting" } as unknown as EpcisEvent;
  expect(mistakesIn([wrong])).not.toEqual([]);
});

test("a picked piece is told with its product, its plate, what the plate weighs then and the shop's own time", () => {
  const [event] = told(withGln);
  expect(event).toEqual({
    ...{ type: "ObjectEvent", action: "OBSERVE", bizStep: "picking", disposition: "in_progress" },
    ...{ eventID: event?.eventID, eventTime: "2026-11-21T09:00:00.000Z", eventTimeZoneOffset: "+01:00" },
    quantityList: [{ epcClass: "https://id.gs1.org/01/05412345678908", quantity: 1 }],
    readPoint: { id: "https://id.gs1.org/414/9506000134376/254/A.1" },
    bizLocation: { id: "https://id.gs1.org/414/9506000134376" },
    sensorElementList: [
      {
        sensorMetadata: { time: "2026-11-21T09:00:00.000Z", deviceID: "urn:vitrine:store:main:device:A1" },
        sensorReport: [{ type: "Mass", value: 126, uom: "GRM" }],
      },
    ],
  });
});

test("each cause has its step and disposition; what was counted wrong before is counted, not moved", () => {
  const words = told().map(({ bizStep, disposition, quantityList }) => [
    bizStep,
    disposition,
    quantityList?.[0]?.quantity,
  ]);
  expect(words).toEqual([
    ["picking", "in_progress", 1],
    ["stocking", "sellable_accessible", 1],
    ["stocking", "sellable_accessible", 3],
    ["retail_selling", "retail_sold", 1],
    ["inspecting", "unknown", 1],
    ["cycle_counting", "sellable_accessible", 0],
    ["stocking", "sellable_accessible", 1],
    ["picking", "in_progress", 1],
    ["cycle_counting", "sellable_accessible", 3],
    ["stocking", "sellable_accessible", undefined],
    ["departing", "unknown", undefined],
    ["stocking", "sellable_accessible", 1],
    ["retail_selling", "retail_sold", 2],
    ["receiving", "returned", 1],
    ["receiving", "sellable_not_accessible", 12],
    ["inspecting", "stolen", 1],
    ["stocking", "sellable_accessible", undefined],
  ]);
});

test("a tag is one piece with its serial number; one that is no SGTIN is one of its product", () => {
  const [, , , , , , , , , arrived, , odd] = told();
  expect(arrived?.epcList).toEqual(["https://id.gs1.org/01/80614141123458/21/6789"]);
  expect(arrived?.readPoint).toEqual({ id: "urn:vitrine:store:main:place:knitwear" });
  expect(odd?.epcList).toBeUndefined();
  expect(odd?.quantityList).toEqual([{ epcClass: "https://id.gs1.org/01/05412345678908", quantity: 1 }]);
});

test("the same fact has the same id, another fact another one, although a restored backup gives its number anew", () => {
  const ids = told().map(({ eventID }) => eventID);
  expect(told().map(({ eventID }) => eventID)).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids)
    expect(id).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const other = epcisEventsOf({ id: 1, event: changed(3, 5, { cause: "pick" }) }, about);
  expect(ids).not.toContain(other[0]?.eventID);
  const elsewhere = epcisEventsOf({ id: 1, event: happened[0] as DomainEvent }, { ...about, storeId: "other" });
  expect(ids).not.toContain(elsewhere[0]?.eventID);
});

test("nobody's name and nothing that somebody typed is in it; what has no GTIN is left out", () => {
  expect(JSON.stringify(told())).not.toContain(by);
  expect(epcisEventsOf({ id: 1, event: changed(1, 2, { sku: "NOTHING" }) }, about)).toEqual([]);
  const presence: DomainEvent = { type: "zone-entered", at, carrier: by, zone: "door" };
  expect(epcisEventsOf({ id: 1, event: presence }, about)).toEqual([]);
});

test("the shop's clock goes forward in summer, by halves of an hour where it does, and may be wild", () => {
  expect(offsetAt(Date.UTC(2026, 6, 1), "Europe/Brussels")).toBe("+02:00");
  expect(offsetAt(Date.UTC(2026, 0, 1), "Asia/Kolkata")).toBe("+05:30");
  expect(offsetAt(Date.UTC(2026, 0, 1), "America/St_Johns")).toBe("-03:30");
  expect(offsetAt(Date.UTC(2026, 0, 1), "Europe/London")).toBe("+00:00");
  expect(offsetAt(Number.NaN, "Europe/London")).toBe("+00:00");
});

test("whatever names and numbers a shop has, its events fit the schema", () => {
  const change = fc.record({
    shelf: fc.string({ maxLength: 32 }),
    plate: fc.nat(64),
    grams: fc.double({ noNaN: true, noDefaultInfinity: true }),
    at: fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.double()),
    deviceId: fc.string(),
    count: fc.nat(500),
    previous: fc.nat(500),
    gln: fc.boolean(),
  });
  fc.assert(
    fc.property(change, ({ deviceId, count, previous, gln, ...rest }) => {
      const event = changed(count, previous, { ...rest, source: { deviceId } });
      expect(mistakesIn(epcisEventsOf({ id: 1, event }, gln ? withGln : about))).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

async function openQuery(events: DomainEvent[]) {
  const storage = createStorage({ folder: temporaryFolder(), log: silentLog });
  await storage.start();
  onTestFinished(() => storage.close());
  if (events.length > 0) {
    await new Promise<void>((resolve) => storage.whenCommitted(storage.enqueue(events), () => resolve()));
  }
  const ask = createEpcisQuery(storage, about);
  return async (parameters: EpcisParameters) => {
    const answer = await ask(parameters);
    if (!answer.ok) throw new Error("busy" in answer ? "busy" : answer.reason);
    return answer;
  };
}

test("page by page everything is told once, in order, whatever a page holds", async () => {
  const ask = await openQuery([{ type: "zone-left", at, carrier: "b", zone: "door" }, ...happened]);
  const all = (await ask({ perPage: "1000" })).events;
  expect(all).toHaveLength(17);
  for (const perPage of ["1", "2", "5", "13", "16", "17"]) {
    const read: EpcisEvent[] = [];
    let token: string | undefined;
    do {
      const page = await ask({ perPage, ...(token === undefined ? {} : { nextPageToken: token }) });
      expect(page.events.length).toBeLessThanOrEqual(Number(perPage));
      read.push(...page.events);
      token = page.next;
    } while (token !== undefined);
    expect(read).toEqual(all);
  }
});

test("a question about a time, a step, a place or a product is answered with just that", async () => {
  const hour = 3_600_000;
  const ask = await openQuery([
    changed(4, 5, { at: at - hour, cause: "pick" }),
    changed(3, 4, { at, cause: "pick", shelf: "B" }),
    { type: "stock-counted", at: at + hour, sku: "SCF-1", shelf: "A", plate: 1, count: 3, tareGrams: 0, by },
    { type: "tag-arrived", at, epc, sku: "GLS-1", zone: "knitwear", source: { deviceId: "R1" } },
  ]);
  const count = async (parameters: EpcisParameters) => (await ask(parameters)).events.length;
  expect(await count({})).toBe(4);
  expect(await count({ GE_eventTime: "2026-11-21T09:00:00Z" })).toBe(3);
  expect(await count({ GE_eventTime: "2026-11-21T10:00:00+01:00", LT_eventTime: "2026-11-21T09:30:00.5Z" })).toBe(2);
  expect(await count({ EQ_bizStep: "picking" })).toBe(2);
  expect(await count({ EQ_bizStep: "picking|cycle_counting" })).toBe(3);
  expect(
    await count({ EQ_bizStep: ["urn:epcglobal:cbv:bizstep:picking", "https://ref.gs1.org/cbv/BizStep-stocking"] }),
  ).toBe(3);
  expect(await count({ EQ_disposition: "https://ref.gs1.org/cbv/Disp-in_progress", EQ_action: "OBSERVE" })).toBe(2);
  expect(await count({ EQ_readPoint: "urn:vitrine:store:main:place:B.1" })).toBe(1);
  expect(await count({ EQ_bizLocation: "urn:vitrine:store:main", eventType: "ObjectEvent" })).toBe(4);
  expect(await count({ eventType: "AggregationEvent" })).toBe(0);
  expect(await count({ MATCH_epcClass: "https://shop.example/x/01/96385074" })).toBe(1);
  expect(await count({ MATCH_anyEPC: "https://id.gs1.org/01/80614141123458" })).toBe(1);
  expect(await count({ MATCH_epc: "https://id.gs1.org/01/80614141123458/21/6789" })).toBe(1);
  expect(await count({ MATCH_epc: "https://id.gs1.org/01/80614141123458/21/1" })).toBe(0);
});

test.each([
  [{ GE_eventTime: "yesterday" }, "a time with its zone"],
  [{ GE_eventTime: "2026-11-21T09:00:00 01:00" }, "A + is %2B"],
  [{ GE_recordTime: "2026-11-21T09:00:00Z" }, "not a parameter"],
  [{ constructor: "x" }, "not a parameter"],
  [{ perPage: "0" }, "1 to 1000"],
  [{ perPage: "ten" }, "1 to 1000"],
  [{ nextPageToken: "x" }, "none of ours"],
  [{ MATCH_epc: "https://id.gs1.org/01/05412345678909" }, "no Digital Link"],
  [{ EQ_bizStep: "x".repeat(501) }, "too long"],
])("%j is answered with what is wrong with it", async (parameters, words) => {
  const ask = await openQuery([]);
  await expect(ask(parameters)).rejects.toThrow(words);
});

test("one answer looks at so many rows and no more, and says that there are others; a third asker waits", async () => {
  const quiet = Array.from(
    { length: 21_000 },
    (): DomainEvent => ({ type: "zone-left", at, carrier: "b", zone: "door" }),
  );
  const ask = await openQuery([...quiet, changed(1, 2)]);
  const first = await ask({});
  expect(first.events).toEqual([]);
  expect((await ask({ nextPageToken: first.next })).events).toHaveLength(1);
  const answers = await Promise.allSettled([ask({}), ask({}), ask({})]);
  expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
});
