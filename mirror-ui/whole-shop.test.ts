import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, test, vi } from "vitest";
import { prepareMediaWorker } from "../gateway/install/media-worker.ts";
import { silentLog } from "../gateway/log.ts";
import { type Booted, basketAdvert, bootGateway, temporaryFolder } from "../gateway/test-gateway.ts";
import { drawPoses, FRAMES_PER_SECOND, writeFilm } from "./mirror/test-camera.ts";
import { openChromium } from "./test-browser.ts";

// The true gateway and the true pages in a true browser; only the camera's film and the devices' packets are ours.

const waitMs = 60_000;
vi.setConfig({ testTimeout: 4 * waitMs });
const seed = Number(process.env.MIRROR_SEED ?? Math.floor(Math.random() * 1e6));
const tolerancePx = 3;

let seq = 0;
async function weigh(shop: Booted, sku: string, count: number) {
  const shelf = shop.loaded.config.shelves.find(({ plates }) => plates.some((plate) => plate.sku === sku));
  const plate = shelf?.plates.find((candidate) => candidate.sku === sku)?.plate;
  const grams = (shop.loaded.items.find((item) => item.sku === sku)?.grams ?? 0) * count;
  const device = await shop.mqtt(`scale-${++seq}`);
  const reading = JSON.stringify({ boot: 1, seq, plates: [{ plate, grams }] });
  await device.publishAsync(`store/main/shelf/${shelf?.device}/reading`, reading, { qos: 1 });
}

const bootWithVideo = () =>
  bootGateway({ prepareVideo: (onStatus) => prepareMediaWorker({ log: silentLog, onStatus }) });

test("a packet on MQTT is an alert on the staff page, without a reload", async () => {
  const shop = await bootGateway();
  await weigh(shop, "HAND-BALM", 4);
  const chromium = await openChromium();
  const page = await chromium.open(`${shop.url}/staff`);
  await page.getByText("Nothing is waiting").first().waitFor();
  await weigh(shop, "HAND-BALM", 0);
  await page
    .getByText(/Shelf \w+ (is empty|has a gap)/)
    .first()
    .waitFor();
  await page
    .getByText(/Hand balm/)
    .first()
    .waitFor();
  await page.getByRole("button", { name: "I’ll take it" }).click();
  await expect
    .poll(async () => (await shop.api<{ by?: string }[]>("GET", "/api/v1/alerts")).value[0]?.by)
    .toBeDefined();
  await weigh(shop, "HAND-BALM", 8);
  await page.getByText("Nothing is waiting").first().waitFor();
  expect(chromium.complaints).toEqual([]);
  expect(await chromium.hostsAsked()).toEqual(["127.0.0.1"]);
});

/** A receiver hears the basket until something waits on the phone. */
async function carryInto(shop: Booted, zone: string, { basket, until }: { basket: number; until: Page }) {
  const receiver = shop.loaded.config.receivers.find((candidate) => candidate.zone === zone);
  const device = await shop.mqtt("receiver");
  const walk = async () => {
    const adverts = [{ mac: "c3:00:00:00:00:07", rssi: -50, data: basketAdvert(shop.loaded.config.baskets, basket) }];
    const message = JSON.stringify({ boot: 1, seq: ++seq, adverts });
    await device.publishAsync(`store/main/ble/${receiver?.id}/adverts`, message, { qos: 1 });
    return until.getByRole("button", { name: "Show my code" }).first().isVisible();
  };
  await expect.poll(walk, { timeout: waitMs, interval: 250 }).toBe(true);
}

