import fc from "fast-check";
import type { DomainEvent } from "../events.ts";
import type { Floor } from "./test-floor.ts";

/** One thing that may happen: staff tap, scales count, devices and mirrors come and go, time passes. */
export type Step = (floor: Floor) => void;
const shelves = ["C1", "C2", "B1"] as const;
const someAlert = (floor: Floor, pick: number) => {
  const ids = [...floor.state.alerts.open.keys()];
  return ids[pick % Math.max(1, ids.length)] ?? "none";
};
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        fc.constantFrom(...shelves),
        fc.integer({ min: 1, max: 2 }),
        fc.constantFrom(0, 0, 0, 1, 2, 5, 8),
        fc.constantFrom("pick", "put-back", "restock", "correction", "sale"),
      )
      .map(
        ([shelf, plate, count, cause]): Step =>
          (floor) =>
            void floor.stands(`${shelf}/${plate}`, count, { cause }),
      ),
  },
  fc.tuple(fc.constantFrom(...shelves), fc.nat(2)).map(
    ([shelf, count]): Step =>
      (floor) =>
        void floor.stands(`${shelf}/1`, count, { sku: "HAT-BEANIE", stray: true }),
  ),
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.constantFrom("acknowledge", "assign", "assign", "assign", "release", "resolve", "snooze"),
        fc.nat(2),
        fc.constantFrom("mia", "jonas"),
      )
      .map(
        ([what, pick, by]): Step =>
          (floor) => {
            const command = { command: `alert.${what}`, alertId: someAlert(floor, pick), by, minutes: 5 };
            floor.asks(command as { command: "alert.assign"; alertId: string; by: string });
          },
      ),
  },
  fc.constantFrom("online", "offline").map(
    (status): Step =>
      (floor) =>
        void floor.device("C1", status as "online"),
  ),
  fc.constantFrom("help.ask", "help.end").map(
    (command): Step =>
      (floor) =>
        void floor.asks({ command: command as "help.ask", mirrorId: "mirror-1" }),
  ),
  fc.tuple(fc.nat(3), fc.boolean()).map(
    ([n, opens]): Step =>
      (floor) => {
        const about = { doubtId: `d${n}`, shelf: "C1", plates: [1] };
        const at = floor.now();
        const doubted: DomainEvent = {
          ...{ type: "change-doubted", at, ...about, grams: -40 },
          candidates: [{ confidence: 0.5, moves: [{ sku: "HAND-BALM", plate: 1, delta: -1 }] }],
          source: { deviceId: "C1" },
        };
        floor.happens(opens ? doubted : { type: "doubt-settled", at, ...about, how: "overtaken" });
      },
  ),
  fc.nat(4).map(
    (n): Step =>
      (floor) =>
        void floor.asks({ command: "reservation.make", sku: "COAT-QUAY-38", quantity: 1, key: `k${n}` }),
  ),
  fc.constantFrom("ready", "collect", "cancel").map(
    (what): Step =>
      (floor) => {
        const [reservationId = "none"] = floor.state.stock.reservations.keys();
        floor.asks({ command: `reservation.${what}` as "reservation.ready", reservationId, by: "mia" });
      },
  ),
  {
    weight: 4,
    arbitrary: fc.constantFrom(1_000, 21_000, 70_000, 700_000).map(
      (ms): Step =>
        (floor) =>
          void floor.passes(ms),
    ),
  },
  fc.constantFrom(86_400_000, -86_400_000).map(
    (ms): Step =>
      (floor) =>
        floor.jumps(ms),
  ),
  fc.boolean().map(
    (both): Step =>
      (floor) => {
        const amber = { plate: 1, sku: "SERUM-AMBER", capacity: 10, minimum: 3 };
        const night = { plate: 2, sku: "SERUM-NIGHT", capacity: 10, minimum: 3 };
        floor.plans("C2", both ? [amber, night] : [night, { ...amber, plate: 2, capacity: 4 }]);
      },
  ),
);
