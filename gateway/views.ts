import type { Demand, Planogram, RestockLine } from "#wire/stock-views.ts";
import type { LoadedConfig } from "#wire/store-config.ts";
import type {
  DeviceDetail,
  MediaStatus,
  MirrorView,
  Offer,
  Rollout,
  Shop,
  StockItem,
  StreamEvents,
  Zone,
} from "#wire/views.ts";
import { createAlertViews } from "./alert-views.ts";
import { createDeviceViews } from "./device-views.ts";
import type { DomainEvent } from "./events.ts";
import type { House, HouseState } from "./house.ts";
import { openShare } from "./mirrors/mirrors.ts";
import { offersOf, offerView, type Offer as StoredOffer } from "./offers/offers.ts";
import {
  planogramVersion,
  planogramVersions,
  planogramView,
  touchedSkus,
  tryPlanogram,
} from "./planogram/planogram-views.ts";
import { requestView } from "./requests/requests.ts";
import { rolloutView } from "./rollouts/rollouts.ts";
import { doubtView, doubtViews } from "./shelves/views.ts";
import { deliveriesOf } from "./stock/deliveries.ts";
import { stockOf } from "./stock/goods.ts";
import { ledgerOf, reservationView, reservationViews, stockCounts } from "./stock/views.ts";

export type MediaView = { status(): MediaStatus; stream(mirrorId: string): { live: boolean; viewers: number } };
type Changed = { [Name in keyof StreamEvents]?: Set<string> };

