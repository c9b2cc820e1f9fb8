import type { Viewer } from "./share-words.ts";
import type { Doubt, Evidence, Planogram, PlanogramFacing, Reservation } from "./stock-views.ts";
import type { TopicKind } from "./topics.ts";

/**
 * What pages and other channels read: over HTTP as JSON, over SSE one entity an event. Plain types, no code:
 * the pages import them too. Times are epoch ms, prices are minor units (cents) of the shop's currency.
 */
export type StockItem = {
  sku: string;
  gtin: string;
  name: string;
  size?: string;
  colour?: string;
  category: string;
  picture: string;
  price: number;
  onShelf: number;
  reserved: number;
  available: number;
  /** 0..1 */
  confidence: number;
  at: number;
  places: StockPlace[];
  /** The same product in its other sizes and colours, itself included; left out where there is only this one. */
  style?: string;
  /** Fetched for customers: neither on the shelf nor for sale. */
  setAside?: number;
  /** Taken from a shelf, and not yet paid or put back. */
  inHands?: number;
};

export type StockPlace = {
  shelf: string;
  plate: number;
  count: number;
  capacity: number;
  minimum: number;
  confidence: number;
  /** It does not belong there by the planogram; capacity and minimum are 0. */
  stray?: true;
  /** What the count rests on, the strongest first. */
  evidence?: Evidence[];
};

export type Alert = {
  id: string;
  kind: AlertKind;
  severity: "stop" | "wait";
  state: "open" | "acknowledged" | "assigned" | "snoozed" | "closed";
  /** Minor units at stake in the next hour, as far as it can be said: the list is ranked by it. */
  value?: number;
  /** Pieces it is about. */
  quantity?: number;
  /** All plates of a group; `plate` is the first. */
  plates?: number[];
  /** What stands on each of `plates`, in their order; a plate of two products is named twice. */
  skus?: string[];
  reservationId?: string;
  mirrorId?: string;
  doubtId?: string;
  deliveryId?: string;
  /** What somebody asked for, in words. */
  note?: string;
  /** How often nobody reacted: 0 or left out, 1 to everybody again, 2 to the manager. */
  escalated?: number;
  snoozedUntil?: number;
  /** Whoever had taken it did not finish in time: it is everybody's again. */
  releasedFrom?: string;
  sku?: string;
  shelf?: string;
  plate?: number;
  zone?: string;
  deviceId?: string;
  by?: string;
  reason?: string;
  openedAt: number;
  at: number;
};

/**
 * "doubt": more than one story explains a shelf. "gap": a plate of the planogram that nobody ever filled. "sweep": many or
 * valuable pieces left within seconds. "delivery": goods are about to arrive. "put-back": what was put aside for somebody who did not come.
 * "more": so much happens at once that `quantity` further alerts wait until these are done.
 */
export type AlertKind =
  | "empty"
  | "low"
  | "misplaced"
  | "gap"
  | "doubt"
  | "sweep"
  | "delivery"
  | "fetch"
  | "help"
  | "device-down"
  | "put-back"
  | "more";

/** What became of a call for help, as its mirror shows it. `by`: the first name of whoever is coming. */
export type HelpView = {
  state: "none" | "asked" | "coming";
  askedAt?: number;
  by?: string;
  sku?: string;
  note?: string;
};

export type Zone = { zone: string; occupancy: number; at: number };

export type Device = {
  id: string;
  kind: TopicKind;
  format: string;
  /**
   * "pending": it speaks, and nobody has said yet where it belongs. "retired" without a name: it was dismissed, waited and fell
   * silent, or gave way to another; pages let go of it, and a list of devices does not name it.
   */
  state: "online" | "offline" | "unseen" | "pending" | "retired";
  name?: string;
  /** Where it belongs; left out while it is pending. */
  place?: DevicePlace;
  /** A scale's own plate number -> the plate of the planogram; left out where they are the same. */
  plates?: Record<string, number>;
  /** How a device is read that no format speaks for. */
  mapping?: DeviceMapping;
  /** Where a pending device was first heard. */
  topic?: string;
  /** Why it waits again, in words: its place went with the configuration. */
  note?: string;
  lastSeenAt?: number;
  firmware?: string;
  telemetry?: Record<string, number>;
  health?: DeviceHealth;
  /** The newest request to it. */
  request?: DeviceRequestView;
};

