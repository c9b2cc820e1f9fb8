import { expect, test } from "vitest";
import type { Fill } from "./distances.ts";
import { openPlaces } from "./test-places.ts";

const second = 1_000;
const minute = 60_000;
const one = (count?: number) => ({ sku: "BALM", capacity: 8, ...(count === undefined ? {} : { count }) });
const other = (count?: number) => ({ sku: "SOAP", capacity: 8, ...(count === undefined ? {} : { count }) });

test("where nothing weighs, a camera that says the same twice counts: first it finds them, then it sees them leave and come", () => {
  const shelf = openPlaces({ 1: [one()] });
  shelf.see(6, 0);
  expect(shelf.count()).toBeUndefined();
  shelf.see(6, 4 * second);
  shelf.see(5, 8 * second);
  shelf.see(5, 9 * second);
  expect(shelf.count()).toBe(6);
  shelf.see(5, 12 * second);
  shelf.see(7, 60 * second);
  shelf.see(7, 64 * second);
  expect(shelf.changes()).toEqual(["6 correction camera", "5 pick camera", "7 restock camera"]);
  expect(shelf.log[1]).toMatchObject({ previous: 6, source: { deviceId: "cam" } });
});

test("somebody who stands before the shelf for a moment takes nothing from it", () => {
  const shelf = openPlaces({ 1: [one()] });
  for (const [index, fronts] of [6, 6, 6, 0, 2, 6, 3, 6, 6].entries()) shelf.see(fronts, index * 5 * second);
  expect(shelf.changes()).toEqual(["6 correction camera"]);
});

test("a scale that is sure is not overruled by a camera, and the count is less believed", () => {
  const shelf = openPlaces({ 1: [one()] }, { scale: true });
  shelf.weigh(6, 0);
  expect(shelf.evidence(0)?.confidence).toBe(0.98);
  for (let frame = 1; frame <= 10; frame++) shelf.see(4, frame * 5 * second);
  expect(shelf.count()).toBe(6);
  expect(shelf.evidence(50 * second)?.confidence).toBeLessThan(0.9);
});

test("a scale that is not sure gains by a camera that agrees, and yields to one that insists", () => {
  const shelf = openPlaces({ 1: [one()] }, { scale: true });
  shelf.weigh(6, 0, { confidence: 0.6 });
  shelf.see(6, 5 * second);
  expect(shelf.evidence(5 * second)?.confidence).toBeGreaterThan(0.9);
  shelf.weigh(7, 60 * second, { confidence: 0.55 });
  shelf.see(6, 62 * second);
  expect(shelf.count()).toBe(7);
  shelf.see(6, 66 * second);
  expect(shelf.changes().at(-1)).toBe("6 correction camera");
});

test("two neighbours weigh the same and the scale took the wrong one: the camera sets both right", () => {
  const shelf = openPlaces({ 1: [one()], 2: [other()] }, { scale: true });
  shelf.weigh(4, 0, { plate: 1 });
  shelf.weigh(4, 0, { plate: 2 });
  shelf.weigh(3, minute, { plate: 1, confidence: 0.52 });
  for (let round = 0; round < 4; round++) {
    shelf.see(4, minute + round * 5 * second, { plate: 1 });
    shelf.see(3, minute + round * 5 * second, { plate: 2 });
  }
  expect([shelf.count(1), shelf.count(2)]).toEqual([4, 3]);
});

test("a scale that has fallen silent leaves its plate to the camera", () => {
  const shelf = openPlaces({ 1: [one()] }, { scale: true });
  shelf.weigh(6, 0);
  shelf.silenceScale();
  shelf.see(5, 5 * second);
  shelf.see(5, 9 * second);
  expect(shelf.changes().at(-1)).toBe("5 pick camera");
});

test("whoever counts by hand teaches the camera what stands behind what it sees", () => {
  const shelf = openPlaces({ 1: [one()] });
  shelf.see(5, 0);
  shelf.see(5, 4 * second);
  shelf.countByHand(6, 10 * second);
  for (let frame = 1; frame <= 5; frame++) shelf.see(5, (10 + frame * 5) * second);
  expect(shelf.count()).toBe(6);
  shelf.see(4, 60 * second);
  shelf.see(4, 64 * second);
  expect(shelf.count()).toBe(5);
});

