import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { DomainEvent } from "../events.ts";
import type { Context } from "../room.ts";
import { isOver, mirrors, openShare } from "./mirrors.ts";
import { decideLookTry, decideMirrorTick, decideShareEnd, decideShareStart } from "./sharing.ts";

const known = new Set(["M1", "M2"]);
const at = (now: number): Context => ({
  now,
  derive: (label) => createHash("sha256").update(`seed ${label}`).digest("hex"),
});

function evolve(state: ReturnType<typeof mirrors.initial>, events: DomainEvent[]) {
  for (const event of events) {
    if (event.type === "share-started") mirrors.evolve["share-started"]?.(state, event);
    if (event.type === "share-ended") mirrors.evolve["share-ended"]?.(state, event);
    if (event.type === "look-tried") mirrors.evolve["look-tried"]?.(state, event);
  }
}

function start(state: ReturnType<typeof mirrors.initial>, mirrorId: string, now: number, ttlMs = 60_000) {
  const decision = decideShareStart(
    state,
    { command: "share.start", mirrorId, sku: "GLASS-1", ttlMs, maxViewers: 3 },
    at(now),
    known,
  );
  if (!decision.ok) throw new Error(decision.problem.title);
  evolve(state, decision.events);
  return decision;
}

describe("a link to a mirror", () => {
  test("is open until its time is up and not a moment longer", () => {
    const state = mirrors.initial();
    const { value } = start(state, "M1", 1_000);
    expect(value.expiresAt).toBe(61_000);
    expect(openShare(state, "M1", 60_999)?.shareId).toBe(value.shareId);
    expect(openShare(state, "M1", 61_000)).toBeUndefined();
    expect(decideMirrorTick(state, 60_999)).toEqual([]);
    const ended = decideMirrorTick(state, 61_000);
    expect(ended).toEqual([{ type: "share-ended", at: 61_000, shareId: value.shareId, reason: "expired" }]);
    evolve(state, ended);
    expect(decideMirrorTick(state, 70_000)).toEqual([]);
    expect(isOver(state.shares.get(value.shareId)!, 0)).toBe(true);
  });

  test("replaces the older link of the same mirror, and leaves the other mirror alone", () => {
    const state = mirrors.initial();
    const first = start(state, "M1", 1_000);
    const other = start(state, "M2", 1_000);
    const second = start(state, "M1", 1_000);
    expect(second.value.shareId).not.toBe(first.value.shareId);
    expect(second.events[0]).toEqual({
      type: "share-ended",
      at: 1_000,
      shareId: first.value.shareId,
      reason: "replaced",
    });
    expect(openShare(state, "M1", 2_000)?.shareId).toBe(second.value.shareId);
    expect(openShare(state, "M2", 2_000)?.shareId).toBe(other.value.shareId);
  });

  test("can be taken back by its own mirror only, and twice without harm", () => {
    const state = mirrors.initial();
    const { value } = start(state, "M1", 1_000);
    const end = (mirrorId: string) =>
      decideShareEnd(state, { command: "share.end", shareId: value.shareId, mirrorId }, at(2_000));
    expect(end("M2")).toMatchObject({ ok: false, problem: { status: 404 } });
    const decision = end("M1");
    expect(decision).toMatchObject({ ok: true, events: [{ type: "share-ended", reason: "revoked" }] });
    if (decision.ok) evolve(state, decision.events);
    expect(openShare(state, "M1", 2_000)).toBeUndefined();
    expect(end("M1")).toEqual({ ok: true, events: [], value: {} });
  });

  test("has bounds whatever it is asked for", () => {
    const state = mirrors.initial();
    for (const bad of [Number.NaN, -5, 1e308]) {
      const decision = decideShareStart(
        state,
        { command: "share.start", mirrorId: "M1", ttlMs: bad, maxViewers: bad },
        at(0),
        known,
      );
      expect(decision.ok).toBe(true);
      const started = decision.ok ? decision.events.at(-1) : undefined;
      if (started?.type !== "share-started") throw new Error("no share");
      expect(started.expiresAt).toBeGreaterThanOrEqual(10_000);
      expect(started.expiresAt).toBeLessThanOrEqual(7_200_000);
      expect(started.maxViewers).toBeGreaterThanOrEqual(1);
      expect(started.maxViewers).toBeLessThanOrEqual(200);
    }
  });

  test("to a mirror the shop does not have is refused", () => {
    const state = mirrors.initial();
    const command = { command: "share.start", mirrorId: "M9", ttlMs: 60_000, maxViewers: 1 } as const;
    expect(decideShareStart(state, command, at(0), known)).toMatchObject({ ok: false, problem: { status: 404 } });
  });

  test("of long ago is forgotten: five hundred old ones are kept, the open one always", () => {
    const state = mirrors.initial();
    const open = start(state, "M2", 0, 7_200_000);
    const first = start(state, "M1", 1);
    for (let i = 2; i < 700; i += 1) start(state, "M1", i);
    expect(state.shares.size).toBeLessThanOrEqual(502);
    expect(state.shares.has(open.value.shareId)).toBe(true);
    expect(state.shares.has(first.value.shareId)).toBe(false);
  });
});

describe("a look at a mirror", () => {
  test("is news once, and is forgotten when the link ends", () => {
    const state = mirrors.initial();
    start(state, "M1", 0);
    const look = () => decideLookTry(state, { command: "look.try", mirrorId: "M1", sku: "GLASS-2" }, at(5), known);
    const decision = look();
    expect(decision).toMatchObject({ ok: true, events: [{ type: "look-tried", sku: "GLASS-2" }] });
    if (decision.ok) evolve(state, decision.events);
    expect(look()).toEqual({ ok: true, events: [], value: {} });
    evolve(state, decideMirrorTick(state, 60_000));
    expect(state.mirrors.get("M1")).toEqual({});
  });

  test("the state can be copied for a snapshot", () => {
    const state = mirrors.initial();
    start(state, "M1", 0);
    expect(structuredClone(state)).toEqual(state);
  });
});
