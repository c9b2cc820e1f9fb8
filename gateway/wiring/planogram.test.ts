import { join } from "node:path";
import { expect, test } from "vitest";
import type { Planogram, PlanogramSummary } from "#wire/stock-views.ts";
import type { StockItem } from "#wire/views.ts";
import { type Booted, bootGateway, shopConfig, temporaryFolder } from "../test-gateway.ts";

// Through the true gateway: what a manager changes is true everywhere at once, and after a power cut.

const serums = ["SERUM-AMBER", "SERUM-NIGHT"];
const gramsOf = (shop: Booted, sku: string) => shop.loaded.items.find((item) => item.sku === sku)?.grams ?? 0;
const planogramOf = async (shop: Booted) => (await shop.api<Planogram>("GET", "/api/v1/planogram")).value;
const placesOf = async (shop: Booted, sku: string) => {
  const { places } = (await shop.api<StockItem>("GET", `/api/v1/stock/${sku}`)).value;
  return places.map(({ shelf, plate, count, capacity, stray }) => [
    `${shelf}/${plate}`,
    count,
    capacity,
    stray ?? false,
  ]);
};
const change = (shop: Booted, plates: Planogram["shelves"][number]["plates"]) =>
  shop.api<Planogram>("PUT", "/api/v1/planogram", {
    body: { basedOn: 0, shelves: [{ id: "C2", plates }], note: "Night only" },
    headers: { origin: shop.url },
  });

/** The shelf of serums with this many on each plate. */
async function weigh(shop: Booted, seq: number, pieces: Record<number, [sku: string, count: number]>) {
  const scale = await shop.mqtt(`scale-${seq}`);
  const plates = Object.entries(pieces).map(([plate, [sku, count]]) => ({
    plate: Number(plate),
    grams: count * gramsOf(shop, sku),
  }));
  await scale.publishAsync("store/main/shelf/C2/reading", JSON.stringify({ boot: 1, seq, plates }), { qos: 1 });
}

async function editedShop(dataFolder = temporaryFolder()) {
  const shop = await bootGateway({ dataFolder });
  await weigh(shop, 1, { 1: ["SERUM-AMBER", 4], 2: ["SERUM-NIGHT", 6] });
  await expect.poll(() => placesOf(shop, "SERUM-NIGHT")).toEqual([["C2/2", 6, 10, false]]);
  const saved = await change(shop, [
    { plate: 2, sku: "SERUM-NIGHT", capacity: 8, minimum: 2 },
    { plate: 3, sku: "SERUM-NIGHT", capacity: 5, minimum: 1 },
  ]);
  expect([saved.status, saved.value.version]).toEqual([200, 1]);
  return shop;
}

/** What people read of it: stays the same over a restart. */
async function read(shop: Booted) {
  const [amber, night] = await Promise.all(serums.map((sku) => placesOf(shop, sku)));
  return { planogram: await planogramOf(shop), amber, night };
}

test("a changed planogram is true everywhere at once: counts, capacities, a new plate's scale", async () => {
  const shop = await editedShop();
  // four amber ones still stand where they belong no more
  await expect.poll(() => placesOf(shop, "SERUM-AMBER")).toEqual([["C2/1", 4, 0, true]]);
  await weigh(shop, 2, { 3: ["SERUM-NIGHT", 5] });
  await expect
    .poll(() => placesOf(shop, "SERUM-NIGHT"))
    .toEqual([
      ["C2/2", 6, 8, false],
      ["C2/3", 5, 5, false],
    ]);
  const versions = (await shop.api<PlanogramSummary[]>("GET", "/api/v1/planogram/versions")).value;
  expect(versions).toMatchObject([{ version: 1, by: "mia", note: "Night only", changes: 3 }, { version: 0 }]);
});

test("after a power cut the planogram and every count are as they were", async () => {
  const shop = await editedShop();
  await weigh(shop, 2, { 3: ["SERUM-NIGHT", 5] });
  await expect.poll(() => placesOf(shop, "SERUM-NIGHT")).toHaveLength(2);
  const before = await read(shop);
  const folder = temporaryFolder();
  await shop.gateway.backup(join(folder, "vitrine.db"));
  expect(await read(await bootGateway({ dataFolder: folder }))).toEqual(before);
});

test("a newer file takes over from what was edited, the goods stay, and the edited one can be brought back", async () => {
  const shop = await editedShop();
  await shop.gateway.close();
  const loaded = shopConfig();
  const shelf = loaded.config.shelves.find(({ id }) => id === "C2");
  if (shelf) shelf.plates = shelf.plates.filter(({ sku }) => sku === "SERUM-AMBER");
  const again = await bootGateway({ dataFolder: shop.dataFolder, loaded });
  await expect.poll(async () => (await planogramOf(again)).version).toBe(2);
  expect(await planogramOf(again)).toMatchObject({ by: "file" });
  expect(await read(again)).toMatchObject({ amber: [["C2/1", 4, 10, false]], night: [["C2/2", 6, 0, true]] });
  const edited = (await again.api<Planogram>("GET", "/api/v1/planogram/versions/1")).value;
  const body = { basedOn: 2, shelves: edited.shelves };
  await again.api("PUT", "/api/v1/planogram", { body, headers: { origin: again.url } });
  expect(await read(again)).toMatchObject({ planogram: { version: 3 }, night: [["C2/2", 6, 8, false]] });
});