test("a count by hand is believed less with every change since, and with the hours", () => {
  const shelf = openPlaces({ 1: [one()] }, { scale: true });
  shelf.weigh(6, 0, { confidence: 0.6 });
  shelf.countByHand(5, minute);
  const sure = () => shelf.evidence(2 * minute)?.evidence.find(({ by }) => by === "person");
  expect(sure()).toMatchObject({ says: 5, at: minute });
  const before = sure()?.sure ?? 0;
  shelf.weigh(4, minute + 30 * second);
  expect(sure()?.says).toBe(4);
  expect(sure()?.sure).toBeLessThan(before);
});

test("what a camera said is believed less as it ages, and never less than half as much", () => {
  const shelf = openPlaces({ 1: [one()] });
  shelf.see(6, 0);
  shelf.see(6, 4 * second);
  const after = (ms: number) => shelf.evidence(ms)?.confidence ?? 0;
  expect(after(5 * second)).toBeGreaterThan(0.9);
  expect(after(5 * minute)).toBeLessThan(after(5 * second));
  expect(after(60 * minute)).toBeGreaterThan(0.4);
  expect(after(48 * 60 * minute)).toBe(after(60 * minute));
});

test("a tag for every piece in the zone is one more witness, and never counts by itself", () => {
  const shelf = openPlaces({ 1: [one()] }, { scale: true, tags: 6 });
  shelf.weigh(6, 0, { confidence: 0.7 });
  const { evidence, confidence } = shelf.evidence(second) ?? { evidence: [], confidence: 0 };
  expect(evidence.map(({ by, says }) => [by, says])).toEqual([
    ["weight", 6],
    ["rfid", 6],
  ]);
  expect(confidence).toBeGreaterThan(0.7);
  expect(shelf.log).toHaveLength(1);
});

test("of two rows behind each front a camera only says what cannot be", () => {
  const shelf = openPlaces({ 1: [{ ...one(8), across: 4 }] });
  shelf.see(4, 0);
  shelf.see(4, 4 * second);
  expect(shelf.log).toEqual([]);
  shelf.see(3, 10 * second);
  shelf.see(3, 14 * second);
  expect(shelf.count()).toBe(6);
  shelf.see(0, 20 * second);
  shelf.see(0, 24 * second);
  expect(shelf.count()).toBe(0);
});

test("a front does not tell two products of one plate apart; an empty plate has neither", () => {
  const shelf = openPlaces({ 1: [one(3), other(2)] });
  expect(shelf.see(4, 0)).toMatch("2 products stand on plate 1");
  shelf.see(0, 5 * second);
  shelf.see(0, 9 * second);
  expect(shelf.log.map(({ sku, count }) => [sku, count])).toEqual([
    ["BALM", 0],
    ["SOAP", 0],
  ]);
});

test("facings of a shelf or plate that is not there, and absurd ones, change nothing and are said", () => {
  const shelf = openPlaces({ 1: [one(5)] });
  expect(shelf.see(3, 0, { shelf: "Z" })).toBe("there is no shelf Z");
  expect(shelf.see(3, 0, { plate: 9 })).toBe("nothing belongs on plate 9 of shelf S");
  for (const fronts of [-1, 17, 500, 10_000]) expect(shelf.see(fronts, 0)).toMatch("cannot stand on plate 1");
  expect([shelf.log, shelf.words()]).toEqual([[], []]);
});

test("a camera that sees nothing anywhere all at once has something before its lens; one empty plate is an empty plate", () => {
  const shelf = openPlaces({ 1: [one()], 2: [other()] });
  const look = (fronts: [number, number], now: number) => {
    shelf.see(fronts[0], now, { plate: 1 });
    shelf.see(fronts[1], now, { plate: 2 });
  };
  for (let round = 0; round < 3; round++) look([5, 4], round * 5 * second);
  for (let round = 3; round < 40; round++) look([0, 0], round * 5 * second);
  expect([shelf.count(1), shelf.count(2)]).toEqual([5, 4]);
  expect(shelf.reasons[0]).toMatch("is its lens covered?");
  for (let round = 40; round < 46; round++) look([0, 4], round * 5 * second);
  expect([shelf.count(1), shelf.count(2)]).toEqual([0, 4]);
});

