import { expect, test } from "vitest";
import { openShelfShop, phoneOf } from "./test-shelf-shop.ts";
import { shot, useStaffPage } from "./test-staff.ts";

// The true gateway, the simulator's shelf on MQTT, and two phones.

const pages = useStaffPage();

test("goods are lifted, one phone takes the empty place, the other sees who, it is filled and the alert goes by itself", async () => {
  const { shop, shelf } = await openShelfShop(pages, "C1", { "HAND-BALM": 4 });
  const mia = await phoneOf(pages, shop, 0);
  const jonas = await phoneOf(pages, shop, 1);

  await shelf.lift("HAND-BALM", 4);
  const gap = /Shelf C1 has a gap/;
  await mia.page.locator("ol.first li", { hasText: gap }).waitFor();
  await jonas.page.locator("ol.first li", { hasText: gap }).waitFor();
  await mia.page.locator("ol.first li", { hasText: "Hand balm 75 ml, 0 of" }).waitFor();
  await shot(mia.page, "story-alert");

  await mia.page.getByRole("button", { name: "I’ll take it" }).click();
  await mia.page.locator("ol.first .who.me", { hasText: mia.name }).waitFor();
  await jonas.page.getByRole("button", { name: `Taken by ${mia.name}` }).waitFor();
  await shot(jonas.page, "story-taken");

  await shelf.put("HAND-BALM", 3);
  await jonas.page.locator("ol.first li", { hasText: "Hand balm 75 ml, 3 of" }).waitFor();
  await shelf.put("HAND-BALM", 3);
  for (const { page } of [mia, jonas]) {
    await page.getByRole("heading", { name: "Nothing is waiting" }).waitFor();
    await page.locator(".done li", { hasText: "Hand balm 75 ml filled on C1" }).waitFor();
  }
  await shot(mia.page, "story-filled");
  expect([...mia.complaints, ...mia.strangers, ...jonas.complaints, ...jonas.strangers]).toEqual([]);
});

test("what is tapped without a line is kept, sent when it is back, and dropped with a word when it came too late", async () => {
  const { shop, shelf } = await openShelfShop(pages, "C1", { "HAND-BALM": 4 });
  const mia = await phoneOf(pages, shop, 0);
  const jonas = await phoneOf(pages, shop, 1);
  await shelf.lift("HAND-BALM", 4);
  const take = { name: "I’ll take it" };
  await mia.page.getByRole("button", take).waitFor();
  await jonas.page.getByRole("button", take).waitFor();

  await mia.context.setOffline(true);
  await mia.page.getByRole("button", take).click();
  await mia.page.getByText("One tap waits for the line.").waitFor();
  await mia.page.getByText("Is sent when the line is back.").waitFor();
  await shot(mia.page, "offline-waiting");
  expect(await jonas.page.getByRole("button", take).isVisible()).toBe(true);
  await mia.context.setOffline(false);
  await jonas.page.getByRole("button", { name: `Taken by ${mia.name}` }).waitFor();
  await mia.page.locator("ol.first .who.me", { hasText: mia.name }).waitFor();
  await mia.page.getByText("One tap waits").waitFor({ state: "detached" });

  // Given back; and now Jonas is faster than her line.
  await mia.page.getByRole("button", { name: /^(Undo|Give back)$/ }).click();
  await jonas.page.getByRole("button", take).waitFor();
  await mia.page.getByRole("button", take).waitFor();
  await mia.context.setOffline(true);
  await mia.page.getByRole("button", take).click();
  await mia.page.getByText("One tap waits for the line.").waitFor();
  await jonas.page.getByRole("button", take).click();
  await jonas.page.locator("ol.first .who.me").waitFor();
  await mia.context.setOffline(false);
  await mia.page.getByText("this came too late").waitFor();
  await mia.page.getByRole("button", { name: `Taken by ${jonas.name}` }).waitFor();
  await shot(mia.page, "offline-too-late");
  await mia.page.getByRole("button", { name: "Seen" }).click();
  expect(await mia.page.getByText("this came too late").count()).toBe(0);
});
