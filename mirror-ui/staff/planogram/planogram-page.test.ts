import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import type { Planogram } from "#wire/stock-views.ts";
import { type Booted, bootGateway } from "../../../gateway/test-gateway.ts";
import { shopOfDevices } from "../test-devices.ts";
import { findFaults } from "../test-faults.ts";
import { phone, shot, tablet, useStaffPage } from "../test-staff.ts";

// The true gateway and the true page: what is dragged here is where it belongs everywhere.

const pages = useStaffPage();
const bootShop = () => bootGateway({ pagesFolder: pages.folder() });
const placesIn = async (shop: Booted, shelf: string) => {
  const { shelves } = (await shop.api<Planogram>("GET", "/api/v1/planogram")).value;
  return shelves.find(({ id }) => id === shelf)?.plates.map(({ plate, sku }) => `${plate} ${sku}`);
};
const place = (page: Page, spot: string) => page.locator(`.planned [data-spot="${spot}"]`);
const save = (page: Page) => page.getByRole("button", { name: "Save", exact: true }).click();

/** By a finger: down on the one, to the right end of the other, up. */
async function drag(page: Page, from: string, to: string) {
  await place(page, from).waitFor();
  const [a, b] = [await place(page, from).boundingBox(), await place(page, to).boundingBox()];
  if (!a || !b) throw new Error("both are drawn");
  await page.mouse.move(a.x + a.width / 2, a.y + a.height / 2);
  await page.mouse.down();
  await page.mouse.move(b.x + b.width / 2, b.y + b.height / 2, { steps: 6 });
  await page.mouse.move(b.x + b.width - 2, b.y + b.height / 2);
  await shot(page, "planogram-dragging");
  await page.mouse.up();
}

test("a product dragged to another plate on a phone belongs there once it is saved, and a second page sees it move", async () => {
  const shop = await bootShop();
  const second = await pages.open(`${shop.url}/staff/planogram/C2`, { viewport: tablet, dark: true });
  const { page, complaints, strangers } = await pages.open(`${shop.url}/staff/planogram/C2`);
  await place(second.page, "1/SERUM-AMBER").waitFor();
  await drag(page, "2/SERUM-NIGHT", "1/SERUM-AMBER");
  await place(page, "1/SERUM-NIGHT").waitFor();
  await page.getByText("Serum, night 30 ml moves from plate 2 to plate 1.").waitFor();
  await shot(page, "planogram-phone");
  expect(await page.evaluate(findFaults)).toEqual([]);
  // nothing has changed for anybody yet
  expect(await placesIn(shop, "C2")).toEqual(["1 SERUM-AMBER", "2 SERUM-NIGHT"]);
  await page.getByLabel("Why, for the others").fill("Side by side sells");
  await save(page);
  await expect.poll(() => placesIn(shop, "C2")).toEqual(["1 SERUM-AMBER", "1 SERUM-NIGHT"]);
  await place(second.page, "1/SERUM-NIGHT").waitFor();
  await second.page.getByText(/Version 1, by Mia.*Side by side sells/).waitFor();
  await shot(second.page, "planogram-tablet-dark");
  // the shelf itself is drawn so too
  await page.goto(`${shop.url}/staff#shelf/C2`);
  await page.getByRole("img", { name: /^Shelf C2/ }).waitFor();
  await shot(page, "planogram-shelf");
  expect([...complaints, ...second.complaints, ...strangers]).toEqual([]);
});

test("with the keyboard alone: moved, made wider, more room, taken off, thrown away", async () => {
  const shop = await bootShop();
  const { page } = await pages.open(`${shop.url}/staff/planogram/C1`, { viewport: tablet });
  await place(page, "1/HAND-BALM").focus();
  await page.keyboard.press("ArrowRight");
  await place(page, "2/HAND-BALM").waitFor();
  // the focus went along
  await page.keyboard.press("+");
  await page.getByRole("group", { name: "Width" }).getByText("55 %").waitFor();
  await page.getByRole("button", { name: "More, room for" }).press("Enter");
  await page.getByText("Hand balm 75 ml moves from plate 1 to plate 2, room for 13 instead of 12.").waitFor();
  await shot(page, "planogram-keyboard");
  expect(await page.evaluate(findFaults)).toEqual([]);
  await place(page, "3/SOAP-CEDAR").focus();
  await page.keyboard.press("Delete");
  await page.getByText("Soap, cedar leaves plate 3 of shelf C1.").waitFor();
  await page.getByRole("button", { name: "Throw away" }).press("Enter");
  await place(page, "1/HAND-BALM").waitFor();
  expect(await placesIn(shop, "C1")).toEqual(["1 HAND-BALM", "2 HAND-BALM-30", "3 SOAP-CEDAR", "4 SOAP-OAT"]);
});

