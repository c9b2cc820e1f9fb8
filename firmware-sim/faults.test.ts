import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { decodeShelfReading, decodeTelemetry } from "#wire/readings.ts";
import type { Device, InboxTopic, StockItem } from "#wire/views.ts";
import type { Message } from "./device.ts";
import { type Fault, faultKinds, readFault } from "./faults.ts";
import { readForeignPlan } from "./foreign-plan.ts";
import { countSharedPlates } from "./opening-count.ts";
import type { Scenario } from "./scenario.ts";
import { demo } from "./scenarios/demo.ts";
import { mixed } from "./scenarios/mixed.ts";
import { quiet } from "./scenarios/quiet.ts";
import { createSimulation, tickMs } from "./simulation.ts";
import { type SimulatedShop, simulatedShop, still } from "./test-shop.ts";
import { smallShop } from "./test-world.ts";
import type { Truth } from "./truth.ts";

const startMs = Date.UTC(2026, 4, 12, 9, 0);

function fault(text: string): Fault {
  const read = readFault(text);
  if (!read.ok) throw new Error(read.reason);
  return read.value;
}

/** So many minutes in the small shop, where nobody touches anything, with these faults. */
function ill(minutes: number, ...faults: string[]) {
  const truths: Truth[] = [];
  const tell = (truth: Truth) => truths.push(truth);
  const world = smallShop();
  const simulation = createSimulation({ world, scenario: still, seed: "1", startMs, tell, faults: faults.map(fault) });
  const messages: Message[] = [];
  for (let ms = 0; ms < minutes * 60_000; ms += tickMs) messages.push(...simulation.step());
  const of = (channel: string) =>
    messages.filter(({ deviceId, topic }) => deviceId === "scale-1" && topic.endsWith(channel));
  return {
    messages,
    truths,
    of,
    times: (kind: string) => truths.filter((t) => t.kind === "fault" && t.fault === kind).length,
  };
}

test("every fault can be asked for by name, and nonsense is refused in words", () => {
  for (const kind of Object.keys(faultKinds)) {
    const text = kind === "power-cut" ? "A1=power-cut:at=verify" : `A1=${kind}`;
    expect(readFault(text)).toMatchObject({ ok: true, value: { device: "A1", kind } });
  }
  for (const text of ["A1", "A1=sulk", "A1=drop:often", "A1=power-cut", "A1=power-cut:at=lunch"])
    expect(readFault(text)).toMatchObject({ ok: false });
  for (const { devices, faults } of [mixed, demo]) {
    for (const plan of devices ?? []) expect(readForeignPlan(plan)).toMatchObject({ ok: true });
    for (const text of faults ?? []) expect(readFault(text)).toMatchObject({ ok: true });
  }
});

test("the same seed gives the same faults at the same moments", () => {
  const faults = ["*=duplicate", "*=reorder", "*=rubbish", "scale-1=reboot:20", "scale-2=flap"];
  const once = ill(2, ...faults);
  expect(JSON.stringify(ill(2, ...faults).messages)).toBe(JSON.stringify(once.messages));
  for (const kind of ["duplicate", "reorder", "rubbish", "reboot", "flap"]) expect(once.times(kind)).toBeGreaterThan(0);
});

