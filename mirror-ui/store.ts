import { batch, type ReadonlySignal, signal } from "@preact/signals";
import type { Doubt, Planogram, Reservation } from "#wire/stock-views.ts";
import type {
  Alert,
  Device,
  MediaStatus,
  MirrorView,
  Rollout,
  Shop,
  StockItem,
  StreamEvents,
  Zone,
} from "#wire/views.ts";
import { type Connection, openLink, type StreamMessage } from "./link.ts";

/** Everything a page knows of the shop, as signals. Maps are replaced, never changed, so that a page sees the change. */
export type Store = {
  /** Its shelves carry the planogram as it is now. */
  shop: ReadonlySignal<Shop | undefined>;
  stock: ReadonlySignal<ReadonlyMap<string, StockItem>>;
  /** Open alerts, and the last few closed ones. */
  alerts: ReadonlySignal<ReadonlyMap<string, Alert>>;
  zones: ReadonlySignal<ReadonlyMap<string, Zone>>;
  devices: ReadonlySignal<ReadonlyMap<string, Device>>;
  mirrors: ReadonlySignal<ReadonlyMap<string, MirrorView>>;
  media: ReadonlySignal<MediaStatus | undefined>;
  /** Changes when somebody may want to look into the inbox again. */
  inbox: ReadonlySignal<StreamEvents["inbox"] | undefined>;
  /** Those that moved since the page was opened, newest last. */
  rollouts: ReadonlySignal<ReadonlyMap<string, Rollout>>;
  /** The newest one heard of; undefined until somebody changes it. */
  planogram: ReadonlySignal<Planogram | undefined>;
  /** Open ones, and the last few that ended. */
  reservations: ReadonlySignal<ReadonlyMap<string, Reservation>>;
  /** What a shelf felt and nobody could explain yet. */
  doubts: ReadonlySignal<ReadonlyMap<string, Doubt>>;
  /** True once the whole state has arrived for the first time. */
  ready: ReadonlySignal<boolean>;
};

export type FedStore = Store & { receive(message: StreamMessage): void };

/** Closed alerts kept for "what was done"; the oldest is forgotten first. */
const closedKept = 30;
/** Roll-outs kept; the one that was heard of first is forgotten first. */
const rolloutsKept = 50;
/** Reservations that ended, kept so that a page can say what became of them. */
const endedKept = 30;
/** Doubts settle by themselves; should their end be missed, the oldest is forgotten. */
const doubtsKept = 200;

/**
 * A store that is fed by stream messages. Messages are gathered and shown together, so a busy shop costs one render a
 * frame; what waits is bounded by the number of things in the shop. `schedule` decides when to show.
 */