/** The committed state as people read it. Cheap look-ups; nothing is cached that could go stale. */
export function createViews(options: {
  loaded: LoadedConfig;
  house: House;
  state(): HouseState;
  /** Where the memory of devices lives: what they last said, which is not journaled. */
  memory(): HouseState;
  now(): number;
  media: MediaView;
  inbox(): StreamEvents["inbox"];
  /** A device's last hour. */
  deviceHistory(id: string, now: number): Omit<DeviceDetail, "device">;
  /** It was slowed down in the last minute. */
  isLoud(id: string): boolean;
  demo: boolean;
}) {
  const { loaded, house, state, media } = options;
  const { config } = loaded;
  const zoneNames = new Map(config.zones.map(({ id, name }) => [id, name]));
  const skuOfGtin = new Map(loaded.items.map(({ gtin, sku }) => [gtin.padStart(14, "0"), sku]));
  const skusOfStyle = Map.groupBy(loaded.items, ({ style }) => style);
  const whys = new Map(loaded.offers.map(({ id, why }) => [id, why]));
  const shop = createShopView(describeShop(loaded, options.demo), () => state().planogram.shelves);

  function stockItem(sku: string): StockItem | undefined {
    const item = house.plan.itemOf.get(sku);
    const stock = state().stock.skus.get(sku);
    if (!item || !stock) return undefined;
    const { gtin, name, size, colour, category, picture, price, style } = item;
    return {
      ...{ sku, gtin, name, category, picture, price },
      ...(size === undefined ? {} : { size }),
      ...(colour === undefined ? {} : { colour }),
      ...(skusOfStyle.get(style)?.length === 1 ? {} : { style }),
      ...house.witnesses.witnessed(sku, stockCounts(stock), {
        ...{ committed: state(), memory: options.memory(), now: options.now() },
      }),
    };
  }

  function nameOf(sku: string): string {
    const { name = sku, size } = house.plan.itemOf.get(sku) ?? {};
    return size === undefined ? name : `${name}, ${size}`;
  }

  /** Every place of the planogram that has said how much lies there. */
  function placesToFill() {
    const { planogram, stock } = state();
    return planogram.shelves.flatMap(({ id: shelf, plates }) =>
      plates.flatMap(({ plate, sku, capacity, minimum }) => {
        const place = stock.skus.get(sku)?.places.get(`${shelf}/${plate}`);
        return place ? [{ shelf, plate, sku, capacity, minimum, count: place.count }] : [];
      }),
    );
  }

  const { alert, ...alertViews } = createAlertViews({
    ...{ house, state, now: options.now },
    ...{ mirrors: config.mirrors, staff: config.staff },
  });

  function zone(id: string): Zone {
    return { zone: id, occupancy: state().presence.occupancy.get(id) ?? 0, at: options.now() };
  }

  const { device, devices, deviceDetail } = createDeviceViews({
    committed: () => state().devices,
    memory: () => options.memory().devices,
    standIns: house.plan.standIns,
    requestOf: (id) => requestView(state().requests, id),
    history: (id) => options.deviceHistory(id, options.now()),
    isLoud: options.isLoud,
  });

  function rollout(id: string): Rollout | undefined {
    const found = state().rollouts.rollouts.get(id);
    return found && rolloutView(found);
  }

  function mirror(id: string): MirrorView {
    const sku = state().mirrors.mirrors.get(id)?.sku;
    const { live, viewers } = media.stream(id);
    const sharing = openShare(state().mirrors, id, options.now()) !== undefined;
    return { id, sharing, live, viewers, ...(sku === undefined ? {} : { sku }) };
  }

  function readOffer(offer: StoredOffer): Offer | undefined {
    const item = house.plan.itemOf.get(offer.sku);
    if (!item) return undefined;
    const about = { item, zoneName: zoneNames.get(offer.zone) ?? offer.zone, why: whys.get(offer.offerId) ?? "" };
    return offerView(offer, about, options.now());
  }

  /** The entity behind a stream event, as it is now; undefined when it is gone. */
  function entity(name: keyof StreamEvents, key: string): unknown {
    switch (name) {
      case "shop":
        return shop();
      case "stock":
        return stockItem(key);
      case "alert":
        return alert(key);
      case "zone":
        return zone(key);
      case "device":
        return device(key);
      case "media":
        return media.status();
      case "mirror":
        return mirror(key);
      case "inbox":
        return options.inbox();
      case "rollout":
        return rollout(key);
      case "planogram":
        return planogramView(state().planogram);
      case "reservation":
        return reservationView(state().stock, key);
      case "doubt":
        return doubtView(state().shelves, key) ?? settledDoubt(key);
      case "ready":
        return undefined;
    }
  }

  return {
    shop,
    planogram: () => planogramView(state().planogram),
    planogramVersions: () => planogramVersions(state().planogram),
    planogramVersion: (version: number) => planogramVersion(state().planogram, version),
    /** What saving these shelves would change, or why they do not fit. */
    tryPlanogram: (shelves: Planogram["shelves"]) =>
      tryPlanogram(state().planogram, shelves, house.plan.planogram, nameOf),
    /** Products that the newest planogram has given, moved or taken a place. */
    planogramTouches: () => touchedSkus(state().planogram),
    stockItem,
    stock: (): StockItem[] => loaded.items.flatMap(({ sku }) => stockItem(sku) ?? []),
    byStyle: (style: string) => (skusOfStyle.get(style) ?? []).flatMap(({ sku }) => stockItem(sku) ?? []),
    /** Also of what is in no catalogue. */
    ledger(sku: string, limit: number) {
      const stock = stockOf(state().stock, sku);
      return stock && ledgerOf(stock, limit);
    },
    reservation: (id: string) => reservationView(state().stock, id),
    reservations: () => reservationViews(state().stock),
    deliveries: () => deliveriesOf(state().stock),
    byGtin: (gtin: string) => stockItem(skuOfGtin.get(gtin.padStart(14, "0")) ?? ""),
    ...alertViews,
    zone,
    zones: (): Zone[] => config.zones.map(({ id }) => zone(id)),
    device,
    devices,
    deviceDetail,
    media: () => media.status(),
    inboxCounts: () => options.inbox(),
    mirrors: (): MirrorView[] => config.mirrors.map(({ id }) => mirror(id)),
    shopper(shopperId: string) {
      const shopper = state().shoppers.shoppers.get(shopperId);
      if (!shopper) return undefined;
      const { consents, joinedAt, basket } = shopper;
      return { shopperId, consents, joinedAt, ...(basket === undefined ? {} : { basket }) };
    },
    offersOf(shopperId: string): Offer[] {
      return offersOf(state().offers, shopperId).flatMap((offer) => readOffer(offer) ?? []);
    },
    holderOf: (code: string) => state().offers.offers.get(code)?.shopperId,
    offerByCode(code: string): Offer | undefined {
      const offer = state().offers.offers.get(code);
      return offer && readOffer(offer);
    },
    entity,
    doubts: () => doubtViews(state().shelves),
    demand: (sku: string, day?: string): Demand | undefined =>
      house.plan.itemOf.has(sku) ? house.forecasts.demandOf(state().demand, sku, day, options.now()) : undefined,
    restock: (): RestockLine[] => house.forecasts.restockList(state().demand, placesToFill(), options.now()),
    rollouts: (): Rollout[] => [...state().rollouts.rollouts.values()].map(rolloutView),
    changedBy,
  };
}

export type Views = ReturnType<typeof createViews>;

