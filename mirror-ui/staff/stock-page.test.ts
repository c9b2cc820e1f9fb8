import { expect, test } from "vitest";
import type { AvailabilityDay, Delivery } from "#wire/stock-views.ts";
import type { StockItem } from "#wire/views.ts";
import { findFaults } from "./test-faults.ts";
import { openShelfShop, phoneOf } from "./test-shelf-shop.ts";
import { alert, smallShop } from "./test-small-shop.ts";
import { phone, shot, tablet, useStaffPage } from "./test-staff.ts";

// Counting by hand, what is held, the day, and the bell.

const pages = useStaffPage();

test("what a scale calls empty and is not is counted by hand, and the alert goes", async () => {
  const { shop, shelf } = await openShelfShop(pages, "C1", { "HAND-BALM": 4 });
  const { page, complaints } = await phoneOf(pages, shop, 0);
  await shelf.lift("HAND-BALM", 4);
  await page.getByRole("link", { name: "It is not empty" }).click();
  await page.getByRole("heading", { name: "Hand balm 75 ml" }).waitFor();
  await page.getByRole("button", { name: "7", exact: true }).click();
  await page.getByRole("button", { name: "One more" }).click();
  await shot(page, "count");
  await page.getByRole("button", { name: "There are 8" }).click();
  await page.getByText("8 × Hand balm 75 ml. Counted.").waitFor();
  const counted = await shop.api<StockItem>("GET", "/api/v1/stock/HAND-BALM");
  expect(counted.value.places.find(({ shelf }) => shelf === "C1")?.count).toBe(8);
  await page.getByRole("link", { name: /^Next: / }).waitFor();
  await page.getByRole("link", { name: "Done" }).click();
  await page.getByRole("heading", { name: "Nothing is waiting" }).waitFor();
  expect(complaints).toEqual([]);
});

test("without a line a count waits like everything else", async () => {
  const { shop } = await openShelfShop(pages, "C1", { "HAND-BALM": 4 });
  const { page, context } = await phoneOf(pages, shop, 0);
  await page.evaluate(() => {
    location.hash = "#count/C1/1/HAND-BALM";
  });
  await page.getByRole("button", { name: "One more" }).waitFor();
  await context.setOffline(true);
  await page.keyboard.press("5");
  await page.getByRole("button", { name: "There are 5" }).click();
  await page.getByText("It is sent when the line is back.").waitFor();
  await context.setOffline(false);
  await expect
    .poll(async () => (await shop.api<StockItem>("GET", "/api/v1/stock/HAND-BALM")).value.places[0]?.count)
    .toBe(5);
});

test("a barcode leads to its place: by the number under it, and through the camera where the browser can", async () => {
  const { shop } = await openShelfShop(pages, "C1", {});
  const gtin = shop.loaded.items.find(({ sku }) => sku === "SOAP-OAT")?.gtin ?? "";
  const { page, context, complaints } = await phoneOf(pages, shop, 0);
  const open = async () => {
    await page.getByRole("link", { name: "Shelves" }).click();
    await page.getByRole("link", { name: "Count", exact: true }).click();
    await page.getByRole("heading", { name: "What are you counting?" }).waitFor();
  };
  await open();
  await page.getByText("This browser cannot read barcodes by itself.").waitFor();
  await shot(page, "count-find");
  const number = page.getByLabel("The number under the barcode");
  await number.fill("123");
  await page.getByRole("button", { name: "Find" }).click();
  await page.getByRole("alert").filter({ hasText: "That is no complete number." }).waitFor();
  await number.fill(gtin);
  await number.press("Enter");
  await page.getByRole("heading", { name: "Soap, oat" }).waitFor();

  // A phone whose browser has a detector; the camera is Chromium's own fake one, the code is the one held before it.
  await context.addInitScript(
    (code) => {
      const detect = async (video: HTMLVideoElement) => (video.videoWidth > 0 ? [{ rawValue: code }] : []);
      Object.assign(window, {
        BarcodeDetector: function BarcodeDetector() {
          return { detect };
        },
      });
    },
    `https://id.gs1.org/01/${gtin.padStart(14, "0")}`,
  );
  await page.reload();
  await page.getByRole("heading", { name: "Soap, oat" }).waitFor();
  await open();
  await page.getByRole("button", { name: "Scan a barcode" }).click();
  await page.getByRole("heading", { name: "Soap, oat" }).waitFor();
  expect(complaints).toEqual([]);
});

