import type { Command } from "#wire/commands.ts";
import type { StoreConfig } from "#wire/store-config.ts";
import { decideLifeTick } from "./alerts/life.ts";
import type { AlertsState } from "./alerts/state.ts";
import { decideAlertStep } from "./alerts/steps.ts";
import { deliverySubject, deviceSubject, doubtSubject, helpSubject, reservationSubject } from "./alerts/subjects.ts";
import { decideSweepTick } from "./alerts/sweeps.ts";
import { allSubjects, decideCauses, decideStockAlerts, decideWatchTick } from "./alerts/watching.ts";
import type { AlertsWorld } from "./alerts/world.ts";
import type { DemandState } from "./demand/demand.ts";
import type { Forecasts } from "./demand/expecting.ts";
import type { DevicesState } from "./devices/devices.ts";
import type { AlertEnd, DomainEvent } from "./events.ts";
import type { housePlan } from "./house-plan.ts";
import { decideHelpAsk, decideHelpEnd, decideHelpTick } from "./mirrors/help.ts";
import type { MirrorsState } from "./mirrors/mirrors.ts";
import type { Context, Decision } from "./room.ts";
import { onShelf, type StockState } from "./stock/goods.ts";

/** How alerts hear of counts, tasks, devices and mirrors. Part of the house; pure. */
type State = {
  alerts: AlertsState;
  stock: StockState;
  demand: DemandState;
  devices: DevicesState;
  mirrors: MirrorsState;
};
type Asked = Extract<Command, { command: `alert.${string}` | `help.${string}` }>;
type Parts = {
  plan: ReturnType<typeof housePlan>;
  config: StoreConfig;
  hours: { opensAt(at: number): number; closesAt(at: number): number };
  forecasts: Forecasts;
};

const hourMs = 60 * 60_000;
/** Somebody is there before the doors open, and a while after they close. */
const aroundOpeningMs = 30 * 60_000;
const nothing: DomainEvent[] = [];