/** Scales belong to a shelf of the planogram, mirrors to a mirror of the configuration, all others to a zone. */
export type DevicePlace = { at: "shelf" | "zone" | "mirror"; id: string };

export type DeviceHealth = {
  /** Learned: how often it speaks. Silence much longer than this is "offline". */
  intervalMs?: number;
  batteryPercent?: number;
  /** Its clock minus ours; positive when it is ahead. */
  clockOffsetMs?: number;
  received: number;
  /** Gaps in `seq`. */
  lost: number;
  /** New values of `boot`. */
  restarts: number;
  /** In the last minute it published faster than it may, and was slowed down. */
  loud?: true;
};

export type DeviceRequestView = {
  requestId: string;
  command: "identify" | "tare" | "reboot" | "configure" | "update" | "rollback";
  state: "sent" | "done" | "refused" | "unanswered";
  detail?: string;
  at: number;
};

/** One device, as an engineer looks at it: its last hour by the minute, oldest first. */
export type DeviceDetail = {
  device: Device;
  minutes: { at: number; messages: number; lost: number }[];
  /** What it measures about itself, and the grams of its plates: at most one point a minute each. */
  values: { name: string; unit?: string; points: [at: number, value: number][] }[];
};

/** How to read a payload that no format speaks for: where each value stands, and what it means. */
export type DeviceMapping = {
  /** MQTT filter with `+`; no `#`. */
  topic: string;
  kind: TopicKind;
  fields: MappedField[];
};
export type MappedField = {
  /** Dots and indices, `sensors.0.value`; "" is the whole payload. */
  path: string;
  yields:
    | { reading: "weight"; plate: number }
    | { reading: "people"; zone: string }
    | { reading: "battery" }
    | { reading: "telemetry"; name: string };
  /** Of the value as sent: "g", "kg", "lb", "oz", "%", "°C", … ; "1" where it has none. */
  unit: string;
};

/** Payloads of one topic that nobody could read. */
export type InboxTopic = {
  topic: string;
  client: string;
  reason: string;
  count: number;
  firstAt: number;
  lastAt: number;
  /** Newest first, three at most. `text` where the bytes are readable. */
  samples: { at: number; sizeBytes: number; hex: string; text?: string }[];
  /** What it may be, most likely first. */
  guesses: MappingGuess[];
};
export type MappingGuess = {
  /** In words: "Looks like a weight, 1.24 kg at weight." */
  about: string;
  /** 0..1 */
  sure: number;
  /** Without fields it is advice alone: the device must be set, and no mapping would help. */
  mapping: DeviceMapping;
};

export type Rollout = {
  id: string;
  version: string;
  kind: TopicKind;
  state: "running" | "halted" | "rolling-back" | "rolled-back" | "done";
  /** Percent of the devices, rising; `stage` is the index of the one under way. */
  stages: number[];
  stage: number;
  /** Why it was halted, in words. */
  why?: string;
  startedAt: number;
  at: number;
  devices: {
    id: string;
    state: "waiting" | "asked" | "updated" | "healthy" | "failed" | "rolled-back";
    detail?: string;
  }[];
};

/** A signed image the gateway can give to devices. */
export type FirmwareImage = {
  version: string;
  kind: TopicKind;
  model?: string;
  sizeBytes: number;
  sha256: string;
  /** Devices with less cannot take it in one step. */
  minVersion?: string;
  createdAt: number;
  addedAt: number;
};

export type MediaStatus = {
  state: "preparing" | "ready" | "failed";
  /** What is being done now, in words for people. */
  step: string;
  /** 0..1 */
  progress: number;
};

export type MirrorView = { id: string; sharing: boolean; viewers: number; live: boolean; sku?: string };

