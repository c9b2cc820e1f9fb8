import { expect, test } from "vitest";
import {
  decodeBleAdverts,
  decodeCameraEvent,
  decodeMirrorEvent,
  decodeRfidReads,
  decodeShelfReading,
  decodeStatus,
  decodeTelemetry,
} from "#wire/readings.ts";
import { parseDeviceTopic } from "#wire/topics.ts";
import type { Message } from "./device.ts";
import { demo } from "./scenarios/demo.ts";
import { createSimulation, tickMs } from "./simulation.ts";
import { smallShop } from "./test-world.ts";
import type { MoveTruth, Truth } from "./truth.ts";

const startMs = Date.UTC(2026, 4, 12, 9, 0);
const decoders = {
  reading: decodeShelfReading,
  reads: decodeRfidReads,
  adverts: decodeBleAdverts,
  status: decodeStatus,
  telemetry: decodeTelemetry,
};

const isMove = (truth: Truth): truth is MoveTruth =>
  truth.kind === "pick" || truth.kind === "put-back" || truth.kind === "restock";

/** The demo's shoppers in the small shop for so many minutes. */
function day(minutes: number, { seed = "1", start = startMs, scenario = demo } = {}) {
  const truths: Truth[] = [];
  const world = smallShop();
  const simulation = createSimulation({
    world,
    scenario,
    seed,
    startMs: start,
    tell: (truth) => truths.push(truth),
  });
  const messages: Message[] = [];
  for (let ms = 0; ms < minutes * 60_000; ms += tickMs) messages.push(...simulation.step());
  simulation.end();
  return { messages, truths, shop: simulation.shop };
}

test("the same seed gives the same day, byte for byte; another seed another day", () => {
  const once = day(5);
  const again = day(5);
  expect(JSON.stringify(again.messages)).toBe(JSON.stringify(once.messages));
  expect(JSON.stringify(again.truths)).toBe(JSON.stringify(once.truths));
  expect(JSON.stringify(day(1, { seed: "2" }).truths)).not.toBe(JSON.stringify(day(1).truths));
});

test("the same day begun at another time is a new power-on, so nothing is taken for a redelivery", () => {
  const boots = (messages: Message[]) =>
    new Set(messages.filter((m) => m.topic.endsWith("/status")).map((m) => JSON.parse(`${m.payload}`).boot));
  const first = boots(day(0.1).messages);
  const second = boots(day(0.1, { start: startMs + 60_000 }).messages);
  expect([...second].filter((boot) => first.has(boot))).toEqual([]);
});

test("what was there, what went and what came add up to what lies on every plate", () => {
  const { truths, shop } = day(20);
  const moved = truths.filter(isMove);
  expect(new Set(moved.map((t) => t.kind))).toEqual(new Set(["pick", "put-back", "restock"]));
  expect(moved.some((t) => t.misplacedOn)).toBe(true);

  for (const plate of shop.plates) {
    const here = truths.filter((t) => "plate" in t && t.shelf === plate.shelf && t.plate === plate.plate);
    const [before] = here;
    if (before?.kind !== "stock") throw new Error("the first word on a plate is its stock");
    let count = before.count;
    for (const fact of here) {
      if (fact.kind === "stock" || !("quantity" in fact) || fact.misplacedOn) continue;
      count += fact.kind === "pick" ? -fact.quantity : fact.quantity;
      expect(fact.count).toBe(count);
    }
    expect(shop.ownCount(plate)).toBe(count);
    expect(here.at(-1)).toMatchObject({ kind: "stock", count });
  }
});

test("within the demo's first minute somebody picks, a plate runs empty and people change zones", () => {
  const { truths } = day(1);
  const picks = truths.filter(isMove).filter((t) => t.kind === "pick");
  expect(picks.length).toBeGreaterThan(3);
  expect(picks.some((t) => t.count === 0)).toBe(true);
  const tour = truths.filter((t) => t.kind === "zone" && t.carrier === "basket-1");
  expect(new Set(tour.map((t) => "zone" in t && t.zone)).size).toBe(3);
});

test("somebody sweeps a shelf: many at once, and pays nothing; in the demo within its first ten minutes", () => {
  const sweeps = { firstAfterMs: 20_000, everyMs: 60 * 60_000 };
  const { truths } = day(2, {
    scenario: { ...demo, arrivals: [], startInside: 0, fill: [1, 1], sweeps, nearlyEmpty: 0 },
  });
  const picks = truths.filter(isMove).filter(({ kind }) => kind === "pick");
  expect(picks.length).toBeGreaterThan(4);
  expect(new Set(picks.map(({ by, shelf }) => `${by} ${shelf}`)).size).toBe(1);
  expect((picks[4]?.at ?? Number.POSITIVE_INFINITY) - (picks[0]?.at ?? 0)).toBeLessThan(5_000);
  expect(truths).toContainEqual(expect.objectContaining({ kind: "left", person: picks[0]?.by }));
  expect(truths.filter(({ kind }) => kind === "paid")).toEqual([]);
  expect(demo.sweeps?.firstAfterMs).toBeLessThan(600_000);
});

test("every message speaks the gateway's native language", () => {
  const { messages } = day(5);
  const seen = new Set<string>();
  for (const { topic, payload, retain } of messages) {
    const parsed = parseDeviceTopic("test", topic);
    if (!parsed.ok) throw new Error(parsed.reason);
    const { kind, channel } = parsed.value;
    const bytes = Buffer.from(`${payload}`);
    const decoded =
      channel === "event"
        ? (kind === "camera" ? decodeCameraEvent : decodeMirrorEvent)(bytes)
        : decoders[channel as keyof typeof decoders](bytes);
    expect(decoded, `${payload}`).toMatchObject({ ok: true });
    expect(retain).toBe(channel === "status");
    seen.add(`${kind}/${channel}`);
  }
  for (const wanted of ["shelf/reading", "ble/adverts", "rfid/reads", "camera/event", "mirror/event"]) {
    expect(seen).toContain(wanted);
  }
});

test("a device numbers its readings without a gap", () => {
  const next = new Map<string, number>();
  for (const { topic, payload } of day(2).messages) {
    const { seq } = JSON.parse(`${payload}`);
    if (seq === undefined) continue;
    const device = topic.split("/").slice(0, 4).join("/");
    expect(seq).toBe(next.get(device) ?? 0);
    next.set(device, seq + 1);
  }
  expect(next.size).toBeGreaterThanOrEqual(6);
});

test("once hands are off it, a plate's scale shows what lies on it", () => {
  const { messages, shop } = day(3);
  for (const plate of shop.plates.filter(({ row, index }) => !row.isTouched(index))) {
    const device = plate.shelf === "A1" ? "scale-1" : "scale-2";
    const grams = messages
      .filter((m) => m.deviceId === device && m.topic.endsWith("/reading"))
      .flatMap((m) => JSON.parse(`${m.payload}`).plates)
      .findLast((p: { plate: number }) => p.plate === plate.plate).grams;
    expect(Math.abs(grams - plate.row.restingGrams(plate.index))).toBeLessThan(20);
  }
});
