import { expect, onTestFinished, test } from "vitest";
import { createTestShelf, type TestShelfOptions } from "../../firmware-sim/test-shelf.ts";
import { type Booted, bootGateway } from "../../gateway/test-gateway.ts";
import { shot, useStaffPage } from "./test-staff.ts";

// The true gateway, the simulator's shelf on MQTT, and two phones.

const pages = useStaffPage();

async function openShop(shelfId: string, fill: NonNullable<TestShelfOptions["fill"]>) {
  const shop = await bootGateway({ pagesFolder: pages.folder() });
  const shelf = createTestShelf({ url: shop.mqttUrl, loaded: shop.loaded, shelf: shelfId, fill });
  onTestFinished(() => shelf.close());
  await shelf.ready();
  return { shop, shelf };
}

/** A phone in somebody's hand. */
async function phoneOf(shop: Booted, name: string) {
  const opened = await pages.open(`${shop.url}/staff#health`);
  await opened.page.getByRole("button", { name: "Change" }).click();
  await opened.page.getByRole("button", { name, exact: true }).click();
  await opened.page.getByRole("link", { name: "Now" }).click();
  return opened;
}

test("goods are lifted, one phone takes the empty place, the other sees who, it is filled and the alert goes by itself", async () => {
  const { shop, shelf } = await openShop("C1", { "HAND-BALM": 4 });
  const [first, second] = shop.loaded.config.staff;
  const mia = await phoneOf(shop, first?.name ?? "");
  const jonas = await phoneOf(shop, second?.name ?? "");
  await mia.page.getByRole("heading", { name: "Nothing is waiting" }).waitFor();

  await shelf.lift("HAND-BALM", 4);
  const gap = /Shelf C1 has a gap/;
  await mia.page.locator("ol.first li", { hasText: gap }).waitFor();
  await jonas.page.locator("ol.first li", { hasText: gap }).waitFor();
  expect(await mia.page.locator("ol.first li", { hasText: gap }).textContent()).toContain("Hand balm 75 ml, 0 of");
  await shot(mia.page, "story-alert");

  await mia.page.getByRole("button", { name: "I’ll take it" }).click();
  await mia.page.locator("ol.first .who.me", { hasText: first?.name ?? "" }).waitFor();
  await jonas.page.getByRole("button", { name: `Taken by ${first?.name}` }).waitFor();
  await shot(jonas.page, "story-taken");

  await shelf.put("HAND-BALM", 6);
  for (const { page } of [mia, jonas]) {
    await page.getByRole("heading", { name: "Nothing is waiting" }).waitFor();
    await page.locator(".done li", { hasText: "Hand balm 75 ml filled on C1" }).waitFor();
  }
  await shot(mia.page, "story-filled");
  expect([...mia.complaints, ...mia.strangers, ...jonas.complaints, ...jonas.strangers]).toEqual([]);
});