/** Which entities an event changes, for the live stream and the retained topics. */
export function changedBy(event: DomainEvent): Changed {
  switch (event.type) {
    case "stock-changed":
    case "stock-counted":
    case "tag-arrived":
    case "tag-moved":
    case "tag-departed":
    case "stock-written-off":
      return { stock: new Set([event.sku]) };
    case "sale-made":
    case "delivery-received":
    case "delivery-expected":
    case "hands-settled":
      return { stock: new Set(event.lines.map(({ sku }) => sku)) };
    case "reservation-made":
    case "reservation-ready":
    case "reservation-ended":
      return { stock: new Set([event.sku]), reservation: new Set([event.reservationId]) };
    case "change-doubted":
    case "doubt-settled":
      return { doubt: new Set([event.doubtId]) };
    case "planogram-changed":
      return { planogram: new Set(["current"]) };
    case "help-asked":
    case "help-ended":
      return { mirror: new Set([event.mirrorId]) };
    case "alert-opened":
    case "alert-changed":
    case "alert-updated":
    case "alert-escalated":
    case "alert-closed":
      return { alert: new Set([event.alertId]) };
    case "occupancy-changed":
      return { zone: new Set([event.zone]) };
    case "device-replaced":
      return { device: new Set([event.deviceId, event.successor]) };
    case "device-seen":
    case "device-restarted":
    case "device-status-changed":
    case "device-discovered":
    case "device-adopted":
    case "device-retired":
    case "device-dismissed":
    case "device-forgotten":
    case "device-requested":
    case "device-request-repeated":
    case "device-answered":
      return { device: new Set([event.deviceId]) };
    case "rollout-started":
    case "rollout-device-changed":
    case "rollout-changed":
      return { rollout: new Set([event.rolloutId]) };
    case "look-tried":
    case "share-started":
      return { mirror: new Set([event.mirrorId]) };
    case "plate-doubted":
    case "plate-tared":
    case "zone-entered":
    case "zone-left":
    case "shopper-joined":
    case "consent-changed":
    case "shopper-erased":
    case "offer-issued":
    case "offer-redeemed":
    case "offer-rolled-back":
    case "offer-dismissed":
    case "share-ended":
    case "clip-kept":
    case "clip-deleted":
      return {};
  }
}

/** The shop with its shelves as the planogram has them now; made anew when that changes, the pages hear of it as `planogram`. */
function createShopView(described: Shop, planned: () => Planogram["shelves"]) {
  let last: { shelves: Planogram["shelves"]; shop: Shop } | undefined;
  return (): Shop => {
    const shelves = planned();
    if (last?.shelves === shelves) return last.shop;
    const platesOf = new Map(shelves.map(({ id, plates }) => [id, plates]));
    const shop = {
      ...described,
      shelves: described.shelves.map((shelf) => ({ ...shelf, plates: platesOf.get(shelf.id) ?? [] })),
    };
    last = { shelves, shop };
    return shop;
  };
}

/** Pages are told of its end too, whatever it was about. */
const settledDoubt = (id: string): StreamEvents["doubt"] => ({
  ...{ id, at: 0, shelf: "", plates: [], grams: 0, candidates: [] },
  settled: true,
});

function describeShop({ config, floorPlan }: LoadedConfig, demo: boolean): Shop {
  const { id, name, address, locale, currency, timeZone, opens, closes } = config.store;
  return {
    ...{ id, name, address, locale, currency, timeZone, opens, closes, demo },
    floor: { widthM: config.floor.widthM, depthM: config.floor.depthM, plan: floorPlan },
    zones: config.zones.map((zone) => ({ id: zone.id, name: zone.name, rect: zone.rect })),
    shelves: config.shelves.map((shelf) => ({
      id: shelf.id,
      name: shelf.name,
      zone: shelf.zone,
      rect: shelf.rect,
      device: shelf.device,
      ...(shelf.fixture === undefined ? {} : { fixture: shelf.fixture }),
      ...(shelf.level === undefined ? {} : { level: shelf.level }),
      ...(shelf.plateMm === undefined ? {} : { plateMm: shelf.plateMm }),
      plates: shelf.plates,
    })),
    receivers: config.receivers.map((receiver) => ({ id: receiver.id, zone: receiver.zone, at: receiver.at })),
    mirrors: config.mirrors.map((mirror) => ({
      id: mirror.id,
      name: mirror.name,
      zone: mirror.zone,
      rect: mirror.rect,
    })),
    staff: config.staff,
  };
}