test("somebody else saved in between: both changes stand, and the older version can be brought back", async () => {
  const shop = await bootShop();
  const { page } = await pages.open(`${shop.url}/staff/planogram/C2`);
  await drag(page, "2/SERUM-NIGHT", "1/SERUM-AMBER");
  const theirs = [{ id: "D1", plates: [] }];
  await shop.api("PUT", "/api/v1/planogram", { body: { basedOn: 0, shelves: theirs }, headers: { origin: shop.url } });
  await page.getByText("Mia saved version 1 meanwhile.").waitFor();
  await shot(page, "planogram-overtaken");
  await page.getByRole("button", { name: "Put mine on top of it" }).click();
  await save(page);
  await expect.poll(() => placesIn(shop, "C2")).toEqual(["1 SERUM-AMBER", "1 SERUM-NIGHT"]);
  expect(await placesIn(shop, "D1")).toEqual([]);
  await page.locator("summary").click();
  await page.getByRole("button", { name: /Bring this back.*version 0/ }).click();
  await page.getByText("Serum, night 30 ml moves from plate 1 to plate 2.").waitFor();
  await save(page);
  await expect.poll(() => placesIn(shop, "C2")).toEqual(["1 SERUM-AMBER", "2 SERUM-NIGHT"]);
  expect(await placesIn(shop, "D1")).toEqual(["1 LIPS-BRICK", "2 LIPS-CORAL"]);
});

test("a product is added by its name, and a table is tried before it is saved", async () => {
  const shop = await bootShop();
  const { page } = await pages.open(`${shop.url}/staff/planogram/F1`);
  await page.getByLabel("Name, SKU or barcode of the product").fill("fell scarf");
  await page.getByRole("button", { name: /Fell scarf/ }).click();
  await place(page, "3/SCARF-WOOL").waitFor();
  await save(page);
  await expect.poll(() => placesIn(shop, "F1")).toEqual(["1 SCENT-TRAVEL", "2 LIP-BALM", "3 SCARF-WOOL"]);
  const bring = (name: string, table: string) =>
    page.locator('input[type="file"]').setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(table) });
  await bring("wrong.csv", "shelf;plate;sku;capacity\nF1;1;SCENT-TRAVL;12\n");
  await page.getByText("wrong.csv does not fit the shop yet.").waitFor();
  await page.getByText("Did you mean SCENT-TRAVEL?").waitFor();
  await shot(page, "planogram-table");
  await bring("right.csv", "shelf;plate;sku;capacity;x;width\nF1;1;SCENT-TRAVEL;12;0,25;0,5\n");
  await page.getByText("Fell scarf leaves plate 3 of shelf F1.").waitFor();
  await page.getByRole("button", { name: "Save this table" }).click();
  await expect.poll(() => placesIn(shop, "F1")).toEqual(["1 SCENT-TRAVEL"]);
});

test.each([
  ["a phone", phone, false],
  ["a phone at night", phone, true],
  ["a tablet", tablet, false],
] as const)("an associate sees where everything belongs, and changes nothing, on %s", async (name, viewport, dark) => {
  const state = shopOfDevices("staff");
  const shelves = state.shop.shelves.map(({ id, plates }) => ({ id, plates }));
  state.answers["/api/v1/planogram"] = { version: 2, at: Date.now(), by: "mia", shelves };
  state.answers["/api/v1/planogram/versions"] = [{ version: 2, at: Date.now(), by: "mia", changes: 1 }];
  const { page, complaints } = await pages.openAtStandIn(state, "/staff/planogram/C1", { viewport, dark });
  await page.getByText("Managers change it.").waitFor();
  await drag(page, "2/C1-2", "1/C1-1");
  await place(page, "1/C1-1").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Delete");
  expect(await page.locator(".planned .place").count()).toBe(2);
  expect(await page.getByRole("button", { name: "Save", exact: true }).count()).toBe(0);
  expect(await page.getByLabel("Name, SKU or barcode of the product").count()).toBe(0);
  expect(await page.evaluate(findFaults)).toEqual([]);
  await shot(page, `planogram-associate-${name.replaceAll(" ", "-")}`);
  expect(complaints).toEqual([]);
});
