import type { Alert, Shop, StockItem } from "#wire/views.ts";
import type { ShopState } from "./stand-in.ts";

/** For tests of what the page shows: a shop of one shelf with one product. */

export const plainShop: Shop = {
  id: "main",
  name: "Vitrine",
  address: "Quay 14",
  locale: "en-IE",
  currency: "EUR",
  timeZone: "Europe/Brussels",
  opens: "10:00",
  closes: "19:00",
  demo: true,
  floor: { widthM: 10, depthM: 8 },
  zones: [{ id: "beauty", name: "Beauty", rect: [0, 0, 10, 8] }],
  shelves: [
    {
      id: "C1",
      name: "Hands",
      zone: "beauty",
      rect: [2, 2, 2, 0.6],
      plates: [{ plate: 1, sku: "BALM", capacity: 8, minimum: 2 }],
    },
  ],
  receivers: [],
  mirrors: [],
  staff: [
    { id: "mia", name: "Mia" },
    { id: "jonas", name: "Jonas" },
  ],
};

export function balm(count: number): StockItem {
  const places = [{ shelf: "C1", plate: 1, count, capacity: 8, minimum: 2, confidence: 0.96 }];
  return {
    sku: "BALM",
    gtin: "9520140100107",
    name: "Hand balm 75 ml",
    category: "skin",
    picture: "hand-balm",
    price: 1450,
    onShelf: count,
    reserved: 0,
    available: count,
    confidence: 0.96,
    at: Date.now(),
    places,
  };
}

export function alert(id: string, more: Partial<Alert> = {}): Alert {
  const at = Date.now() - 12 * 60_000;
  return {
    id,
    kind: "empty",
    severity: "stop",
    state: "open",
    openedAt: at,
    at,
    sku: "BALM",
    shelf: "C1",
    plate: 1,
    ...more,
  };
}

export function smallShop(alerts: Alert[] = []): ShopState {
  return {
    shop: plainShop,
    stock: [balm(7)],
    alerts,
    zones: [{ zone: "beauty", occupancy: 3, at: Date.now() }],
    devices: [{ id: "C1", kind: "shelf", format: "vitrine", state: "online", lastSeenAt: Date.now() }],
    mirrors: [],
    media: { state: "preparing", step: "Building the video worker.", progress: 0.4 },
  };
}
