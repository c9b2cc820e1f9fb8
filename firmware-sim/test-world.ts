import type { Item, StoreConfig } from "#wire/store-config.ts";
import { createWorld, type World } from "./world.ts";

/** A very small shop for the tests: two zones with shelves, a door with a camera, a mirror, a reader. */
export function smallShop(): World {
  const items: Item[] = [
    product("HAT-FELT", "9520140100107", "hats", 110),
    product("SOAP-OAT", "9520140100176", "skin", 125),
    product("KNIT-CREW", "9520140100244", "knitwear", 420),
  ];
  const config: StoreConfig = {
    store: {
      id: "test",
      name: "Test",
      address: "",
      locale: "en-IE",
      currency: "EUR",
      timeZone: "Europe/Brussels",
      opens: "10:00",
      closes: "19:30",
    },
    products: "products.json",
    offers: "offers.yaml",
    floor: { plan: "floor.svg", widthM: 8, depthM: 6 },
    zones: [
      { id: "left", name: "Left", rect: [0, 0, 4, 4] },
      { id: "right", name: "Right", rect: [4, 0, 4, 4] },
      { id: "entrance", name: "Door", rect: [0, 4, 8, 2], camera: "cam-1" },
    ],
    receivers: [
      { id: "ble-left", zone: "left", at: [2, 2] },
      { id: "ble-right", zone: "right", at: [6, 2] },
    ],
    shelves: [
      {
        id: "A1",
        name: "Hats",
        zone: "left",
        rect: [0.2, 1, 0.5, 2],
        device: "scale-1",
        plates: [
          { plate: 1, sku: "HAT-FELT", capacity: 6, minimum: 2 },
          { plate: 2, sku: "SOAP-OAT", capacity: 12, minimum: 3 },
        ],
      },
      {
        id: "B1",
        name: "Knits",
        zone: "right",
        rect: [7.2, 1, 0.5, 2],
        device: "scale-2",
        plates: [{ plate: 1, sku: "KNIT-CREW", capacity: 8, minimum: 2 }],
      },
    ],
    rfid: [{ id: "rfid-1", antennas: [{ antenna: 1, zone: "right" }] }],
    mirrors: [{ id: "mirror-1", name: "Mirror", zone: "left", rect: [1.5, 0, 1, 0.2] }],
    baskets: { uuid: "5f3e2c1a-8d4b-4a6f-9c07-1e2d3b4a5c6d", major: 14, count: 6 },
    staff: [],
    counting: { toleranceShare: 0.06, quietGrams: 3, settleMs: 600 },
    presence: { smoothingMs: 1_000, hysteresisDb: 4, dwellMs: 1_500, absentAfterMs: 20_000 },
    http: { port: 0 },
    mqtt: { port: 0, tlsPort: 8883 },
    mdns: false,
    media: {
      ...{ port: 0, workers: 1, addresses: [], probeSeconds: 0 },
      ...{ shareMinutes: 30, maxViewers: 10, clipHours: 24, clipsMegabytes: 500 },
    },
  };
  return createWorld({ config, items });
}

function product(sku: string, gtin: string, category: Item["category"], grams: number): Item {
  return { sku, gtin, style: sku, name: sku, category, grams, price: 1_000, picture: "none" };
}
