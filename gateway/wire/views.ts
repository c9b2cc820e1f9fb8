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
  places: { shelf: string; plate: number; count: number; capacity: number; minimum: number; confidence: number }[];
};

export type Alert = {
  id: string;
  kind: "empty" | "low" | "device-down";
  severity: "stop" | "wait";
  state: "open" | "acknowledged" | "assigned" | "closed";
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

export type Zone = { zone: string; occupancy: number; at: number };

export type Device = {
  id: string;
  kind: "shelf" | "rfid" | "ble" | "camera" | "mirror";
  format: string;
  state: "online" | "offline" | "unseen";
  lastSeenAt?: number;
  firmware?: string;
  telemetry?: Record<string, number>;
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
    plates: { plate: number; sku: string; capacity: number; minimum: number }[];
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
  /** Sent once the current state has been sent; everything after it is news. */
  ready: { journalId: number };
};

/** What a friend's page may know about a share. */
export type ShareView = {
  state: "live" | "waiting" | "over";
  shopName: string;
  shopAddress: string;
  item?: { name: string; note?: string; price: number; currency: string };
  expiresAt?: number;
};

/** What anyone may know of the shop: `GET /api/v1/shop`, no sign-in. Phones and friends write prices and times by it. */
export type ShopCard = Pick<Shop, "name" | "address" | "locale" | "currency" | "timeZone" | "opens" | "closes">;
