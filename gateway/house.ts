import type { Command } from "#wire/commands.ts";
import type { Item, LoadedConfig } from "#wire/store-config.ts";
import { createAlertsRoom } from "./alerts/alerts.ts";
import { createDemandRoom } from "./demand/demand.ts";
import { createForecasts } from "./demand/expecting.ts";
import { decideAdopt, decideDismiss as decideDismissDevice, decideReplace, decideRetire } from "./devices/adoption.ts";
import { createDevicesRoom } from "./devices/devices.ts";
import { decideDevicesTick, listenAgain } from "./devices/hearing.ts";
import type { DomainEvent } from "./events.ts";
import { createEvidenceRoom } from "./evidence/evidence.ts";
import { createHistoryRoom } from "./history/history.ts";
import { createHouseAlerts } from "./house-alerts.ts";
import { createWitnesses } from "./house-evidence.ts";
import { housePlan } from "./house-plan.ts";
import { createReadings } from "./house-readings.ts";
import { decideAsking, decideAskingTick, reactToAsking } from "./house-requests.ts";
import { decideGoods, decideGoodsTick } from "./house-stock.ts";
import { decideClipDelete, decideClipKeep, decideClipsTick } from "./mirrors/clips.ts";
import { mirrors } from "./mirrors/mirrors.ts";
import { decideLookTry, decideMirrorTick, decideShareEnd, decideShareStart } from "./mirrors/sharing.ts";
import { decideOffers, explainOffers, type OfferSetup } from "./offers/issuing.ts";
import { closingTimeIn, localDayIn } from "./offers/local-day.ts";
import { createOffersRoom } from "./offers/offers.ts";
import { decideDismiss, decideRedeem, decideRollback } from "./offers/redeeming.ts";
import { createPlanogramRoom, decidePlanogramChange, decidePlanogramTick } from "./planogram/planogram.ts";
import { createPresenceRoom } from "./presence/presence-room.ts";
import { requests } from "./requests/requests.ts";
import { rollouts } from "./rollouts/rollouts.ts";
import type { Context, Decision, Problem, Room } from "./room.ts";
import { decideCounted, decideSettled } from "./shelves/counting.ts";
import { decideCrowded } from "./shelves/doubts.ts";
import { decideDoubtSettle } from "./shelves/settling.ts";
import { createShelvesRoom } from "./shelves/shelves-room.ts";
import { decideConsent, decideErase, decideJoin } from "./shoppers/joining.ts";
import { shopperOfCarrier, shoppers } from "./shoppers/shoppers.ts";
import { available } from "./stock/goods.ts";
import { createStockRoom } from "./stock/stock.ts";
import { createTagsRoom, decideTagsTick, forgiveTags } from "./stock/tags.ts";

type StateOf<R> = R extends Room<infer State> ? State : never;

/**
 * All rooms under one roof: which input goes to which room, and which room answers which event. Pure; the same
 * configuration, state and inputs give the same events.
 */
