import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { buildVisionModels } from "../../gateway/install/vision-models.ts";
import { drawPoses, emptyRoom, FRAMES_PER_SECOND, type Pose, writeFilm } from "./test-camera.ts";
import { startTestGateway, type TestGateway } from "./test-gateway.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const seed = Number(process.env.MIRROR_SEED ?? Math.floor(Math.random() * 1e6));
/** Somebody stays and goes for this long: enough to be noticed on a slow machine. */
const HELD_FRAMES = 8 * FRAMES_PER_SECOND;
export const WAIT_MS = 60_000;

export type Visit = { page: Page; gateway: TestGateway; complaints: string[] };
export type Visits = {
  /** Filled before the first test. */
  poses: Pose[];
  /** Where the built pages are, once the tests run. */
  pagesFolder(): string;
  /** A mirror page before this film; undefined: there is no camera. */
  visit(film: string | undefined, viewport?: { width: number; height: number }): Promise<Visit>;
};

export async function launchBefore(film: string | undefined): Promise<Browser> {
  const camera = film ? ["--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${film}`] : [];
  return chromium.launch({
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
      "--use-fake-ui-for-media-stream",
      "--autoplay-policy=no-user-gesture-required",
      // without it the two pages would have to find each other by multicast names
      "--disable-features=WebRtcHideLocalIpsWithMdns",
      ...camera,
    ],
  });
}

/** For a test file: builds the pages and the camera's films once, and opens mirrors before them. */
export function createVisits({ comesAndGoes = false } = {}): Visits {
  const poses: Pose[] = [];
  let folder = "";

  beforeAll(async () => {
    console.log(`fake camera seed: MIRROR_SEED=${seed}`);
    folder = await mkdtemp(join(tmpdir(), "mirror-"));
    await buildVisionModels(join(root, "mirror-ui/public/vision"));
    await build({
      root: join(root, "mirror-ui"),
      configFile: join(root, "vite.config.ts"),
      logLevel: "error",
      build: { outDir: join(folder, "pages"), emptyOutDir: true },
    });
    poses.push(...(await drawPoses(seed, 2)));
    // whoever stands still in front of the camera waits for the slowest machine
    for (const [index, { pixels }] of poses.entries())
      await writeFilm(join(folder, `pose-${index}.y4m`), [{ pixels, frames: FRAMES_PER_SECOND }]);
    if (!comesAndGoes || !poses[0]) return;
    await writeFilm(join(folder, "comes-and-goes.y4m"), [
      { pixels: poses[0].pixels, frames: HELD_FRAMES },
      { pixels: emptyRoom(), frames: HELD_FRAMES },
    ]);
  }, 240_000);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  return {
    poses,
    pagesFolder: () => join(folder, "pages"),
    async visit(film, viewport = { width: 540, height: 960 }) {
      const gateway = await startTestGateway(join(folder, "pages"));
      const browser = await launchBefore(film && join(folder, film));
      onTestFinished(async () => {
        await browser.close();
        await gateway.close();
      });
      const context = await browser.newContext({ viewport });
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("request", (request) => {
        const url = request.url();
        if (!url.startsWith(gateway.url) && !url.startsWith("data:") && !url.startsWith("blob:"))
          complaints.push(`asked ${url}`);
      });
      page.on("console", (message) => {
        if (/Content Security Policy/i.test(message.text())) complaints.push(message.text());
      });
      await page.goto(`${gateway.url}/mirror/M2`);
      return { page, gateway, complaints };
    },
  };
}

export const begin = (page: Page) => page.getByRole("button", { name: /begin/i }).click();
export const wearing = (page: Page) =>
  page.waitForFunction(() => window.vitrineMirror.drawn > 2, undefined, { timeout: WAIT_MS });