test("a reservation is fetched from the list, stands as put aside, and is collected", async () => {
  const { shop } = await openShelfShop(pages, "C1", { "HAND-BALM": 6 });
  const { page } = await phoneOf(pages, shop, 0);
  await expect
    .poll(async () => (await shop.api<StockItem>("GET", "/api/v1/stock/HAND-BALM")).value.available)
    .toBeGreaterThan(0);
  const body = { sku: "HAND-BALM", quantity: 1, label: "4711" };
  await shop.api("POST", "/api/v1/reservations", { headers: { "idempotency-key": "web-4711" }, body });
  await page.locator("ol.first li", { hasText: "Fetch Hand balm 75 ml for 4711" }).waitFor();
  await page.getByRole("link", { name: "Shelves" }).click();
  await page.getByRole("link", { name: "Held, 1" }).click();
  await page.getByRole("heading", { name: "1 to fetch" }).waitFor();
  await page.getByRole("button", { name: "It is put aside" }).click();
  await page.getByRole("heading", { name: "1 put aside" }).waitFor();
  await shot(page, "held");
  await page.getByRole("button", { name: "Collected" }).click();
  await page.getByRole("heading", { name: "Nothing is held for anyone" }).waitFor();
  // What somebody was called is forgotten with it.
  const row = page.locator(".rows li", { hasText: /^Hand balm 75 mlcollected \d\d:\d\d$/ });
  await row.waitFor();
});

const hourMs = 3_600_000;

function oneDay(): AvailabilityDay {
  const opened = Date.now() - 4 * hourMs;
  return {
    day: "2026-11-20",
    points: Array.from({ length: 16 }, (_, i) => ({ at: opened + i * 900_000, available: i === 6 ? 0.5 : 1 })),
    places: [
      {
        ...{ shelf: "C1", plate: 1, sku: "BALM", emptyMs: 34 * 60_000, lowMs: 0, available: 0.8 },
        empty: [[opened + hourMs, opened + hourMs + 34 * 60_000]],
      },
    ],
  };
}

/** A shop with a day behind it, goods on their way, and somebody of this role at the page. */
function stockedShop(role: "staff" | "manager") {
  const delivery: Delivery = {
    ...{ id: "d1", state: "expected", lines: [{ sku: "BALM", quantity: 24 }] },
    ...{ expectedAt: Date.now() + hourMs, at: Date.now(), by: "mia" },
  };
  const answers = {
    "/api/v1/staff/me": { role, id: "mia", name: "Mia" },
    "/api/v1/history/availability": oneDay(),
    "/api/v1/reservations": [],
    "/api/v1/deliveries": [delivery],
    "/api/v1/restock": [
      {
        ...{ sku: "BALM", shelf: "C1", plate: 1, count: 2, capacity: 8, expected: 5, quantity: 6 },
        until: Date.now() + hourMs,
      },
    ],
  };
  return { ...smallShop([alert("a1")]), answers };
}

test("the day is a line, a list of what stood empty and when, and numbers; arrow keys walk along it", async () => {
  const { page, complaints } = await pages.openAtStandIn(stockedShop("staff"), "/staff#day");
  await page.getByText(/^One place stood empty\. Fewest had goods at \d\d:\d\d, 50\u00a0%/).waitFor();
  const place = page.locator(".empties li", { hasText: "C1, Hand balm 75 ml" });
  expect(await place.textContent()).toMatch(/34\u00a0min\d\d:\d\d to \d\d:\d\d/);
  const time = page.getByRole("slider", { name: "Time of the day" });
  expect(await time.getAttribute("aria-valuetext")).toMatch(/^\d\d:\d\d: 100\u00a0% of the places had goods$/);
  await time.focus();
  for (let i = 0; i < 9; i++) await page.keyboard.press("ArrowLeft");
  expect(await time.getAttribute("aria-valuetext")).toMatch(/50\u00a0% of the places had goods$/);
  await page.getByText("The day in numbers").click();
  expect(await page.getByRole("row").count()).toBe(5);
  await page.getByRole("link", { name: "The day before" }).click();
  await page.getByRole("heading", { name: "Yesterday" }).waitFor();
  await page.getByRole("link", { name: "The day after" }).click();
  await page.getByRole("heading", { name: "Today" }).waitFor();
  expect(complaints).toEqual([]);
});