export function createHouseAlerts({ plan, config, hours, forecasts }: Parts) {
  const { locale, currency, timeZone } = config.store;
  const zoneOfMirror = new Map(config.mirrors.map(({ id, zone }) => [id, zone]));
  const prices = [...plan.itemOf.values()].map(({ price }) => price).sort((a, b) => a - b);
  const medianPrice = prices[Math.floor(prices.length / 2)] ?? 0;
  const clock = new Intl.DateTimeFormat(locale, { timeZone, hour: "2-digit", minute: "2-digit" });
  const money = new Intl.NumberFormat(locale, {
    ...{ style: "currency", currency, currencyDisplay: "code", maximumFractionDigits: 0 },
  });
  const minorInMajor =
    10 ** (new Intl.NumberFormat(locale, { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2);

  /** What the world below tells of. One for all, because every change of stock looks at it, and nobody keeps it. */
  let of: { state: State; now: number; silent?: ReadonlySet<string> } | undefined;
  const stateNow = () => {
    if (!of) throw new Error("the world of alerts was asked before there was one");
    return of;
  };
  const world: AlertsWorld = {
    zoneOf: (shelf) => plan.zoneOfShelf.get(shelf),
    zoneOfMirror: (mirrorId) => zoneOfMirror.get(mirrorId),
    priceOf: (sku) => plan.itemOf.get(sku)?.price,
    medianPrice,
    expectedUntilRestock(sku) {
      const { state, now } = stateNow();
      return forecasts.expectedUntilRestock(state.demand, sku, now);
    },
    expectedNextHour(sku) {
      const { state, now } = stateNow();
      if (!state.demand.rhythm.paces.has(sku)) return undefined;
      return forecasts.expectedBetween(state.demand, sku, now, now + hourMs);
    },
    stockroom: (sku) => inStockroom(stateNow().state.stock, sku),
    onShelf(sku) {
      const goods = stateNow().state.stock.skus.get(sku);
      return goods ? onShelf(goods) : 0;
    },
    shelfOf(deviceId) {
      const place = stateNow().state.devices.devices.get(deviceId)?.place;
      return place?.at === "shelf" ? place.id : undefined;
    },
    isSilent(shelf) {
      const about = stateNow();
      about.silent ??= silentShelves(about.state.devices);
      return about.silent.has(shelf);
    },
    isStaffed(at) {
      const [comes, goes] = [hours.opensAt(at) - aroundOpeningMs, hours.closesAt(at) + aroundOpeningMs];
      // a shop that is open past midnight
      return comes < goes ? comes <= at && at <= goes : at >= comes || at <= goes;
    },
    money: (minor) => money.format(minor / minorInMajor).replace(/\s/g, " "),
    clockTime: (at) => clock.format(at),
  };

  function worldOf(state: State, now: number): AlertsWorld {
    of = { state, now };
    return world;
  }

  function decide(state: State, command: Asked, context: Context): Decision {
    switch (command.command) {
      case "alert.acknowledge":
        return decideAlertStep(state.alerts, { ...command, step: "acknowledge" }, context);
      case "alert.assign":
        return decideAlertStep(state.alerts, { ...command, step: "assign" }, context);
      case "alert.release":
        return decideAlertStep(state.alerts, { ...command, step: "release" }, context);
      case "alert.resolve":
        return decideAlertStep(state.alerts, { ...command, step: "resolve" }, context);
      case "alert.snooze":
        return decideAlertStep(state.alerts, { ...command, step: "snooze" }, context);
      case "help.ask":
        return decideHelpAsk(state.mirrors, command, context, plan.mirrors);
      case "help.end":
        return decideHelpEnd(state.mirrors, command, context, plan.mirrors);
    }
  }

  /** What an event causes among alerts, in the same commit. */
  function react(state: State, event: DomainEvent, { now }: Context): DomainEvent[] {
    const about = (subjects: Iterable<string>, end?: { reason: AlertEnd; by?: string }) =>
      decideCauses({ state: state.alerts, world: worldOf(state, now), now, ...(end ? { end } : {}) }, subjects);
    switch (event.type) {
      case "stock-changed":
      case "stock-counted":
        return decideStockAlerts(state.alerts, event, worldOf(state, now), now);
      case "planogram-changed":
        return about(allSubjects(state.alerts));
      case "device-status-changed":
        return about([deviceSubject(event.deviceId)]);
      case "device-replaced":
      case "device-retired":
      case "device-dismissed":
        return about([deviceSubject(event.deviceId)], { reason: "resolved", by: event.by });
      case "doubt-settled":
        return about([doubtSubject(event.doubtId)], endBy(event.how === "person" ? "resolved" : "gone", event.by));
      case "delivery-expected":
        return about([deliverySubject(event.deliveryId)]);
      case "delivery-received":
        return about([deliverySubject(event.deliveryId)], { reason: "resolved", by: event.by });
      case "reservation-made":
        return about([reservationSubject(event.reservationId)]);
      case "reservation-ready":
        return about([reservationSubject(event.reservationId)], { reason: "resolved", by: event.by });
      case "reservation-ended":
        return about([reservationSubject(event.reservationId)], {
          reason: event.reason === "collected" ? "resolved" : "gone",
        });
      case "help-asked":
        return about([helpSubject(event.mirrorId)]);
      case "help-ended":
        return about([helpSubject(event.mirrorId)], endBy(event.by === undefined ? "gone" : "resolved", event.by));
      case "alert-closed": {
        const closed = state.alerts.closed.at(-1);
        if (closed?.id !== event.alertId || closed.kind !== "help" || closed.mirrorId === undefined) return nothing;
        const ended = decideHelpEnd(
          state.mirrors,
          { mirrorId: closed.mirrorId, ...(event.by === undefined ? {} : { by: event.by }) },
          { now },
          plan.mirrors,
        );
        return ended.ok ? ended.events : nothing;
      }
      default:
        return nothing;
    }
  }

  return {
    decide,
    react,
    tick(state: State, now: number): DomainEvent[] {
      const world = worldOf(state, now);
      const events = [
        ...decideHelpTick(state.mirrors, now),
        ...decideWatchTick(state.alerts, world, now),
        ...decideSweepTick(state.alerts, now),
      ];
      const touched = new Set(events.flatMap((event) => ("alertId" in event ? [event.alertId] : [])));
      return [...events, ...decideLifeTick(state.alerts, world, now, touched)];
    },
  };
}

const endBy = (reason: AlertEnd, by: string | undefined) => ({ reason, ...(by === undefined ? {} : { by }) });

/** Known where deliveries are booked: more than nothing, or nothing after something came. */
function inStockroom(stock: StockState, sku: string): number | undefined {
  const balance = stock.skus.get(sku)?.balances.get("stockroom") ?? 0;
  if (balance > 0) return balance;
  if (balance < 0) return undefined;
  for (const { state, lines } of stock.deliveries.values()) {
    if (state === "received" && lines.some((line) => line.sku === sku)) return 0;
  }
  return undefined;
}

/** Shelves with scales, all of them silent. */
function silentShelves({ devices }: DevicesState): Set<string> {
  const silent = new Set<string>();
  const heard = new Set<string>();
  for (const { kind, place, state } of devices.values()) {
    if (kind !== "shelf" || place?.at !== "shelf") continue;
    if (state === "offline") silent.add(place.id);
    else if (state === "online") heard.add(place.id);
  }
  for (const shelf of heard) silent.delete(shelf);
  return silent;
}
