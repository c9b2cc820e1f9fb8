import { createHash } from "node:crypto";
import type { Command } from "#wire/commands.ts";
import type { Alert } from "#wire/views.ts";
import type { DomainEvent, Facing, StockCause } from "../events.ts";
import { createHouse, type HouseState } from "../house.ts";
import { shopConfig } from "../test-gateway.ts";
import { compareAlerts } from "./rank.ts";

/** A Friday, 11:00 in Brussels: the shop is open. */
export const elevenMs = Date.UTC(2026, 10, 20, 10, 0);
export const minuteMs = 60_000;

/** The true house on a day of its own: what happens is said, and what is to do is asked. */
export function openFloor(edit: (loaded: ReturnType<typeof shopConfig>) => void = () => {}) {
  const loaded = shopConfig();
  edit(loaded);
  const house = createHouse(loaded);
  const state: HouseState = house.initial();
  let now = elevenMs;
  const journal: DomainEvent[] = [];
  const context = () => ({ now, derive: (label: string) => createHash("sha256").update(label).digest("hex") });

  function take(first: DomainEvent[]): DomainEvent[] {
    const events = [...first];
    for (let i = 0; i < events.length; i++) {
      const event = events[i];
      if (!event) break;
      house.evolve(state, event);
      events.push(...house.react(state, event, context()));
    }
    journal.push(...events);
    return events;
  }

  /** What alerts did, in words a test can read. */
  const said = (events: DomainEvent[]) =>
    events.flatMap((event) => {
      if (event.type === "alert-opened") return [`opened ${event.kind}`];
      if (event.type === "alert-closed") return [`closed ${event.reason}`];
      if (event.type === "alert-changed") return [event.state];
      if (event.type === "alert-escalated") return [`escalated ${event.level}`];
      return event.type === "alert-updated" ? ["updated"] : [];
    });

  const countOf = (shelf: string, plate: number, sku: string) =>
    state.alerts.places.get(`place:${shelf}/${plate}/${sku}`)?.count ?? 0;
  const skuAt = (shelf: string, plate: number) =>
    state.planogram.shelves.find(({ id }) => id === shelf)?.plates.find((one) => one.plate === plate)?.sku ?? "";

  const floor = {
    house,
    state,
    journal,
    now: () => now,
    happens: (...events: DomainEvent[]) => said(take(events)),
    /** `count` pieces stand there now. */
    stands(
      where: `${string}/${number}`,
      count: number,
      { cause, sku, stray }: { cause?: StockCause; sku?: string; stray?: true } = {},
    ) {
      const [shelf = "", number = ""] = where.split("/");
      const plate = Number(number);
      const what = sku ?? skuAt(shelf, plate);
      return floor.happens({
        ...{ type: "stock-changed", at: now, shelf, plate, sku: what, count, previous: countOf(shelf, plate, what) },
        ...{ grams: 0, confidence: 1, source: { deviceId: shelf } },
        ...(cause === undefined ? {} : { cause }),
        ...(stray === undefined ? {} : { stray }),
      });
    },
    device: (deviceId: string, status: "online" | "offline") =>
      floor.happens({ type: "device-status-changed", at: now, deviceId, state: status }),
    asks<C extends Command>(command: C) {
      const decision = house.decideCommand(state, command, context());
      return decision.ok ? said(take(decision.events)) : decision.problem.type;
    },
    /** The planogram of one shelf is another from now on. */
    plans(shelf: string, plates: Facing[]) {
      const shelves = state.planogram.shelves.map((one) => (one.id === shelf ? { id: shelf, plates } : one));
      const version = state.planogram.version + 1;
      return floor.happens({
        type: "planogram-changed",
        at: now,
        version,
        by: "mia",
        basis: house.plan.planogram.basis,
        shelves,
      });
    },
    /** Every second of it. */
    passes(ms: number) {
      const events: string[] = [];
      for (const end = now + ms; now < end; ) {
        now = Math.min(end, Math.floor(now / 1000) * 1000 + 1000);
        events.push(...said(take(house.decideTick(state, context()))));
      }
      return events;
    },
    /** The machine's clock is set. */
    jumps(ms: number) {
      now += ms;
    },
    open: (): Alert[] => [...state.alerts.open.values()].sort(compareAlerts),
    one(kind: Alert["kind"]): Alert {
      const found = floor.open().find((alert) => alert.kind === kind);
      if (!found) throw new Error(`no ${kind} alert is open, only ${floor.open().map((alert) => alert.kind)}`);
      return found;
    },
    kinds: () => floor.open().map(({ kind }) => kind),
  };
  return floor;
}

export type Floor = ReturnType<typeof openFloor>;