export function createHouse(loaded: LoadedConfig) {
  const plan = housePlan(loaded);
  const { counting } = loaded.config;
  const presence = createPresenceRoom(loaded.config);
  const localDay = localDayIn(loaded.config.store.timeZone);
  const { timeZone, opens, closes } = loaded.config.store;
  const hours = { opensAt: closingTimeIn(timeZone, opens), closesAt: closingTimeIn(timeZone, closes), localDay };
  const offerSetup: OfferSetup = {
    rules: loaded.offers,
    localDay,
    closesAt: hours.closesAt,
    priceOf: (sku) => plan.itemOf.get(sku)?.price,
  };
  const forecasts = createForecasts(loaded.config.store);
  const alerts = createHouseAlerts({ plan, config: loaded.config, hours, forecasts });
  const rooms = {
    planogram: createPlanogramRoom(plan.planogram),
    shelves: createShelvesRoom({ ...plan.shelves, rules: counting }),
    stock: createStockRoom({ skus: loaded.items.map((item: Item) => item.sku), shelves: loaded.config.shelves }),
    tags: createTagsRoom(),
    evidence: createEvidenceRoom(plan.shelves.gramsOf),
    demand: createDemandRoom(loaded.config.store),
    alerts: createAlertsRoom(loaded.config),
    history: createHistoryRoom({ shelves: loaded.config.shelves, hours }),
    devices: createDevicesRoom(plan),
    presence: presence.room,
    shoppers,
    offers: createOffersRoom(localDay),
    mirrors,
    requests,
    rollouts,
  };
  type State = { [Name in keyof typeof rooms]: StateOf<(typeof rooms)[Name]> };

  const witnesses = createWitnesses(loaded, plan);
  const readings = createReadings({ plan, presence, counting, witnesses });

  const steps = new Map<string, ((state: State, event: DomainEvent, journalId?: number) => void)[]>();
  for (const name of Object.keys(rooms) as (keyof typeof rooms)[]) {
    for (const [type, evolve] of Object.entries(rooms[name].evolve)) {
      const apply = evolve as (state: unknown, event: DomainEvent, journalId?: number) => void;
      const list = steps.get(type) ?? [];
      list.push((state, event, journalId) => apply(state[name], event, journalId));
      steps.set(type, list);
    }
  }

  function decideCommand(state: State, command: Command, context: Context): Decision<Record<string, unknown>> {
    switch (command.command) {
      case "shopper.join":
        return decideJoin(state.shoppers, command, context, plan.isBasket);
      case "shopper.consent":
        return decideConsent(state.shoppers, command, context);
      case "shopper.erase":
        return decideErase(state.shoppers, command, context);
      case "offer.redeem":
        return decideRedeem(state.offers, command, context);
      case "offer.rollback":
        return decideRollback(state.offers, command, context);
      case "offer.dismiss":
        return decideDismiss(state.offers, command, context);
      case "alert.acknowledge":
      case "alert.assign":
      case "alert.release":
      case "alert.resolve":
      case "alert.snooze":
      case "help.ask":
      case "help.end":
        return alerts.decide(state, command, context);
      case "stock.count":
      case "stock.write-off":
      case "sale.make":
      case "delivery.expect":
      case "delivery.receive":
      case "reservation.make":
      case "reservation.ready":
      case "reservation.collect":
      case "reservation.cancel":
        return decideGoods(state, command, context, hours);
      case "look.try":
        if (!plan.skus.has(command.sku)) return { ok: false, problem: noProduct };
        return decideLookTry(state.mirrors, command, context, plan.mirrors);
      case "device.adopt":
        return decideAdopt(state.devices, command, plan, context);
      case "device.replace":
        return decideReplace(state.devices, command, context);
      case "device.retire":
        return decideRetire(state.devices, command, context);
      case "device.dismiss":
        return decideDismissDevice(state.devices, command, context);
      case "device.request":
      case "device.request-lost":
      case "rollout.start":
      case "rollout.halt":
        return decideAsking(state, command, context);
      case "planogram.change":
        return decidePlanogramChange(state.planogram, command, plan.planogram, context);
      case "doubt.settle":
        return decideDoubtSettle(state.shelves, command, context.now);
      case "share.start":
        return decideShareStart(state.mirrors, command, context, plan.mirrors);
      case "share.end":
        return decideShareEnd(state.mirrors, command, context);
      case "clip.keep":
        return decideClipKeep(state.mirrors, command, context, plan.mirrors);
      case "clip.delete":
        return decideClipDelete(state.mirrors, command, context);
    }
  }

  /** A zone whose camera went away counts its baskets again. */
  function decideCameras(state: State, now: number): DomainEvent[] {
    const { cameraZones } = state.devices.seats;
    return [...plan.zones].flatMap((zone) =>
      cameraZones.has(zone) || !state.presence.occupancy.has(zone)
        ? []
        : presence.decideWithoutCamera(state.presence, zone, now),
    );
  }

  return {
    initial: (): State => {
      const state: Partial<Record<string, unknown>> = {};
      for (const [name, room] of Object.entries(rooms)) state[name] = room.initial();
      return state as State;
    },

    /** `journalId`: of an event that is on disk. */
    evolve(state: State, event: DomainEvent, journalId?: number) {
      const list = steps.get(event.type);
      if (list) for (const step of list) step(state, event, journalId);
    },

    decideReading: readings.decideReading,

    decideTick(state: State, { now }: Context): DomainEvent[] {
      return [
        ...decidePlanogramTick(state.planogram, plan.planogram, now),
        ...decideSettled(state.shelves, now, counting),
        ...presence.decidePresenceTick(state.presence, now, state.devices.seats.cameraZones),
        ...decideTagsTick(state.tags, now),
        ...decideGoodsTick(state.stock, now, hours),
        ...decideMirrorTick(state.mirrors, now),
        ...decideClipsTick(state.mirrors, now),
        ...decideDevicesTick(state.devices, now),
        ...decideAskingTick(state, now),
        ...alerts.tick(state, now),
      ];
    },

    decideCommand,

    /** Nothing could be heard for a while, and that is nobody's silence. */
    listenAgain(state: State, now: number) {
      listenAgain(state.devices, now);
      forgiveTags(state.tags);
    },

    /** What an event causes in other rooms, in the same commit. */
    react(state: State, event: DomainEvent, context: Context): DomainEvent[] {
      switch (event.type) {
        case "device-adopted":
        case "device-replaced":
        case "device-retired":
        case "device-dismissed":
          return [...alerts.react(state, event, context), ...decideCameras(state, context.now)];
        case "tag-arrived":
        case "tag-moved":
        case "tag-departed":
          return [...witnesses.reactToTag(state, event, context.now), ...alerts.react(state, event, context)];
        case "device-answered":
        case "rollout-device-changed":
          return reactToAsking(state, event, context);
        case "zone-entered": {
          const shopper = shopperOfCarrier(state.shoppers, event.carrier);
          // a basket left standing is taken by the next: a link does not outlive a visit
          if (!shopper || context.now - shopper.joinedAt > visitMs) return [];
          const { shopperId, consents } = shopper;
          const arrival = {
            zone: event.zone,
            shopperId,
            consents,
            available: (sku: string) => available(state.stock, sku),
          };
          return decideOffers(state.offers, arrival, offerSetup, context);
        }
        case "stock-counted":
          return [...decideCounted(state.shelves, event), ...alerts.react(state, event, context)];
        case "change-doubted":
          return decideCrowded(state.shelves.doubts, context.now);
        default:
          return alerts.react(state, event, context);
      }
    },

    /** Which offers would be made in a zone, and why or why not. Nothing is issued. */
    previewOffers(state: State, { zone, shopperId }: { zone: string; shopperId?: string }, now: number) {
      const shopper = shopperId === undefined ? undefined : state.shoppers.shoppers.get(shopperId);
      const person = shopper ? { shopperId: shopper.shopperId, consents: shopper.consents } : {};
      const question = { zone, available: (sku: string) => available(state.stock, sku), ...person };
      return explainOffers(state.offers, question, offerSetup, { now });
    },

    plan,
    /** What the demand room expects; asked with its state. */
    forecasts,
    hours,
    witnesses,
  };
}

export type House = ReturnType<typeof createHouse>;
export type HouseState = ReturnType<House["initial"]>;

/** Longer than anyone shops. */
const visitMs = 4 * 60 * 60 * 1000;
const noProduct: Problem = { status: 404, type: "unknown-sku", title: "There is no such product." };