export type Offer = {
  offerId: string;
  code: string;
  sku: string;
  name: string;
  size?: string;
  note?: string;
  picture: string;
  /** The product's colour, so that it is drawn as it is. */
  colour?: string;
  zone: string;
  zoneName: string;
  price: number;
  offerPrice: number;
  /** Why this shopper gets it, one or two short sentences. */
  why: string;
  issuedAt: number;
  expiresAt: number;
  state: "fresh" | "used" | "over" | "dismissed";
  usedAt?: number;
};

/** The shop as it stands, for drawing: sent once. Lengths in metres from the top left corner of the floor plan. */
export type Shop = {
  id: string;
  name: string;
  address: string;
  locale: string;
  currency: string;
  timeZone: string;
  opens: string;
  closes: string;
  demo: boolean;
  floor: {
    widthM: number;
    depthM: number;
    /** SVG text of the floor plan, in metres; pages draw walls, windows and furniture from its plan-… groups. */
    plan?: string;
  };
  zones: { id: string; name: string; rect: [x: number, y: number, width: number, depth: number] }[];
  shelves: {
    id: string;
    name: string;
    zone: string;
    rect: [x: number, y: number, width: number, depth: number];
    /** The scale under it; left out where it has the shelf's own id. */
    device?: string;
    /** The furniture it is part of, and which board of that: 1 is the lowest. */
    fixture?: string;
    level?: number;
    /** Of each plate, millimetres. */
    plateMm?: [width: number, depth: number];
    /** What stands where: several products on a plate, or one on several plates, are a line each. */
    plates: PlanogramFacing[];
  }[];
  receivers: { id: string; zone: string; at: [x: number, y: number] }[];
  mirrors: { id: string; name: string; zone: string; rect: [x: number, y: number, width: number, depth: number] }[];
  staff: { id: string; name: string }[];
};

/** SSE event name -> data. Each datum is the whole entity, so applying one twice changes nothing. */
export type StreamEvents = {
  shop: Shop;
  stock: StockItem;
  alert: Alert;
  zone: Zone;
  device: Device;
  media: MediaStatus;
  mirror: MirrorView;
  /** Somebody may want to look: the inbox itself is for engineers, by GET. */
  inbox: { topics: number; total: number };
  rollout: Rollout;
  /** Where everything belongs now; its plates are those of `shop` from then on. */
  planogram: Planogram;
  reservation: Reservation;
  doubt: Doubt & { settled?: true };
  /** Sent once the current state has been sent; everything after it is news. */
  ready: { journalId: number };
};

/** What a friend's page may know about a link: to a live mirror, or to a clip. */
export type ShareView = {
  state: "live" | "waiting" | "over" | "clip";
  shopName: string;
  shopAddress: string;
  item?: { name: string; note?: string; price: number; currency: string };
  expiresAt?: number;
  /** Where the shop's own relay helps friends who are elsewhere; the credentials end with the link. */
  iceServers?: { urls: string[]; username: string; credential: string }[];
  /** A kept clip; `url` is a path that takes range requests, `?download=1` saves it. Times are epoch ms. */
  clip?: { url: string; mime: "video/mp4" | "video/webm"; bytes: number; durationMs: number; recordedAt: number };
};

/** A share as its own mirror sees it. */
export type MirrorShare = {
  shareId: string;
  state: "live" | "waiting" | "over";
  live: boolean;
  viewers: number;
  viewerList: Viewer[];
  expiresAt: number;
  maxViewers: number;
};

/** A clip as its own mirror sees it. `url` and `ownerUrl` are there for ten minutes once it is kept; the owner's may also delete it. */
export type MirrorClip = {
  clipId: string;
  state: "uploading" | "kept";
  received: number;
  bytes: number;
  expiresAt?: number;
  url?: string;
  ownerUrl?: string;
};

/** What anyone may know of the shop: `GET /api/v1/shop`, no sign-in. Phones and friends write prices and times by it. */
export type ShopCard = Pick<Shop, "name" | "address" | "locale" | "currency" | "timeZone" | "opens" | "closes">;