const fill: Fill = {
  ...{ shelf: "S", plate: 1, sku: "BALM", capacity: 8, device: "tof", value: "distance", unit: "mm" },
  ...{ emptyMm: 400, fullMm: 80 },
};

test("the space before a pusher counts what stands there", () => {
  const shelf = openPlaces({ 1: [one()] });
  for (let i = 0; i < 3; i++) shelf.measure(202 + i, i * 4 * second, fill);
  expect(shelf.count()).toBe(5);
  for (let i = 3; i < 6; i++) shelf.measure(243, i * 4 * second, fill);
  expect(shelf.changes()).toEqual(["5 correction distance", "4 pick distance"]);
  expect(shelf.evidence(30 * second)?.evidence[0]).toMatchObject({ by: "distance", says: 4, deviceId: "tof" });
});

test("a distance is read as its maker writes it: by name, in millimetres, centimetres or metres", () => {
  for (const [said, configured] of [
    [{ name: "distance", value: 200, unit: "mm" }, {}],
    [{ name: "distanceMm", value: 200 }, { unit: "m" }],
    [{ name: "distance_mm", value: 200 }, {}],
    [{ name: "distance", value: 0.2, unit: "m" }, {}],
    [
      { name: "shelf_distance", value: 0.2, unit: "" },
      { value: "shelf_distance", unit: "m" },
    ],
    [
      { name: "distance2", value: 20 },
      { value: "distance2", unit: "cm" },
    ],
  ] as const) {
    const shelf = openPlaces({ 1: [one()] });
    for (const now of [0, 4 * second]) shelf.hearValues([said], now, { ...fill, ...configured });
    expect(shelf.count()).toBe(5);
    shelf.hearValues([{ name: "battery", value: 80 }], 9 * second, fill);
    expect(shelf.log).toHaveLength(1);
  }
});

test("a distance between two pieces does not make the count go up and down", () => {
  const shelf = openPlaces({ 1: [one()] });
  for (let i = 0; i < 200; i++) shelf.measure(220 + (i % 3) - 1, i * 4 * second, fill);
  expect(shelf.log).toHaveLength(1);
});

test("a distance beyond the shelf is no count, and one that never moves while goods do is stuck; both are said", () => {
  const shelf = openPlaces({ 1: [one()] }, { scale: true });
  expect(shelf.measure(8_190, 0, fill)).toMatch("tof shows 8190 mm at S/1");
  expect(shelf.measure(2, second, fill)).toMatch("between 400 and 80");
  shelf.weigh(6, minute, { confidence: 0.6 });
  for (let i = 0; i < 3; i++) {
    shelf.measure(160, minute + i * 10 * second, fill);
    shelf.weigh(5 - i, minute + i * 10 * second + second, { confidence: 0.6 });
  }
  expect(shelf.measure(160, 2 * minute, fill)).toMatch("is it stuck?");
  for (let i = 1; i < 20; i++) shelf.measure(160, 2 * minute + i * 5 * second, fill);
  expect(shelf.count()).toBe(3);
  expect(shelf.measure(280, 10 * minute, fill)).toBeUndefined();
});

test("frames that come late or twice are passed over, and a clock set back by a day stops no witness for a day", () => {
  const shelf = openPlaces({ 1: [one()] });
  const day = 86_400_000;
  shelf.see(5, day);
  shelf.see(5, day + 5 * second, { at: day });
  shelf.see(5, day + 6 * second, { at: day - 5 * second });
  expect(shelf.log).toEqual([]);
  shelf.see(5, day + 7 * second);
  expect(shelf.count()).toBe(5);
  shelf.see(4, second);
  shelf.see(4, 5 * second);
  expect(shelf.count()).toBe(4);
  shelf.see(3, 2 * day);
  shelf.see(3, 2 * day + 5 * second);
  expect(shelf.count()).toBe(3);
});
