import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import sharp from "sharp";
import { root } from "../commands/setting.ts";
import { drawFilm } from "./fake-camera.ts";
import { type Demo, startDemo } from "./screenshot-demo.ts";

/**
 * Pictures of every page for the documentation, from the true demo in a true browser, in daylight and at night:
 * node gateway/drills/screenshots.ts [FOLDER]. Takes some minutes when the video worker has to be made first.
 */
const folder = resolve(process.argv[2] ?? join(root, "gateway", "docs", "images"));
const maxBytes = 200_000;
const waitMs = 90_000;
/** The video worker may have to be compiled first. */
const videoWaitMs = 15 * 60_000;

const sizes = {
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
  tablet: { viewport: { width: 1180, height: 820 }, deviceScaleFactor: 1.25 },
  mirror: { viewport: { width: 1080, height: 1920 }, deviceScaleFactor: 0.8 },
};
/** Everybody in the pictures is in the shop, so one clock goes for all of them. */
const visitor = {
  colorScheme: "light",
  reducedMotion: "reduce",
  locale: "en-IE",
  timezoneId: "Europe/Brussels",
} as const;
type Size = (typeof sizes)[keyof typeof sizes];

const temporary = mkdtempSync(join(tmpdir(), "vitrine-screenshots-"));
const film = join(temporary, "person.mjpeg");
mkdirSync(folder, { recursive: true });
writeFileSync(film, await drawFilm());

let demo: Demo | undefined;
let browser: Browser | undefined;
try {
  demo = await startDemo(join(temporary, "data"));
  browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--no-first-run",
      "--disable-quic",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--use-angle=swiftshader",
      "--enable-unsafe-swiftshader",
      "--autoplay-policy=no-user-gesture-required",
      "--use-fake-ui-for-media-stream",
      "--use-fake-device-for-media-stream",
      `--use-file-for-fake-video-capture=${film}`,
    ],
  });
  await showPhone(demo);
  await showStaff(demo);
  await showShelves(demo);
  await showDevices(demo);
  await showMirror(demo);
  await showFriend(demo);
} finally {
  await browser?.close();
  await demo?.close();
  rmSync(temporary, { recursive: true, force: true });
}

async function open(url: string, size: Size): Promise<Page> {
  if (!browser) throw new Error("the browser is not there");
  const context = await browser.newContext({ ...size, ...visitor });
  const page = await context.newPage();
  page.setDefaultTimeout(waitMs);
  await page.goto(url);
  return page;
}

/** Both themes of what the page shows now. Smaller quality rather than a file that nobody waits for. */
async function take(page: Page, name: string) {
  for (const [scheme, suffix] of [
    ["light", ""],
    ["dark", "-dark"],
  ] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    // the page may move its colours over: two drawn frames later it has
    await page.evaluate(async () => {
      await document.fonts.ready;
      for (let frame = 0; frame < 2; frame++) await new Promise((next) => requestAnimationFrame(next));
      const ending = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity);
      await Promise.allSettled(ending.map(({ finished }) => finished));
    });
    const shot = await page.screenshot({ timeout: waitMs });
    let quality = 90;
    let image = await sharp(shot).webp({ quality }).toBuffer();
    while (image.length > maxBytes && quality > 40) {
      quality -= 10;
      image = await sharp(shot).webp({ quality }).toBuffer();
    }
    writeFileSync(join(folder, `${name}${suffix}.webp`), image);
    console.log(`${name}${suffix}.webp  ${Math.round(image.length / 1000)} kB`);
  }
  await page.context().close();
}

/** A shopper joins with basket 1, which the simulated shop carries about, and waits for an offer. */
async function showPhone({ phone }: Demo) {
  const page = await open(phone, sizes.phone);
  await page.getByRole("button", { name: "Join for this visit" }).click();
  await page.getByRole("switch", { name: "Where my basket is" }).click();
  await page.getByRole("switch", { name: "Offers on this phone" }).click();
  await page.getByRole("button", { name: "Save and go on" }).click();
  await page.getByRole("button", { name: "Show my code" }).first().waitFor();
  await take(page, "phone-offer");
}

/** The shop when it has something to tell: alerts of both kinds, and people in it. */
async function showStaff({ url }: Demo) {
  const ask = async (path: string): Promise<Record<string, unknown>[]> => (await fetch(new URL(path, url))).json();
  const isTelling = async () => {
    const [alerts, zones] = [await ask("/api/v1/alerts"), await ask("/api/v1/zones")];
    const people = zones.reduce((sum, { occupancy }) => sum + Number(occupancy), 0);
    return alerts.length >= 3 && alerts.some(({ severity }) => severity === "stop") && people >= 4;
  };
  const until = Date.now() + waitMs;
  while (!(await isTelling())) {
    if (Date.now() > until) throw new Error("the simulated shop had nothing to tell");
    await new Promise((next) => setTimeout(next, 1_000));
  }
  for (const [name, size] of [
    ["staff-phone", sizes.phone],
    ["staff-tablet", sizes.tablet],
  ] as const) {
    const page = await open(`${url}/staff`, size);
    await page
      .getByText(/^Shelf .* has a gap|is empty/)
      .first()
      .waitFor();
    await take(page, name);
  }
}

/** One shelf with what its counts rest on, and where everything belongs. */
async function showShelves({ url }: Demo) {
  const shelf = await open(`${url}/staff#shelf/C4`, sizes.phone);
  await shelf
    .getByText(/Scale says/)
    .first()
    .waitFor();
  await take(shelf, "staff-shelf");
  const planogram = await open(`${url}/staff/planogram/C4`, sizes.tablet);
  await planogram.getByRole("heading", { name: "Where everything belongs" }).waitFor();
  await take(planogram, "staff-planogram");
}

/** The fleet, with what waits to be adopted; and the question where it stands, on the phone held next to it. */
async function showDevices({ url }: Demo) {
  const fleet = await open(`${url}/staff/devices`, sizes.tablet);
  await fleet.getByRole("link", { name: "tasmota-scale9" }).first().waitFor();
  await take(fleet, "staff-devices");
  const adopt = await open(`${url}/staff/devices/new/tasmota-scale9`, sizes.phone);
  await adopt.getByRole("button", { name: "Next" }).click();
  await take(adopt, "staff-adopt");
}

async function showMirror({ url }: Demo) {
  const idle = await open(`${url}/mirror/mirror-2`, sizes.mirror);
  await idle.getByText("The camera is off.").waitFor();
  await take(idle, "mirror-idle");
  const page = await open(`${url}/mirror/mirror-2`, sizes.mirror);
  await page.getByRole("button", { name: /begin/i }).click();
  await page.waitForFunction(() => window.vitrineMirror.drawn > 12);
  await take(page, "mirror-tryon");
}

/** What a friend sees of the simulated mirror. */
async function showFriend(running: Demo) {
  const page = await open(await running.share(videoWaitMs), sizes.phone);
  await page.waitForFunction(() => Number(document.documentElement.dataset.frames ?? 0) > 45);
  await take(page, "friend-live");
}