test("a shopper joins by the basket's code, walks into a zone, gets an offer, and the till takes its code once", async () => {
  const shop = await bootGateway();
  const rule = shop.loaded.offers[0]!;
  await weigh(shop, rule.sku, 6);
  const link = shop.gateway.links().find(({ href }) => href.includes("basket=1"))!;
  const chromium = await openChromium();
  const page = await chromium.open(link.href);
  await page.getByRole("button", { name: "Join for this visit" }).click();
  await page.getByRole("switch", { name: "Where my basket is" }).click();
  await page.getByRole("switch", { name: "Offers on this phone" }).click();
  await page.getByRole("button", { name: "Save and go on" }).click();
  await page.getByRole("heading", { name: "Nothing is waiting." }).waitFor();

  await carryInto(shop, rule.zone, { basket: 1, until: page });
  await page.getByText(rule.why).waitFor();
  const answer = page.waitForResponse((response) => response.url().endsWith("/shoppers/me/offers"));
  await page.reload();
  const [offer]: { code: string }[] = await (await answer).json();
  await page.getByRole("button", { name: "Show my code" }).first().click();
  await page.getByRole("img", { name: "QR code" }).waitFor();

  const redeem = (key: string) =>
    shop.api("POST", `/api/v1/offers/${offer?.code}/redeem`, { headers: { "idempotency-key": key }, body: {} });
  const tills = await Promise.all(["till-1", "till-2", "till-3"].map(redeem));
  expect(tills.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  await page.getByRole("heading", { name: /^Used / }).waitFor({ state: "attached" });
  expect(chromium.complaints).toEqual([]);
  expect(await chromium.hostsAsked()).toEqual(["127.0.0.1"]);
});

test("the mirror finds the face, draws the glasses, publishes by WHIP, and a friend's page plays moving frames until the link is taken back", async () => {
  console.log(`fake camera seed: MIRROR_SEED=${seed}`);
  const shop = await bootWithVideo();
  const film = join(temporaryFolder(), "person.y4m");
  const [pose] = await drawPoses(seed, 1);
  await writeFilm(film, [{ pixels: pose!.pixels, frames: 2 * FRAMES_PER_SECOND }]);
  const chromium = await openChromium({ film });
  const mirror = await chromium.open(`${shop.url}/mirror/mirror-1`, { width: 540, height: 960 });
  await mirror.getByRole("button", { name: /begin/i }).click();
  await mirror.waitForFunction(() => window.vitrineMirror.drawn > 2, undefined, { timeout: waitMs });
  await mirror.waitForFunction(
    ([right, left, tolerance]) => {
      const face = window.vitrineMirror.face;
      const off = (a: { x: number; y: number }, b: { x: number; y: number }) => Math.hypot(a.x - b.x, a.y - b.y);
      return face !== undefined && off(face.rightEye, right) < tolerance && off(face.leftEye, left) < tolerance;
    },
    [pose!.rightEye, pose!.leftEye, tolerancePx] as const,
    { timeout: waitMs },
  );
  await mirror.screenshot({ path: join(process.env.VITRINE_SHOTS ?? temporaryFolder(), "mirror.png") });

  await expect
    .poll(async () => (await shop.api<{ state: string }>("GET", "/api/v1/media")).value.state, { timeout: 10 * waitMs })
    .toBe("ready");
  await mirror.getByRole("button", { name: "Show a friend" }).click();
  const code = mirror.getByRole("img", { name: /^Code for http/ });
  await code.waitFor({ timeout: waitMs });
  const link = ((await code.getAttribute("aria-label")) ?? "").replace("Code for ", "");

  const friend = await chromium.open(link);
  const frames = () => friend.evaluate(() => Number(document.documentElement.dataset.frames ?? 0));
  await expect.poll(frames, { timeout: waitMs }).toBeGreaterThan(30);
  await friend.screenshot({ path: join(process.env.VITRINE_SHOTS ?? temporaryFolder(), "friend.png") });

  await mirror.getByText("Stop showing").click();
  await friend.getByText("This look has gone home").waitFor();
  expect(chromium.complaints).toEqual([]);
  expect(await chromium.hostsAsked()).toEqual(["127.0.0.1"]);
});

test("no page asks another host for anything, not even after a minute and a half", async () => {
  const shop = await bootGateway();
  const film = join(temporaryFolder(), "person.y4m");
  const [pose] = await drawPoses(seed, 1);
  await writeFilm(film, [{ pixels: pose!.pixels, frames: FRAMES_PER_SECOND }]);
  const chromium = await openChromium({ film });
  for (const path of ["/", "/staff", "/phone", "/mirror/mirror-1", "/s/no-such-link"]) {
    const page = await chromium.open(shop.url + path, { clock: true });
    if (path.startsWith("/mirror")) {
      await page.getByRole("button", { name: /begin/i }).click();
      await page.waitForFunction(() => window.vitrineMirror.drawn > 2, undefined, { timeout: waitMs });
    } else await page.getByRole("heading").first().waitFor();
    await page.clock.fastForward(95_000);
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  }
  expect(chromium.complaints).toEqual([]);
  expect(await chromium.hostsAsked()).toEqual(["127.0.0.1"]);
});
