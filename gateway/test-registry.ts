import type { Device, StockItem } from "#wire/views.ts";
import { type Booted, shopConfig } from "./test-gateway.ts";

/** What the stories of the registry share: a shelf of the shop, and how devices and engineers speak. */

export const noon = Date.UTC(2026, 10, 20, 11);
export const { config, items } = shopConfig();
function twoPlates() {
  const shelf = config.shelves.find(({ plates }) => plates.length > 1);
  const [first, second] = shelf?.plates ?? [];
  if (!shelf || !first || !second) throw new Error("the shop has a shelf of two plates");
  return { shelf, first, second };
}
export const { shelf, first, second } = twoPlates();
export const gramsOf = (sku: string) => items.find((item) => item.sku === sku)?.grams ?? 0;

export type Problem = { type: string; title: string; detail: string };

export async function speaker(shop: Booted) {
  const client = await shop.mqtt(`speaker-${Math.random()}`);
  return (topic: string, message: object | string) =>
    client.publishAsync(topic, typeof message === "string" ? message : JSON.stringify(message), { qos: 1 });
}
export const weigh = (plate: number, grams: number, seq: number, boot = 1) => ({
  boot,
  seq,
  plates: [{ plate, grams }],
});
export const devices = async (shop: Booted) => (await shop.api<Device[]>("GET", "/api/v1/devices")).value;
export const device = async (shop: Booted, id: string) => (await devices(shop)).find((one) => one.id === id);
export const ask = (shop: Booted, id: string, what: string, body: object = {}) =>
  shop.api<Device & Problem>("POST", `/api/v1/devices/${id}/${what}`, { body });
export const count = async (shop: Booted, plate: { plate: number; sku: string }) =>
  (await shop.api<StockItem>("GET", `/api/v1/stock/${plate.sku}`)).value.places.find(
    (place) => place.shelf === shelf.id && place.plate === plate.plate,
  )?.count;
export const atShelf = { name: "Spare scale", kind: "shelf", place: { at: "shelf", id: shelf.id } };