test("a wrong clock, an empty battery and a new power-on show in what a scale says", () => {
  const readings = (...faults: string[]) =>
    ill(3, ...faults)
      .of("/reading")
      .flatMap(({ at, payload }) => {
        const read = decodeShelfReading(Buffer.from(payload));
        return read.ok ? [{ ...read.value, ahead: (read.value.at ?? 0) - at, sentAt: at }] : [];
      });
  expect(new Set(readings("scale-1=skew:300000").map(({ ahead }) => ahead))).toEqual(new Set([300_000]));
  expect(readings("scale-1=drift:1000").at(-1)?.ahead).toBeGreaterThan(100);
  for (const day of [86_400_000, -86_400_000])
    expect(new Set(readings(`scale-1=jump:${day}`).map(({ ahead }) => ahead))).toEqual(new Set([0, day]));
  const boots = Map.groupBy(readings("scale-1=reboot:30"), ({ boot }) => boot);
  expect(boots.size).toBeGreaterThan(3);
  for (const numbered of boots.values()) expect(numbered.map(({ seq }) => seq)).toEqual(numbered.map((_, i) => i));
  const charge = ill(5, "scale-1=battery:600")
    .of("/telemetry")
    .flatMap(({ payload }) => {
      const read = decodeTelemetry(Buffer.from(payload));
      return read.ok ? [read.value.values.batteryPercent ?? 100] : [];
    });
  expect(charge).toEqual(charge.toSorted((a, b) => b - a));
  expect(charge.at(-1)).toBeLessThan(60);
});

test("plates vanish, freeze, saturate, weigh the wrong way and lose their zero, and come back", () => {
  const gramsOf = (...faults: string[]) =>
    ill(8, ...faults)
      .of("/reading")
      .flatMap(({ at, payload }) => {
        const read = decodeShelfReading(Buffer.from(payload));
        return read.ok ? read.value.plates.filter(({ plate }) => plate === 1).map(({ grams }) => ({ at, grams })) : [];
      });
  const usual = gramsOf()[0]?.grams ?? 0;
  const isUsual = (grams: number | undefined) => Math.abs((grams ?? 0) - usual) < 0.1 * usual;
  const gapMs = (said: { at: number }[]) => Math.max(...said.map(({ at }, i) => at - (said[i - 1]?.at ?? at)));
  expect(gapMs(gramsOf())).toBeLessThan(15_000);
  expect(gapMs(gramsOf("scale-1=vanish:30"))).toBeGreaterThan(18_000);
  expect(Math.max(...gramsOf("scale-1=saturate:30").map(({ grams }) => grams))).toBe(20_000);
  expect(gramsOf("scale-1=negative:30").some(({ grams }) => grams < -usual)).toBe(true);
  const frozen = gramsOf("scale-1=freeze:30").map(({ grams }) => grams);
  expect(frozen.some((grams, i) => i > 1 && grams === frozen[i - 1] && grams === frozen[i - 2])).toBe(true);
  for (const kind of ["vanish", "saturate", "negative", "freeze"]) {
    expect(ill(8, `scale-1=${kind}:30`).times(kind)).toBeGreaterThan(2);
    expect(gramsOf(`scale-1=${kind}:30`).filter(({ grams }) => isUsual(grams)).length).toBeGreaterThan(5);
  }
  expect((gramsOf("scale-1=wander:30").at(-1)?.grams ?? 0) - usual).toBeGreaterThan(200);
});

/** People for four minutes, then a minute of peace in which everything late arrives. */
const busyThenStill: Scenario = {
  ...quiet,
  name: "busy, then still",
  arrivals: [
    { afterMinutes: 0, perMinute: 3 },
    { afterMinutes: 2.5, perMinute: 0 },
  ],
  startInside: 3,
  fill: [0.7, 1],
  picks: [1, 3],
  dwellMs: [2_000, 6_000],
  wrongPlateShare: 0,
  staff: 0,
};

/** How often the gateway changed its mind on a count of these shelves, after its first look. */
function changesOn(dataFolder: string, shelves: string[]): number {
  const database = new DatabaseSync(join(dataFolder, "vitrine.db"), { readOnly: true });
  const counts = new Map<string, number[]>();
  for (const { body } of database.prepare("SELECT body FROM journal ORDER BY id").all()) {
    const event = JSON.parse(String(body));
    if (event.type !== "stock-changed" || !shelves.includes(event.shelf)) continue;
    const key = `${event.shelf}/${event.plate}`;
    const before = counts.get(key) ?? [];
    if (before.at(-1) !== event.count) counts.set(key, [...before, event.count]);
  }
  database.close();
  return [...counts.values()].reduce((sum, list) => sum + list.length - 1, 0);
}

