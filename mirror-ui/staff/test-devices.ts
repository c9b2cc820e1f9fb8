import type { Device, DeviceDetail, InboxTopic, Rollout, Shop, StockItem } from "#wire/views.ts";
import type { ShopState } from "./stand-in.ts";

/** A shop with a device of each kind and each ailment, for tests of what the engineer's pages show. */
export function shopOfDevices(
  role: "staff" | "engineer" = "engineer",
): ShopState & { answers: Record<string, unknown> } {
  const now = Date.now();
  const shop = plainShop();
  const devices = deviceList(now);
  const answers: Record<string, unknown> = {
    "/api/v1/staff/me": { role, id: "mia", name: "Mia" },
    "/api/v1/inbox": [topicOf(now)],
    "/api/v1/rollouts": [rolloutOf(now)],
    "/api/v1/firmware": [
      { version: "1.5.0", kind: "shelf", sizeBytes: 48_000, sha256: "", createdAt: now, addedAt: now },
    ],
    "/api/v1/audit": [{ at: now - 9_000, by: "mia", action: "device.adopt", subject: "C1", ok: true }],
  };
  for (const device of devices) answers[`/api/v1/devices/${device.id}`] = detailOf(device, now);
  return {
    ...{ shop, devices, answers, stock: stockOf(shop, now), alerts: [], mirrors: [], zones: [] },
    media: { state: "ready", step: "", progress: 1 },
  };
}

function plainShop(): Shop {
  const rects: [string, number, number][] = [
    ["A1", 1, 1],
    ["A2", 4, 1],
    ["C1", 1, 4],
    ["C2", 4, 4],
  ];
  return {
    ...{
      id: "main",
      name: "Vitrine",
      address: "Quay 14",
      locale: "en-IE",
      currency: "EUR",
      timeZone: "Europe/Brussels",
    },
    ...{ opens: "10:00", closes: "19:00", demo: true, floor: { widthM: 10, depthM: 8 } },
    zones: [
      { id: "beauty", name: "Beauty", rect: [0, 0, 10, 5] },
      { id: "till", name: "Till", rect: [0, 5, 10, 3] },
    ],
    shelves: rects.map(([id, x, y]) => ({
      ...{ id, name: "Hands", zone: "beauty", rect: [x, y, 2, 0.6] },
      plates: [1, 2].map((plate) => ({ plate, sku: `${id}-${plate}`, capacity: 8, minimum: 2 })),
    })),
    receivers: [{ id: "ble-1", zone: "beauty", at: [8, 3] }],
    mirrors: [{ id: "mirror-1", name: "Mirror 1", zone: "till", rect: [9.6, 6, 0.1, 1] }],
    staff: [{ id: "mia", name: "Mia" }],
  };
}

function stockOf(shop: Shop, at: number): StockItem[] {
  return shop.shelves.flatMap((shelf) =>
    shelf.plates.map(({ plate, sku, capacity, minimum }): StockItem => {
      const places = [{ shelf: shelf.id, plate, count: 6, capacity, minimum, confidence: 0.96 }];
      const product = { sku, gtin: "9520140100107", name: `Hand balm ${sku}`, category: "skin", picture: "hand-balm" };
      return { ...product, price: 1_450, onShelf: 6, reserved: 0, available: 6, confidence: 0.96, at, places };
    }),
  );
}

function deviceList(now: number): Device[] {
  const well = { intervalMs: 2_000, received: 4_200, lost: 0, restarts: 1 };
  const scale = (id: string, more: Partial<Device> = {}): Device => ({
    ...{
      id,
      kind: "shelf",
      format: "native",
      state: "online",
      lastSeenAt: now - 1_000,
      firmware: "1.4.0",
      health: well,
    },
    ...more,
  });
  return [
    scale("A1"),
    scale("A2", { health: { ...well, batteryPercent: 12 } }),
    scale("C1"),
    scale("C2", { state: "offline", lastSeenAt: now - 16 * 60_000 }),
    { id: "ble-1", kind: "ble", format: "native", state: "online", lastSeenAt: now, health: { ...well, lost: 80 } },
    { id: "mirror-1", kind: "mirror", format: "native", state: "unseen" },
    scale("scale-7f", { state: "pending", topic: "store/main/shelf/scale-7f/reading", lastSeenAt: now - 20_000 }),
  ];
}

function detailOf(device: Device, now: number): DeviceDetail {
  const minutes = Array.from({ length: 60 }, (_, i) => ({
    at: now - (60 - i) * 60_000,
    messages: i > 20 && i < 26 ? 0 : 30,
    lost: i === 40 ? 3 : 0,
  }));
  const series = (name: string, unit: string, value: (i: number) => number) => ({
    ...{ name, unit },
    points: minutes.map(({ at }, i): [number, number] => [at, value(i)]),
  });
  return {
    device,
    minutes,
    values: [
      series("battery", "%", (i) => 80 - i / 20),
      series("plate 1", "g", (i) => (i < 30 ? 1_240 : 1_040)),
      series("plate 2", "g", () => 620),
    ],
  };
}

function topicOf(now: number): InboxTopic {
  const text = JSON.stringify({ dev: "KS-200", load: { w: [1240.2, 618.5] }, batt: 87 });
  const topic = "shop/scales/ks-200/state";
  const field = { path: "load.w.0", yields: { reading: "weight" as const, plate: 1 }, unit: "g" };
  return {
    ...{ topic, client: "ks-200", reason: "no format speaks for this topic", count: 214 },
    ...{ firstAt: now - 3_600_000, lastAt: now - 4_000 },
    samples: [{ at: now - 4_000, sizeBytes: text.length, hex: Buffer.from(text).toString("hex"), text }],
    guesses: [
      {
        about: "Looks like a weight, 1.24 kg at load.w.0.",
        sure: 0.8,
        mapping: { topic, kind: "shelf", fields: [field] },
      },
    ],
  };
}

function rolloutOf(now: number): Rollout {
  return {
    ...{ id: "ro-1", version: "1.5.0", kind: "shelf", state: "halted", why: "C2 did not come back within 2 min." },
    ...{ stages: [5, 25, 100], stage: 1, startedAt: now - 900_000, at: now },
    devices: [
      { id: "A1", state: "healthy" },
      { id: "C2", state: "failed", detail: "no word after the update" },
      { id: "C1", state: "waiting" },
    ],
  };
}
