import { expect, test } from "vitest";
import type { DomainEvent } from "../events.ts";
import { decideCounted } from "./counting.ts";
import { decideDoubtSettle, settleByEvidence } from "./settling.ts";
import { short, testShelf } from "./test-shelf.ts";
import { doubtView, doubtViews } from "./views.ts";

/** Red and blue, side by side, weigh the same; one of them was taken. */
function doubtedShelf() {
  const shelf = testShelf([
    { sku: "red", grams: 80, plates: [1] },
    { sku: "blue", grams: 80, plates: [1] },
  ]);
  shelf.load(800);
  shelf.wait(10_000);
  shelf.load(-80);
  shelf.wait(6_000);
  const [doubt] = shelf.state.doubts.open.values();
  if (!doubt) throw new Error("nothing is doubted");
  const { id } = doubt;
  const blue = doubt.candidates.findIndex(({ moves }) => moves[0]?.sku === "blue");
  const settle = (candidate: number) => {
    const decision = decideDoubtSettle(shelf.state, { doubtId: id, candidate, by: "mia" }, shelf.now());
    if (decision.ok) for (const event of decision.events) shelf.apply(event);
    return decision;
  };
  return { ...shelf, id, blue, settle };
}

test("a person says which of the two it was, and that is counted as if the scale had known", () => {
  const { settle, blue, count, state } = doubtedShelf();
  const before = [count("red"), count("blue")];
  const decision = settle(blue);
  expect(decision.ok && decision.events.map(short)).toEqual(["doubt-settled", "pick blue -1"]);
  expect(decision.ok && decision.events[0]).toMatchObject({ how: "person", by: "mia", candidate: blue });
  expect([count("red"), count("blue")]).toEqual([before[0], (before[1] ?? 0) - 1]);
  expect(state.doubts.open.size).toBe(0);
});

test("a person may say that it was none of them; a question is answered once, and only with its own answers", () => {
  const { settle, count } = doubtedShelf();
  const before = [count("red"), count("blue")];
  expect(settle(17)).toMatchObject({ ok: false, problem: { status: 422, type: "unknown-candidate" } });
  expect(settle(-1)).toMatchObject({ ok: true, events: [{ type: "doubt-settled", how: "person" }] });
  expect([count("red"), count("blue")]).toEqual(before);
  expect(settle(-1)).toMatchObject({ ok: false, problem: { status: 404, type: "unknown-doubt" } });
});

test("a camera that counts one red less leaves one story; one that is unsure of itself leaves both", () => {
  const { state, count, now } = doubtedShelf();
  const seen = { sku: "red", shelf: "S", plate: 1, says: count("red") - 1 };
  expect(settleByEvidence(state, { ...seen, sure: 0.6 }, now())).toEqual([]);
  expect(settleByEvidence(state, { ...seen, shelf: "T", sure: 1 }, now())).toEqual([]);
  const settled = settleByEvidence(state, { ...seen, sure: 0.98 }, now());
  expect(settled.map(short)).toEqual(["doubt-settled", "pick red -1"]);
  expect(settled[0]).toMatchObject({ how: "evidence" });
});

test("who counts the plate by hand answers the question", () => {
  const { state, now, id } = doubtedShelf();
  const counted = {
    type: "stock-counted",
    sku: "red",
    shelf: "S",
    plate: 1,
    count: 4,
    tareGrams: 0,
    by: "mia",
  } as const;
  expect(decideCounted(state, { ...counted, at: now() })).toMatchObject([{ doubtId: id, how: "overtaken" }]);
  expect(decideCounted(state, { ...counted, plate: 2, at: now() })).toEqual([]);
});

test("who counts only a plate beside it, which felt the step too, has not answered the question", () => {
  const { state, apply, log, now } = doubtedShelf();
  const asked = log.find((event) => event.type === "change-doubted");
  if (!asked) throw new Error("nothing is doubted");
  apply({ ...asked, plates: [1, 2] });
  const counted = {
    type: "stock-counted",
    at: now(),
    sku: "soap",
    shelf: "S",
    count: 4,
    tareGrams: 0,
    by: "mia",
  } as const;
  expect(decideCounted(state, { ...counted, plate: 2 })).toEqual([]);
  expect(decideCounted(state, { ...counted, sku: "red", plate: 1 })).toHaveLength(1);
});

test("staff read what is asked; what is settled is gone", () => {
  const { state, id, settle } = doubtedShelf();
  expect(doubtView(state, id)).toMatchObject({ id, shelf: "S", plates: [1] });
  expect(doubtViews(state)).toHaveLength(1);
  settle(-1);
  expect(doubtView(state, id)).toBeUndefined();
});

test("of more than two hundred questions the oldest are dropped, and that is counted", () => {
  const { state, apply, log } = doubtedShelf();
  const asked = log.find((event) => event.type === "change-doubted");
  if (!asked) throw new Error("nothing is doubted");
  for (let i = 0; i < 250; i++) apply({ ...asked, doubtId: `more-${i}` } satisfies DomainEvent);
  expect(state.doubts.open.size).toBe(200);
  expect(state.doubts.dropped).toBe(51);
});
