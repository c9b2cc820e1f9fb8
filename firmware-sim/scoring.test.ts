import { expect, test } from "vitest";
import { readGatewayEvent, scoreRun } from "./scoring.ts";
import type { Truth } from "./truth.ts";

const plate = { shelf: "A1", plate: 1, sku: "SOAP" };
const truths: Truth[] = [
  { at: 0, kind: "shop", seed: "1", scenario: "demo", receiverZones: ["left", "right"] },
  { at: 0, kind: "stock", ...plate, count: 5, foreign: 0 },
  { at: 10_000, kind: "pick", by: "s1", ...plate, quantity: 1, count: 4 },
  { at: 40_000, kind: "put-back", by: "s1", ...plate, quantity: 1, count: 5 },
  { at: 10_000, kind: "zone", carrier: "basket-1", zone: "left" },
  { at: 20_000, kind: "zone", carrier: "basket-1", zone: "right", from: "left" },
  { at: 30_000, kind: "zone", carrier: "basket-1", zone: "door", from: "right" },
  { at: 60_000, kind: "stock", ...plate, count: 5, foreign: 0 },
];
const changed = (at: number, count: number) => ({ type: "stock-changed" as const, at, ...plate, count });

test("a count that follows every move is right, and its delay is told", () => {
  const score = scoreRun(truths, [changed(0, 5), changed(11_000, 4), changed(42_000, 5)]);
  expect(score.moves.pick).toEqual({ right: 1, wrong: 0, medianDelayMs: 1_000 });
  expect(score.moves["put-back"]).toEqual({ right: 1, wrong: 0, medianDelayMs: 2_000 });
  expect(score).toMatchObject({ plates: { right: 1, wrong: 0 }, phantomChanges: 0 });
});

test("a missed put-back is wrong, and a change out of nowhere is a phantom", () => {
  const score = scoreRun(truths, [changed(0, 5), changed(11_000, 4), changed(30_000, 3)]);
  expect(score.moves.pick).toMatchObject({ right: 1 });
  expect(score.moves["put-back"]).toEqual({ right: 0, wrong: 1 });
  expect(score).toMatchObject({ plates: { right: 0, wrong: 1 }, phantomChanges: 1 });
});

test("what lies on a plate by mistake is counted by itself, and not as what belongs there", () => {
  const stray: Truth = {
    at: 20_000,
    kind: "put-back",
    by: "s2",
    ...plate,
    sku: "BALM",
    quantity: 1,
    count: 4,
    misplacedOn: "SOAP",
  };
  const told = [...truths.slice(0, 3), stray, ...truths.slice(3)];
  const score = scoreRun(told, [
    changed(0, 5),
    changed(11_000, 4),
    { ...changed(21_000, 1), sku: "BALM" },
    changed(42_000, 5),
  ]);
  expect(score.moves["put-back"]).toMatchObject({ right: 2, wrong: 0 });
  expect(score).toMatchObject({ plates: { right: 1, wrong: 0 }, phantomChanges: 0 });
});

test("zones count by time, and only where a receiver can hear", () => {
  const entered = (at: number, zone: string) => ({ type: "zone-entered" as const, at, carrier: "basket-1", zone });
  const score = scoreRun(truths, [entered(12_000, "left"), entered(23_000, "right")]);
  expect(score.zones).toEqual({ accuracy: 0.75, secondsInZones: 20, enteredTruly: 2, enteredAsSeen: 2 });
});

test("journal lines and bare events are read alike, everything else is passed over", () => {
  const event = changed(1, 2);
  expect(readGatewayEvent(JSON.stringify(event))).toEqual(event);
  expect(readGatewayEvent(JSON.stringify({ id: 7, event }))).toEqual(event);
  expect(readGatewayEvent('{"type":"device-seen","at":1}')).toBeUndefined();
  expect(readGatewayEvent("not json")).toBeUndefined();
});
