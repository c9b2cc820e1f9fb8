import { gzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { cutOff, openBrowser, openPhone } from "./test-page.ts";
import { coatOffer, openShop } from "./test-shop.ts";

let browser: Browser;
let shop: Awaited<ReturnType<typeof openShop>>;

beforeAll(async () => {
  [browser, shop] = await Promise.all([openBrowser(), openShop()]);
});
afterAll(async () => {
  await browser?.close();
  await shop?.close();
});

async function phone() {
  const opened = await openPhone(browser);
  shop.offers.clear();
  onTestFinished(() => opened.page.context().close());
  return opened;
}

const heading = (page: Page, words: string) => page.getByRole("heading", { level: 1, name: words });
const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();

/** Joins with basket 7 and says yes to place and offers. Ends when the line to the shop stands. */
async function joinWithOffers(page: Page): Promise<void> {
  await page.goto(`${shop.origin}/phone#basket=7&key=signed`);
  await press(page, "Join for this visit");
  await page.getByRole("switch", { name: "Where my basket is" }).click();
  await page.getByRole("switch", { name: "Offers on this phone" }).click();
  await press(page, "Save and go on");
  await heading(page, "Nothing is waiting.").waitFor();
  await page.getByText("connecting", { exact: true }).waitFor({ state: "detached" });
}

test("a shopper joins with a basket, says yes, gets an offer live and shows its code until the till has used it", async () => {
  const { page, complaints, hosts } = await phone();
  const scripts: string[] = [];
  page.on("response", (response) => scripts.push(response.url()));
  await page.goto(`${shop.origin}/phone#basket=7&key=signed`);
  await page.getByText("Basket 7 is yours for this visit.").waitFor();
  expect(page.url()).toBe(`${shop.origin}/phone`);
  expect(scripts.filter((url) => url.includes("mqtt"))).toEqual([]);

  await press(page, "Join for this visit");
  await heading(page, "What may the shop know?").waitFor();
  await page.getByText("All off is fine.").waitFor();
  const switches = page.getByRole("switch");
  expect(await switches.evaluateAll((all) => all.map((one) => one.getAttribute("aria-checked")))).toEqual([
    "false",
    "false",
    "false",
  ]);
  await page.getByRole("switch", { name: "Where my basket is" }).click();
  await page.getByRole("switch", { name: "Offers on this phone" }).click();
  await press(page, "Save and go on");
  await heading(page, "Nothing is waiting.").waitFor();
  expect(shop.state.consents).toEqual({ presence: true, offers: true, mirror: false });
  const sent = shop.asked.filter(({ path }) => path.endsWith("/consents")).map(({ body }) => JSON.parse(body));
  expect(sent.at(-1).textVersion).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  expect(shop.state.basket).toBe("basket-7");

  await page.getByText("connecting", { exact: true }).waitFor({ state: "detached" });
  await shop.give(coatOffer(Date.now()));
  await page.getByText("€63 off this coat,").first().waitFor();
  await page.getByRole("status").getByText("New offer. €63 off this coat").waitFor({ state: "attached" });
  await page.getByText("Your basket is by the coats, and 38 is here.").waitFor();
  expect(await cutOff(page)).toEqual([]);

  await press(page, "Show my code");
  await page.getByRole("img", { name: "QR code" }).waitFor();
  await page.getByRole("img", { name: "L I N 4 2 K" }).waitFor();
  await page.getByRole("row", { name: "At the till €357" }).waitFor();
  const offer = coatOffer(Date.now());
  await shop.give({ ...offer, state: "used", usedAt: Date.now() });
  await page.getByRole("heading", { name: /^Used / }).waitFor({ state: "attached" });
  expect(await page.getByRole("img", { name: "QR code" }).count()).toBe(0);
  expect(complaints).toEqual([]);
  expect([...hosts]).toEqual([new URL(shop.origin).host]);
});

test("an offer that came while the phone had no line is there when it is back", async () => {
  const { page } = await phone();
  await joinWithOffers(page);
  await page.context().setOffline(true);
  shop.cutLines();
  await page.getByText(/^reconnecting since \d\d:\d\d$/).waitFor();
  await shop.give(coatOffer(Date.now()));
  await page.context().setOffline(false);
  await page.getByText("€63 off this coat,").first().waitFor();
  await page.getByText(/^reconnecting/).waitFor({ state: "detached" });
});

test("an offer that arrives later does not slip under the finger of somebody who reads another", async () => {
  const { page } = await phone();
  await joinWithOffers(page);
  const now = Date.now();
  await shop.give(coatOffer(now));
  await heading(page, "€63 off this coat,").waitFor();
  const frame = { offerId: "O2", code: "ORS19PQ4", name: "Orso", picture: "glasses-orso", price: 14_000 };
  await shop.give({ ...coatOffer(now + 1), ...frame, offerPrice: 12_600 });
  await page.getByRole("heading", { name: "Also waiting" }).waitFor();
  expect(await heading(page, "€63 off this coat,").count()).toBe(1);
});

test("putting an offer away and wanting no more take one press each", async () => {
  const { page } = await phone();
  await joinWithOffers(page);
  await shop.give(coatOffer(Date.now()));
  await press(page, "Send no more offers");
  await page.getByText("No more offers will come.").first().waitFor();
  expect(shop.state.consents).toEqual({ presence: true, offers: false, mirror: false });
  await press(page, "Not for me");
  await heading(page, "Nothing is waiting.").waitFor();
  await page.getByText("Offers are off. That is fine.").waitFor();
  expect(shop.offers.get("LIN42K")?.state).toBe("dismissed");
});

test("forgetting erases the shopper in the shop and everything on the phone", async () => {
  const { page } = await phone();
  await joinWithOffers(page);
  await page.getByRole("link", { name: "Privacy" }).click();
  await page.getByText(/^S-\d+QF7$/).waitFor();
  await press(page, "Forget me now");
  await press(page, "Keep me");
  expect(shop.state.erased).toBe(false);
  await press(page, "Forget me now");
  await press(page, "Forget me");
  await heading(page, "Forgotten, as you asked").waitFor();
  expect(shop.state.erased).toBe(true);
  expect(await page.evaluate(() => JSON.stringify(localStorage))).toBe("{}");
});

test("a phone that the shop no longer knows is told so and may join again", async () => {
  const { page } = await phone();
  await joinWithOffers(page);
  shop.state.erased = true;
  await page.reload();
  await heading(page, "This visit is over").waitFor();
  await press(page, "Join again");
  await heading(page, "What may the shop know?").waitFor();
});

test("without a basket joining works, and the page says what does not", async () => {
  const { page } = await phone();
  await page.goto(`${shop.origin}/phone`);
  await page.getByText("No basket is with this phone.").waitFor();
  await press(page, "Join for this visit");
  await press(page, "Go on with all off");
  await heading(page, "Nothing is waiting.").waitFor();
  expect(shop.state.consents).toEqual({ presence: false, offers: false, mirror: false });
});

test("everything from joining to the code can be done with the keyboard alone", async () => {
  const { page } = await phone();
  const keys = page.keyboard;
  const focused = () =>
    page.evaluate(
      () => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent?.trim(),
    );
  await page.goto(`${shop.origin}/phone#basket=7&key=signed`);
  await page.getByText("Basket 7 is yours").waitFor();
  await keys.press("Tab");
  expect(await focused()).toBe("Join for this visit");
  await keys.press("Enter");
  await heading(page, "What may the shop know?").waitFor();
  await keys.press("Tab");
  await keys.press("Space");
  await keys.press("Tab");
  await keys.press("Space");
  await keys.press("Tab");
  await keys.press("Tab");
  expect(await focused()).toBe("Save and go on");
  await keys.press("Enter");
  await heading(page, "Nothing is waiting.").waitFor();
  expect(shop.state.consents).toEqual({ presence: true, offers: true, mirror: false });
  await shop.give(coatOffer(Date.now()));
  await page.getByRole("button", { name: "Show my code" }).waitFor();
  await keys.press("Tab");
  expect(await focused()).toBe("Show my code");
  await keys.press("Enter");
  await page.getByRole("img", { name: "QR code" }).waitFor();
});

test("nothing is cut off from right to left, with letters twice the size, or on a narrow phone", async () => {
  const { page } = await phone();
  await joinWithOffers(page);
  await shop.give(coatOffer(Date.now()));
  await page.getByRole("button", { name: "Show my code" }).waitFor();
  const look = async () => {
    const found: string[] = [];
    for (const hash of ["#offers", "#privacy", "#code"]) {
      await page.evaluate((next) => {
        location.hash = next;
      }, hash);
      await page.getByRole("heading", { level: 1 }).waitFor({ state: "attached" });
      found.push(...(await cutOff(page)));
    }
    return found;
  };
  await page.evaluate(() => {
    document.documentElement.dir = "rtl";
  });
  expect(await look()).toEqual([]);
  await page.setViewportSize({ width: 320, height: 568 });
  expect(await look()).toEqual([]);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.evaluate(() => {
    document.documentElement.style.fontSize = "32px";
  });
  expect(await look()).toEqual([]);
});

test("the first load is light: under 100 kB without fonts, under 50 kB of fonts, and no MQTT before joining", async () => {
  const { page } = await phone();
  const loads: { url: string; bytes: Promise<Buffer> }[] = [];
  page.on("response", (response) => loads.push({ url: response.url(), bytes: response.body() }));
  await page.goto(`${shop.origin}/phone`, { waitUntil: "networkidle" });
  const sized = await Promise.all(
    loads.map(async ({ url, bytes }) => ({ url, bytes: await bytes.catch(() => Buffer.alloc(0)) })),
  );
  const sum = (numbers: number[]) => numbers.reduce((all, one) => all + one, 0);
  const fonts = sized.filter(({ url }) => url.endsWith(".woff2")).map(({ bytes }) => bytes.length);
  const rest = sized.filter(({ url }) => !url.endsWith(".woff2")).map(({ bytes }) => gzipSync(bytes).length);
  expect(sum(fonts)).toBeGreaterThan(0);
  expect(sum(fonts)).toBeLessThanOrEqual(50_000);
  expect(sum(rest)).toBeGreaterThan(5_000);
  expect(sum(rest)).toBeLessThanOrEqual(100_000);
  expect(loads.filter(({ url }) => url.includes("mqtt"))).toEqual([]);
});
