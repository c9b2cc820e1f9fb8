import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { DomainEvent } from "../events.ts";
import type { Context } from "../room.ts";
import { adopt, readState, writeState } from "../wiring/restore.ts";
import { house } from "../wiring/test-days.ts";
import { decideClipDelete, decideClipKeep, decideClipsTick, isGone } from "./clips.ts";
import { type MirrorsState, mirrors } from "./mirrors.ts";

const known = new Set(["M1", "M2"]);
const day = 24 * 3_600_000;
const at = (now: number): Context => ({
  now,
  derive: (label) => createHash("sha256").update(label).digest("hex"),
});
const wish = {
  ...{ command: "clip.keep" as const, clipId: "c-1", mirrorId: "M1", mime: "video/mp4" as const },
  ...{ bytes: 1_000, durationMs: 5_000, ttlMs: day, showsPerson: false },
};

function evolve(state: MirrorsState, events: DomainEvent[]) {
  for (const event of events) {
    if (event.type === "clip-kept") mirrors.evolve["clip-kept"]?.(state, event);
    if (event.type === "clip-deleted") mirrors.evolve["clip-deleted"]?.(state, event);
  }
}

function keep(state: MirrorsState, now: number, more: Partial<typeof wish> = {}) {
  const decision = decideClipKeep(state, { ...wish, ...more }, at(now), known);
  if (decision.ok) evolve(state, decision.events);
  return decision;
}

test("a clip is kept for as long as the shop says, and not a moment longer", () => {
  const state = mirrors.initial();
  expect(keep(state, 1_000)).toMatchObject({ ok: true, value: { expiresAt: 1_000 + day } });
  expect(decideClipsTick(state, 999 + day)).toEqual([]);
  const ended = decideClipsTick(state, 1_000 + day);
  expect(ended).toEqual([{ type: "clip-deleted", at: 1_000 + day, clipId: "c-1", by: "expired" }]);
  // before the second in which it is deleted
  expect(isGone(state.clips.get("c-1")!, 1_000 + day)).toBe(true);
  evolve(state, ended);
  expect(decideClipsTick(state, 2_000 + day)).toEqual([]);
});

test("kept twice is kept once, with the first one's end", () => {
  const state = mirrors.initial();
  keep(state, 1_000);
  expect(keep(state, 5_000)).toEqual({ ok: true, events: [], value: { expiresAt: 1_000 + day } });
  expect(keep(state, 5_000, { mirrorId: "M2" })).toMatchObject({ ok: false, problem: { status: 404 } });
  evolve(state, decideClipsTick(state, 1_000 + day));
  expect(keep(state, 1_000 + day)).toMatchObject({ ok: false, problem: { status: 404 } });
});

test("a mirror that was taken away keeps nothing more, and what it kept stays until its end", () => {
  const state = mirrors.initial();
  keep(state, 1_000);
  const without = decideClipKeep(state, { ...wish, clipId: "c-2" }, at(2_000), new Set(["M2"]));
  expect(without).toMatchObject({ ok: false, problem: { status: 404, type: "unknown-mirror" } });
  expect(isGone(state.clips.get("c-1")!, 2_000)).toBe(false);
  expect(decideClipsTick(state, 1_000 + day)).toHaveLength(1);
});

test("no clip lives longer than a week, whatever is asked", () => {
  for (const ttlMs of [1e15, -5]) {
    const decision = keep(mirrors.initial(), 0, { ttlMs });
    expect(decision.ok && decision.value.expiresAt).toBe(ttlMs > 0 ? 7 * day : 60_000);
  }
});

test("deleting twice is fine; a clip that is not there is said to be so", () => {
  const state = mirrors.initial();
  keep(state, 0);
  const remove = (clipId: string, by: "phone" | "lost" = "phone") =>
    decideClipDelete(state, { command: "clip.delete", clipId, by }, at(5));
  const first = remove("c-1");
  expect(first).toMatchObject({ ok: true, events: [{ type: "clip-deleted", by: "phone" }] });
  if (first.ok) evolve(state, first.events);
  expect(remove("c-1", "lost")).toEqual({ ok: true, events: [], value: {} });
  expect(state.clips.get("c-1")?.deleted).toBe("phone");
  expect(remove("c-9")).toMatchObject({ ok: false, problem: { status: 404 } });
});

test("the shop keeps five hundred at most, and takes the next when one has run out", () => {
  const state = mirrors.initial();
  for (let n = 0; n < 500; n++) expect(keep(state, n, { clipId: `c-${n}` }).ok).toBe(true);
  expect(keep(state, 600, { clipId: "c-late" })).toMatchObject({ ok: false, problem: { status: 507 } });
  expect(keep(state, day, { clipId: "c-late" }).ok).toBe(true);
});

test("old links are remembered as over; the longest gone are forgotten", () => {
  const state = mirrors.initial();
  for (let n = 0; n < 600; n++) {
    keep(state, n, { clipId: `c-${n}` });
    evolve(state, [{ type: "clip-deleted", at: n, clipId: `c-${n}`, by: "phone" }]);
  }
  expect(state.clips.size).toBe(500);
  expect(state.clips.has("c-99")).toBe(false);
  expect(state.clips.get("c-100")?.deleted).toBe("phone");
});

test("a restart knows every clip as before, and one from a version without clips knows none", () => {
  const state = house.initial();
  keep(state.mirrors, 1_000);
  const again = adopt(house, readState(writeState(state)));
  expect(again.mirrors.clips).toEqual(state.mirrors.clips);
  expect(decideClipsTick(again.mirrors, 1_000 + day)).toHaveLength(1);
  const { clips: _, ...older } = state.mirrors;
  const adopted = adopt(house, { ...readState(writeState(state)), mirrors: older as MirrorsState });
  expect(adopted.mirrors.clips).toEqual(new Map());
  expect(decideClipsTick(adopted.mirrors, 5 * day)).toEqual([]);
  expect(keep(adopted.mirrors, 2_000).ok).toBe(true);
});
