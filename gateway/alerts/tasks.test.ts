import { describe, expect, test } from "vitest";
import type { DomainEvent } from "../events.ts";
import { minuteMs, openFloor } from "./test-floor.ts";

const hourMs = 60 * minuteMs;
const coat = "COAT-QUAY-38";

describe("a reservation", () => {
  const reserve = { command: "reservation.make", sku: coat, quantity: 1, key: "k", label: "Lea" } as const;
  const withCoats = (count = 4) => {
    const floor = openFloor();
    floor.stands("B1/2", count);
    return floor;
  };
  const idOf = ({ state }: ReturnType<typeof openFloor>) => [...state.stock.reservations.keys()][0] ?? "";

  test("is to be fetched, and is done when it lies ready", () => {
    const floor = withCoats();
    expect(floor.asks(reserve)).toEqual(["opened fetch"]);
    const reservationId = idOf(floor);
    expect(floor.one("fetch")).toMatchObject({ severity: "wait", sku: coat, quantity: 1, note: "Lea", reservationId });
    expect(floor.asks({ command: "reservation.ready", reservationId, by: "mia" })).toEqual(["closed resolved"]);
    expect(floor.asks({ command: "reservation.collect", reservationId, by: "mia" })).toEqual([]);
    expect(floor.kinds()).toEqual([]);
  });

  test("leaves no name behind once it is over", () => {
    const floor = withCoats();
    floor.asks(reserve);
    const reservationId = idOf(floor);
    floor.asks({ command: "reservation.ready", reservationId, by: "mia" });
    floor.asks({ command: "reservation.collect", reservationId, by: "mia" });
    expect(floor.state.alerts.closed).toHaveLength(1);
    expect(JSON.stringify([floor.state.alerts.closed, [...floor.state.alerts.tasks]])).not.toContain("Lea");
  });

  test("that is cancelled needs nobody any more", () => {
    const floor = withCoats();
    floor.asks(reserve);
    expect(floor.asks({ command: "reservation.cancel", reservationId: idOf(floor), by: "mia" })).toEqual([
      "closed gone",
    ]);
  });

  test("presses when time runs out, and when the last piece left the shelf", () => {
    const late = withCoats();
    late.asks(reserve);
    const { until = 0 } = late.state.alerts.tasks.get(`reservation:${idOf(late)}`) ?? {};
    late.passes(until - late.now() - 31 * minuteMs);
    expect(late.one("fetch").severity).toBe("wait");
    late.passes(2 * minuteMs);
    expect(late.one("fetch").severity).toBe("stop");
    const gone = withCoats(1);
    gone.asks(reserve);
    gone.stands("B1/2", 0, { cause: "pick" });
    gone.passes(1_000);
    expect(gone.one("fetch").severity).toBe("stop");
  });

  test("that nobody came for is put back, and done when the scale feels it", () => {
    const floor = withCoats();
    floor.asks(reserve);
    const reservationId = idOf(floor);
    floor.stands("B1/2", 3, { cause: "pick" });
    floor.asks({ command: "reservation.ready", reservationId, by: "mia" });
    floor.happens({ type: "reservation-ended", at: floor.now(), reservationId, sku: coat, reason: "expired" });
    expect(floor.one("put-back")).toMatchObject({ sku: coat, quantity: 1, reservationId, note: "Lea" });
    floor.stands("B1/2", 4, { cause: "put-back" });
    expect(floor.passes(1_000)).toEqual(["closed resolved"]);
  });
});

describe("a delivery", () => {
  test("is announced half an hour before, stays while it is late, and is done when it is there", () => {
    const floor = openFloor();
    const lines = [{ sku: coat, quantity: 4 }];
    const expectedAt = floor.now() + 2 * hourMs;
    expect(floor.asks({ command: "delivery.expect", lines, expectedAt, key: "d", by: "ana" })).toEqual([]);
    expect(floor.passes(89 * minuteMs)).toEqual([]);
    expect(floor.passes(2 * minuteMs)).toEqual(["opened delivery"]);
    expect(floor.one("delivery")).toMatchObject({ quantity: 4, note: "Expected at 13:00.", severity: "wait" });
    expect(floor.passes(hourMs)).toEqual(["escalated 1", "escalated 2"]);
    const [deliveryId = ""] = floor.state.stock.deliveries.keys();
    expect(floor.asks({ command: "delivery.receive", deliveryId, by: "mia" })).toEqual(["closed resolved"]);
  });

  test("that is a day late is not waited for", () => {
    const floor = openFloor();
    const wish = { lines: [{ sku: coat, quantity: 4 }], expectedAt: floor.now(), key: "d", by: "ana" };
    expect(floor.asks({ command: "delivery.expect", ...wish })).toEqual(["opened delivery"]);
    floor.jumps(24 * hourMs);
    expect(floor.passes(10_000)).toContain("closed gone");
  });
});