export function createStore(schedule: (show: () => void) => void = (show) => setTimeout(show, 16)): FedStore {
  const shop = signal<Shop | undefined>(undefined);
  const media = signal<MediaStatus | undefined>(undefined);
  const inbox = signal<StreamEvents["inbox"] | undefined>(undefined);
  const planogram = signal<Planogram | undefined>(undefined);
  const ready = signal(false);
  const changed = new Set<() => void>();
  let scheduled = false;
  /** Between `shop` and `ready` the stream tells the whole state: it is shown when it is complete. */
  let gathering = false;

  const show = () => {
    scheduled = false;
    if (gathering) return;
    batch(() => {
      for (const publish of changed) publish();
    });
    changed.clear();
  };
  const touch = (publish: () => void) => {
    changed.add(publish);
    if (scheduled || gathering) return;
    scheduled = true;
    schedule(show);
  };
  const stock = gather<StockItem>(touch);
  const zones = gather<Zone>(touch);
  const devices = gather<Device>(touch);
  const mirrors = gather<MirrorView>(touch);
  const alerts = gather<Alert>(touch, forgetOldClosed);
  const rollouts = gather<Rollout>(touch, (all) => {
    for (const id of [...all.keys()].slice(0, -rolloutsKept)) all.delete(id);
  });
  const reservations = gather<Reservation>(touch, forgetOldEnded);
  const doubts = gather<Doubt & { settled?: true }>(touch, (all) => {
    for (const [id, { settled }] of all) if (settled) all.delete(id);
    for (const id of [...all.keys()].slice(0, -doubtsKept)) all.delete(id);
  });

  /** What the new whole state does not name is gone; closed alerts are history and stay. */
  const begin = () => {
    gathering = true;
    for (const each of [stock, zones, devices, mirrors, doubts]) each.clear();
    alerts.clear((alert) => alert.state !== "closed");
    reservations.clear(isHeld);
  };
  const finish = () => {
    gathering = false;
    show();
    ready.value = true;
  };

  function receive(message: StreamMessage): void {
    switch (message.name) {
      case "shop":
        begin();
        shop.value = message.data;
        return;
      case "stock":
        stock.put(message.data.sku, message.data);
        return;
      case "alert":
        alerts.put(message.data.id, message.data);
        return;
      case "zone":
        zones.put(message.data.zone, message.data);
        return;
      case "device":
        devices.put(message.data.id, message.data);
        return;
      case "mirror":
        mirrors.put(message.data.id, message.data);
        return;
      case "media":
        media.value = message.data;
        return;
      case "inbox":
        inbox.value = message.data;
        return;
      case "rollout":
        rollouts.put(message.data.id, message.data);
        return;
      case "planogram":
        planogram.value = message.data;
        if (shop.value) shop.value = withPlanogram(shop.value, message.data);
        return;
      case "reservation":
        reservations.put(message.data.id, message.data);
        return;
      case "doubt":
        doubts.put(message.data.id, message.data);
        return;
      case "ready":
        finish();
    }
  }

  return {
    shop,
    stock: stock.shown,
    alerts: alerts.shown,
    zones: zones.shown,
    devices: devices.shown,
    mirrors: mirrors.shown,
    media,
    inbox,
    rollouts: rollouts.shown,
    planogram,
    reservations: reservations.shown,
    doubts: doubts.shown,
    ready,
    receive,
  };
}

/** The store of a page: connected to the gateway until close(). */
export function openStore(url?: string): Store & { connection: ReadonlySignal<Connection>; close(): void } {
  const store = createStore();
  const link = openLink({ ...(url ? { url } : {}), receive: store.receive });
  return { ...store, connection: link.connection, close: link.close };
}

function gather<Entity>(touch: (publish: () => void) => void, tidy?: (entities: Map<string, Entity>) => void) {
  const entities = new Map<string, Entity>();
  const shown = signal<ReadonlyMap<string, Entity>>(new Map());
  const publish = () => {
    tidy?.(entities);
    shown.value = new Map(entities);
  };
  return {
    shown,
    put(key: string, entity: Entity): void {
      entities.set(key, entity);
      touch(publish);
    },
    clear(which: (entity: Entity) => boolean = () => true): void {
      for (const [key, entity] of entities) if (which(entity)) entities.delete(key);
      touch(publish);
    },
  };
}

/** The goods of every shelf as the planogram has them; where a shelf stands is the shop's own. */
function withPlanogram(shop: Shop, { shelves }: Planogram): Shop {
  const plates = new Map(shelves.map((shelf) => [shelf.id, shelf.plates]));
  return {
    ...shop,
    shelves: shop.shelves.map((shelf) => ({ ...shelf, plates: plates.get(shelf.id) ?? shelf.plates })),
  };
}

/** Still waited for: to be fetched, or to be collected. */
export function isHeld({ state }: Reservation): boolean {
  return state === "made" || state === "ready";
}

function forgetOldEnded(reservations: Map<string, Reservation>): void {
  const ended = [...reservations.values()].filter((one) => !isHeld(one)).sort((a, b) => b.at - a.at);
  for (const { id } of ended.slice(endedKept)) reservations.delete(id);
}

function forgetOldClosed(alerts: Map<string, Alert>): void {
  const closed = [...alerts.values()].filter((alert) => alert.state === "closed").sort((a, b) => b.at - a.at);
  for (const alert of closed.slice(closedKept)) alerts.delete(alert.id);
}