/** The scales have spoken, and somebody has counted what they cannot tell apart. */
async function open(shop: SimulatedShop) {
  await shop.run(0.1);
  expect(await countSharedPlates(shop.simulation.shop, shop.gateway.url)).toBeUndefined();
}

/** Places whose count at the gateway is not what lies there. */
async function wrongCounts({ gateway, simulation }: SimulatedShop): Promise<string[]> {
  const wrong: string[] = [];
  for (const plate of simulation.shop.plates) {
    const { value } = await gateway.api<StockItem>("GET", `/api/v1/stock/${plate.sku}`);
    const place = value.places.find((at) => at.shelf === plate.shelf && at.plate === plate.plate);
    const truly = simulation.shop.ownCount(plate);
    if (place?.count !== truly) wrong.push(`${plate.shelf}/${plate.plate}: ${place?.count}, truly ${truly}`);
  }
  return wrong;
}

test("plates that vanish, freeze, saturate or weigh the wrong way, and clocks a day off, change no count for good", async () => {
  const kinds = ["vanish:60", "freeze:60", "saturate:60", "negative:60", "jump:86400000", "jump:-86400000"];
  const shelves = ["A1", "A4", "B3", "C1", "D3", "E1"];
  const shop = await simulatedShop({ ...still, faults: shelves.map((id, index) => `${id}=${kinds[index]}`) });
  await open(shop);
  await shop.run(8);
  for (const kind of ["vanish", "freeze", "saturate", "negative"])
    expect(shop.truths.filter((truth) => truth.kind === "fault" && truth.fault === kind).length, kind).toBeGreaterThan(
      3,
    );
  expect(await wrongCounts(shop)).toEqual([]);
}, 120_000);

test("whatever goes wrong on the way, stock ends right, nothing counts twice, and nobody else is disturbed", async () => {
  const ill = ["A3", "A4", "B3", "C1", "D3", "E1"];
  const kinds = ["duplicate:0.3", "reorder:0.3", "delay:1500", "reboot:45", "rubbish:0.1"];
  const shop = await simulatedShop({
    ...busyThenStill,
    faults: [
      ...ill.flatMap((id) => kinds.map((kind) => `${id}=${kind}`)),
      "B1=flap:15",
      "C3=skew:90000",
      "D1=drop:0.2",
    ],
  });
  await open(shop);
  await shop.run(6);

  expect(await wrongCounts(shop)).toEqual([]);
  const happened = Map.groupBy(shop.truths, (truth) => (truth.kind === "fault" ? truth.fault : truth.kind));
  for (const kind of ["pick", "duplicate", "reorder", "reboot", "rubbish", "flap", "drop"])
    expect(happened.get(kind)?.length, kind).toBeGreaterThan(3);

  // A reading that is late or comes again must not bring back what was: as many changes as moves, but for a hand that rests.
  const moves = shop.truths.filter((truth) => "quantity" in truth && ill.includes(truth.shelf));
  expect(moves.length).toBeGreaterThan(12);
  expect(changesOn(shop.gateway.dataFolder, ill)).toBeLessThanOrEqual(moves.length + 2);

  const inbox = (await shop.gateway.api<InboxTopic[]>("GET", "/api/v1/inbox")).value;
  expect(new Set(inbox.map(({ client }) => client))).toEqual(new Set(ill.map((id) => `sim-${id}`)));
  const devices = (await shop.gateway.api<Device[]>("GET", "/api/v1/devices")).value;
  const healthy = devices.filter(({ id, state }) => state !== "unseen" && !ill.includes(id) && id !== "B1");
  expect(healthy.length).toBeGreaterThan(15);
  for (const { id, state, health } of healthy) {
    expect({ id, state, restarts: health?.restarts }).toEqual({ id, state: "online", restarts: 0 });
    if (id !== "D1") expect(health?.lost, id).toBe(0);
  }
  expect(devices.find(({ id }) => id === "E1")?.health?.restarts).toBeGreaterThan(2);
}, 120_000);
