import { describe, expect, test } from "vitest";
import { elevenMs, minuteMs, openFloor } from "./test-floor.ts";

const hourMs = 60 * minuteMs;
const withEmpty = () => {
  const floor = openFloor();
  floor.stands("C1/1", 0);
  const alertId = floor.one("empty").id;
  return {
    ...floor,
    alertId,
    step: (step: "acknowledge" | "assign" | "release" | "resolve", by: string) =>
      floor.asks({ command: `alert.${step}` as "alert.assign", alertId, by }),
  };
};

describe("who does it", () => {
  test("two people cannot take the same alert, and doing the same twice changes nothing", () => {
    const { step, one } = withEmpty();
    expect(step("acknowledge", "mia")).toEqual(["acknowledged"]);
    expect(step("acknowledge", "mia")).toEqual([]);
    expect(step("assign", "mia")).toEqual(["assigned"]);
    expect(step("assign", "mia")).toEqual([]);
    expect(step("assign", "jonas")).toBe("alert-taken");
    expect(step("release", "jonas")).toBe("alert-taken");
    expect(one("empty")).toMatchObject({ state: "assigned", by: "mia" });
    expect(step("release", "mia")).toEqual(["open"]);
    expect(step("release", "mia")).toEqual([]);
    expect(one("empty")).not.toHaveProperty("by");
    expect(step("assign", "jonas")).toEqual(["assigned"]);
  });

  test("what is done stays done, and is known for a while", () => {
    const { asks, alertId, state, step } = withEmpty();
    expect(asks({ command: "alert.resolve", alertId, by: "mia", refuted: true })).toEqual(["closed refuted"]);
    expect(step("resolve", "mia")).toEqual([]);
    expect(step("assign", "mia")).toBe("alert-closed");
    expect(state.alerts.closed).toMatchObject([{ id: alertId, state: "closed", reason: "refuted", by: "mia" }]);
    expect(asks({ command: "alert.resolve", alertId: "never-was", by: "mia" })).toBe("unknown-alert");
  });

  test("who does not finish within half an hour gives it back, and everybody sees from whom", () => {
    const { step, passes, one } = withEmpty();
    step("assign", "mia");
    expect(passes(29 * minuteMs)).toEqual([]);
    expect(passes(2 * minuteMs)).toEqual(["open"]);
    expect(one("empty")).toMatchObject({ state: "open", releasedFrom: "mia" });
    expect(one("empty")).not.toHaveProperty("by");
    step("assign", "jonas");
    expect(one("empty")).not.toHaveProperty("releasedFrom");
  });
});

describe("when nobody reacts", () => {
  test("what cannot wait is told again after three minutes, and to the manager after six", () => {
    const { passes, one } = withEmpty();
    expect(passes(179_000)).toEqual([]);
    expect(passes(2_000)).toEqual(["escalated 1"]);
    expect(passes(178_000)).toEqual([]);
    expect(passes(2_000)).toEqual(["escalated 2"]);
    expect(one("empty").escalated).toBe(2);
    expect(passes(hourMs)).toEqual([]);
  });

  test("what can wait is told again after twenty minutes", () => {
    const { stands, passes } = openFloor();
    stands("C1/1", 2);
    expect(passes(19 * minuteMs)).toEqual([]);
    expect(passes(2 * minuteMs)).toEqual(["escalated 1"]);
  });

  test("a reaction is enough, and starts the time anew when it is taken back", () => {
    const { passes, step, one } = withEmpty();
    passes(4 * minuteMs);
    step("acknowledge", "mia");
    expect(passes(10 * minuteMs)).toEqual([]);
    step("release", "mia");
    expect(one("empty")).not.toHaveProperty("escalated");
    expect(passes(2 * minuteMs)).toEqual([]);
    expect(passes(2 * minuteMs)).toEqual(["escalated 1"]);
  });

  test("at night nobody is called for an empty shelf: it waits for the morning", () => {
    const floor = openFloor();
    floor.jumps(Date.UTC(2026, 10, 20, 22, 0) - elevenMs);
    floor.passes(1_000);
    expect(floor.stands("C1/1", 0)).toEqual(["opened empty"]);
    expect(floor.passes(hourMs)).toEqual([]);
    floor.jumps(10 * hourMs);
    expect(floor.passes(minuteMs)).toEqual(["escalated 2"]);
  });
});

describe("putting off", () => {
  test("comes back by itself", () => {
    const { asks, alertId, passes, one } = withEmpty();
    expect(asks({ command: "alert.snooze", alertId, minutes: 10, by: "mia" })).toEqual(["snoozed"]);
    expect(asks({ command: "alert.snooze", alertId, minutes: 10, by: "mia" })).toEqual([]);
    expect(one("empty")).toMatchObject({ state: "snoozed", by: "mia", snoozedUntil: elevenMs + 10 * minuteMs });
    expect(passes(599_000)).toEqual([]);
    expect(passes(2_000)).toEqual(["open"]);
    expect(one("empty")).not.toHaveProperty("snoozedUntil");
  });

  test("lasts five minutes to eight hours, and not while somebody else is on it", () => {
    const { asks, alertId, step } = withEmpty();
    const snooze = (minutes: number) => asks({ command: "alert.snooze", alertId, minutes, by: "mia" });
    for (const minutes of [4, 481, 7.5, Number.NaN, -5]) expect(snooze(minutes)).toBe("bad-time");
    step("assign", "jonas");
    expect(snooze(10)).toBe("alert-taken");
  });

  test("ends early when it gets worse", () => {
    const { stands, asks, one } = openFloor();
    stands("C1/1", 2);
    asks({ command: "alert.snooze", alertId: one("low").id, minutes: 60, by: "mia" });
    expect(stands("C1/1", 0)).toEqual(["closed restocked", "opened empty"]);
    stands("A1/1", 1, { sku: "HAND-BALM", stray: true });
    asks({ command: "alert.snooze", alertId: one("misplaced").id, minutes: 60, by: "mia" });
    expect(stands("A1/2", 1, { sku: "HAND-BALM", stray: true })).toEqual(["updated", "open"]);
  });

  test("is over when the clock was set back a day, instead of lasting a day", () => {
    const { asks, alertId, passes, jumps } = withEmpty();
    asks({ command: "alert.snooze", alertId, minutes: 10, by: "mia" });
    jumps(-24 * hourMs);
    expect(passes(1_000)).toContain("open");
  });
});

describe("closed by hand while it still is so", () => {
  test("is quiet for an hour, and then said again", () => {
    const { step, passes, stands, kinds } = withEmpty();
    step("resolve", "mia");
    expect(passes(30 * minuteMs)).toEqual([]);
    expect(stands("C1/1", 1)).toEqual([]);
    expect(stands("C1/1", 0)).toEqual([]);
    expect(passes(29 * minuteMs)).toEqual([]);
    expect(passes(2 * minuteMs)).toEqual(["opened empty"]);
    expect(kinds()).toEqual(["empty"]);
  });

  test("is told at once when it was filled in between, and when it got worse", () => {
    const filled = withEmpty();
    filled.step("resolve", "mia");
    filled.stands("C1/1", 12, { cause: "restock" });
    filled.stands("C1/1", 6);
    expect(filled.stands("C1/1", 0)).toEqual(["opened empty"]);
    const worse = openFloor();
    worse.stands("C1/1", 2);
    worse.asks({ command: "alert.resolve", alertId: worse.one("low").id, by: "mia" });
    expect(worse.passes(minuteMs)).toEqual([]);
    expect(worse.stands("C1/1", 0)).toEqual(["opened empty"]);
  });
});
