import { onTestFinished } from "vitest";
import { createTestShelf, type TestShelfOptions } from "../../firmware-sim/test-shelf.ts";
import { type Booted, bootGateway } from "../../gateway/test-gateway.ts";
import type { Opened, useStaffPage } from "./test-staff.ts";

type Pages = ReturnType<typeof useStaffPage>;

/** The true gateway, and one of its shelves as the simulator knows it: `lift` and `put` are hands. */
export async function openShelfShop(pages: Pages, shelfId: string, fill: NonNullable<TestShelfOptions["fill"]>) {
  const shop = await bootGateway({ pagesFolder: pages.folder() });
  const shelf = createTestShelf({ url: shop.mqttUrl, loaded: shop.loaded, shelf: shelfId, fill });
  onTestFinished(() => shelf.close());
  await shelf.ready();
  return { shop, shelf };
}

/** A phone in the hand of the shop's first, second, … of staff. */
export async function phoneOf(pages: Pages, shop: Booted, number: number): Promise<Opened & { name: string }> {
  const name = shop.loaded.config.staff[number]?.name;
  if (name === undefined) throw new Error(`the shop has no staff number ${number}`);
  const opened = await pages.open(`${shop.url}/staff#health`);
  await opened.page.getByRole("button", { name: "Change" }).click();
  await opened.page.getByRole("button", { name, exact: true }).click();
  await opened.page.getByRole("link", { name: "Now" }).click();
  await opened.page.getByRole("heading", { name: /^(Nothing is waiting|First th)/ }).waitFor();
  return { ...opened, name };
}