describe("a doubt", () => {
  const doubted = (at: number): DomainEvent => ({
    ...{ type: "change-doubted", at, doubtId: "d1", shelf: "C1", plates: [1, 2], grams: -80 },
    candidates: [
      { confidence: 0.6, moves: [{ sku: "HAND-BALM", plate: 1, delta: -1 }] },
      { confidence: 0.3, moves: [{ sku: "HAND-BALM-30", plate: 2, delta: -2 }] },
    ],
    source: { deviceId: "C1" },
  });

  test("is somebody's question after a moment, and settled when it is answered", () => {
    const floor = openFloor();
    expect(floor.happens(doubted(floor.now()))).toEqual([]);
    expect(floor.passes(11_000)).toEqual(["opened doubt"]);
    const price = floor.house.plan.itemOf.get("HAND-BALM")?.price ?? 0;
    expect(floor.one("doubt")).toMatchObject({ doubtId: "d1", shelf: "C1", plates: [1, 2], zone: "beauty" });
    expect(floor.one("doubt").value).toBe(Math.round(price * 0.4));
    const settled = { doubtId: "d1", shelf: "C1", how: "person", candidate: 0, by: "mia" } as const;
    expect(floor.happens({ type: "doubt-settled", at: floor.now(), plates: [1, 2], ...settled })).toEqual([
      "closed resolved",
    ]);
    expect(floor.state.alerts.closed.at(-1)).toMatchObject({ kind: "doubt", by: "mia" });
  });

  test("that settles by itself at once is nobody's question", () => {
    const floor = openFloor();
    floor.happens(doubted(floor.now()));
    floor.passes(3_000);
    const settled = { doubtId: "d1", shelf: "C1", how: "evidence", candidate: 0 } as const;
    floor.happens({ type: "doubt-settled", at: floor.now(), plates: [1, 2], ...settled });
    expect(floor.passes(30_000)).toEqual([]);
  });

  test("of too many the oldest is given up, and no alert is left that nobody can answer", () => {
    const floor = openFloor();
    for (let i = 0; i < 230; i++) floor.happens({ ...doubted(floor.now()), doubtId: `d-${i}` } as DomainEvent);
    const open = [...floor.state.shelves.doubts.open.keys()].map((id) => `doubt:${id}`);
    expect(open.length).toBeGreaterThan(150);
    expect([...floor.state.alerts.tasks.keys()].filter((subject) => subject.startsWith("doubt:"))).toEqual(open);
  });
});

describe("somebody at a mirror", () => {
  const ask = { command: "help.ask", mirrorId: "mirror-2", sku: coat, note: "in another size" } as const;

  test("calls once, and the call ends with never mind", () => {
    const floor = openFloor();
    expect(floor.asks(ask)).toEqual(["opened help"]);
    expect(floor.asks(ask)).toEqual([]);
    expect(floor.one("help")).toMatchObject({
      severity: "stop",
      mirrorId: "mirror-2",
      sku: coat,
      note: "in another size",
    });
    expect(floor.one("help").zone).toBeDefined();
    expect(floor.asks({ command: "help.end", mirrorId: "mirror-2" })).toEqual(["closed gone"]);
    expect(floor.asks({ command: "help.end", mirrorId: "mirror-2" })).toEqual([]);
  });

  test("was helped when a colleague says so, and the mirror knows", () => {
    const floor = openFloor();
    floor.asks(ask);
    const alertId = floor.one("help").id;
    expect(floor.asks({ command: "alert.snooze", alertId, minutes: 10, by: "mia" })).toBe("somebody-waits");
    floor.asks({ command: "alert.assign", alertId, by: "mia" });
    expect(floor.asks({ command: "alert.resolve", alertId, by: "mia" })).toEqual(["closed resolved"]);
    expect(floor.state.mirrors.mirrors.get("mirror-2")?.help).toBeUndefined();
    expect(floor.passes(70 * minuteMs)).toEqual([]);
  });

  test("is not waited for when nobody came for half an hour, and has left", () => {
    const floor = openFloor();
    floor.asks(ask);
    expect(floor.passes(30 * minuteMs)).toEqual(["escalated 1", "escalated 2", "closed gone"]);
  });

  test("cannot ring without end, nor at a mirror that is none", () => {
    const floor = openFloor();
    const never = { command: "help.end", mirrorId: "mirror-2" } as const;
    for (let i = 0; i < 6; i++) {
      expect(floor.asks(ask)).toEqual(["opened help"]);
      floor.asks(never);
    }
    expect(floor.asks(ask)).toBe("too-many-calls");
    floor.passes(10 * minuteMs);
    expect(floor.asks(ask)).toEqual(["opened help"]);
    expect(floor.asks({ command: "help.ask", mirrorId: "mirror-9" })).toBe("unknown-mirror");
  });
});
