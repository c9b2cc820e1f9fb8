import { expect, test } from "vitest";
import type { Demand, RestockLine } from "#wire/stock-views.ts";
import { createManualClock } from "./clock.ts";
import { type Booted, bootGateway, shopConfig, temporaryFolder } from "./test-gateway.ts";

/** A Tuesday, eleven o'clock in Brussels. */
const eleven = Date.parse("2026-02-03T10:00:00Z");
const hourMs = 3_600_000;

test("what left this morning is told by the hour, the low shelf is on the list, and a restart forgets neither", async () => {
  const clock = createManualClock(eleven);
  const loaded = shopConfig();
  const dataFolder = temporaryFolder();
  const shop = await bootGateway({ clock, loaded, dataFolder });
  await weigh(shop, { seq: 1, count: 8 });
  await weigh(shop, { seq: 2, count: 2 });
  clock.set(eleven + hourMs + 60_000);
  await weigh(shop, { seq: 3, count: 2 });
  await weigh(shop, { seq: 4, count: 1 });

  const before = await ask(shop);
  expect(before.demand.hours.find(({ hour }) => hour === 11)?.actual).toBe(6);
  // the hour under way is not over
  expect(before.demand.hours.find(({ hour }) => hour === 12)).not.toHaveProperty("actual");
  const line = before.restock.find(({ sku }) => sku === "HAND-BALM");
  expect(line).toMatchObject({ shelf: "C1", plate: 1, count: 1, quantity: 11 });
  expect(line?.until).toBeGreaterThan(clock.now());
  expect((await shop.api("GET", "/api/v1/demand/NO-SUCH-THING")).status).toBe(404);
  expect((await shop.api("GET", "/api/v1/demand/HAND-BALM?day=yesterday")).status).toBe(400);

  await shop.gateway.close();
  const again = await bootGateway({ clock, loaded, dataFolder });
  expect(await ask(again)).toEqual(before);
});

async function ask(shop: Booted) {
  const demand = await shop.api<Demand>("GET", "/api/v1/demand/HAND-BALM");
  const restock = await shop.api<RestockLine[]>("GET", "/api/v1/restock");
  expect([demand.status, restock.status]).toEqual([200, 200]);
  return { demand: demand.value, restock: restock.value };
}

async function weigh(shop: Booted, { seq, count }: { seq: number; count: number }) {
  const grams = shop.loaded.items.find(({ sku }) => sku === "HAND-BALM")?.grams ?? 0;
  const scale = await shop.mqtt(`scale-${seq}`);
  const reading = { boot: 1, seq, plates: [{ plate: 1, grams: grams * count }] };
  await scale.publishAsync("store/main/shelf/C1/reading", JSON.stringify(reading), { qos: 1 });
}