test("a manager books what came; an associate is not shown what only managers may do", async () => {
  const { page, gateway } = await pages.openAtStandIn(stockedShop("manager"), "/staff#held");
  await page.getByRole("button", { name: "All of it came" }).click();
  await expect.poll(() => gateway.posts).toEqual([{ path: "/api/v1/deliveries/d1/receive", body: {} }]);

  const other = await pages.openAtStandIn(stockedShop("staff"), "/staff#held");
  await other.page.getByRole("heading", { name: "Nothing is held for anyone" }).waitFor();
  expect(await other.page.getByText("On its way").count()).toBe(0);
});

test("what to bring before the rush stands under what is open, only when there is something", async () => {
  const { page } = await pages.openAtStandIn(stockedShop("staff"), "/staff");
  await page.getByRole("heading", { name: /^Bring before \d\d:\d\d$/ }).waitFor();
  expect(await page.locator(".restock li").textContent()).toContain("6 ×Hand balm 75 mlC1");
  const { page: none } = await pages.openAtStandIn(smallShop([alert("a1")]), "/staff");
  await none.getByRole("heading", { name: "First this one" }).waitFor();
  expect(await none.getByText("Bring before").count()).toBe(0);
});

test("the page is silent until somebody wants sound, and then rings only for what cannot wait", async () => {
  const { page, context, gateway } = await pages.openAtStandIn(stockedShop("staff"), "/staff#health");
  await context.addInitScript(() => {
    const { start } = OscillatorNode.prototype;
    OscillatorNode.prototype.start = function ring(this: OscillatorNode, ...at) {
      document.documentElement.dataset.tones = String(Number(document.documentElement.dataset.tones ?? 0) + 1);
      start.apply(this, at);
    };
  });
  await page.reload();
  const tones = () => page.evaluate(() => Number(document.documentElement.dataset.tones ?? 0));
  const sound = page.getByRole("switch", { name: "Sound" });
  expect(await sound.getAttribute("aria-checked")).toBe("false");
  gateway.push("alert", alert("a2"));
  await page.getByText("New: Shelf C1 is empty.").waitFor({ state: "attached" });
  expect(await tones()).toBe(0);

  await sound.click();
  await expect.poll(tones).toBe(2);
  gateway.push("alert", alert("a3", { kind: "low", severity: "wait" }));
  await page.getByText("New: Shelf C1 is low.").waitFor({ state: "attached" });
  expect(await tones()).toBe(2);
  gateway.push("alert", alert("a3", { kind: "low", severity: "wait", escalated: 1 }));
  await page.getByText(/Shelf C1 is low\. Nobody has looked for/).waitFor({ state: "attached" });
  await expect.poll(tones).toBe(4);
  gateway.push("alert", alert("a4"));
  await expect.poll(tones).toBe(6);
  await page.reload();
  expect(await sound.getAttribute("aria-checked")).toBe("true");
});

for (const [name, viewport, dark] of [
  ["a phone by day", phone, false],
  ["a phone by night", phone, true],
  ["a tablet by day", tablet, false],
  ["a tablet by night", tablet, true],
] as const) {
  test(`on ${name} counting, the day and what is held are whole, named, large enough to touch and plain to read`, async () => {
    const { page, complaints } = await pages.openAtStandIn(stockedShop("manager"), "/staff", { viewport, dark });
    for (const view of ["count", "count/C1/1/BALM", "held", "day", "shelf/C1", "now"]) {
      await page.evaluate((hash) => {
        location.hash = hash;
      }, view);
      await page.locator("h1").waitFor();
      await expect.poll(() => page.locator("[aria-busy=true]").count()).toBe(0);
      expect(await page.evaluate(findFaults), `${view} on ${name}`).toEqual([]);
    }
    expect(complaints).toEqual([]);
  });
}
