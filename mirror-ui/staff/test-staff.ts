import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { buildPage, openStandIn, type ShopState, type StandIn } from "./stand-in.ts";

export const phone = { width: 390, height: 844 };
export const tablet = { width: 1280, height: 800 };

export type Opened = {
  page: Page;
  context: BrowserContext;
  /** What broke, or what the page's own policy forbade. */
  complaints: string[];
  /** Paths that were asked for on the page's own host. */
  files: string[];
  /** Addresses on any other host. */
  strangers: string[];
};

type View = { viewport?: { width: number; height: number }; dark?: boolean };

/** Builds the staff page once for a file of tests, and opens it in fresh profiles of one browser. */
export function useStaffPage() {
  let folder = "";
  let browser: Browser | undefined;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "vitrine-staff-"));
    await buildPage("staff", folder);
    browser = await chromium.launch({
      executablePath: process.env.VITRINE_CHROMIUM ?? "/usr/bin/chromium",
      args: [
        ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
        ...["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
      ],
    });
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(address: string, { viewport = phone, dark = false }: View = {}): Promise<Opened> {
    if (!browser) throw new Error("no browser was started");
    const context = await browser.newContext({
      viewport,
      hasTouch: viewport.width < 600,
      colorScheme: dark ? "dark" : "light",
    });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const { origin: own } = new URL(address);
    const [complaints, files, strangers]: [string[], string[], string[]] = [[], [], []];
    page.on("request", (request) => {
      const { protocol, origin, pathname } = new URL(request.url());
      if (origin === own) files.push(pathname);
      else if (protocol.startsWith("http")) strangers.push(request.url());
    });
    page.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(address);
    return { page, context, complaints, files, strangers };
  }

  return {
    /** Where the built page is, for a gateway to serve. */
    folder: () => folder,
    open,
    /** The page before a gateway that only does what it is told. */
    async openAtStandIn(
      state: ShopState,
      path: string,
      { locked = false, ...view }: View & { locked?: boolean } = {},
    ): Promise<Opened & { gateway: StandIn }> {
      const gateway = await openStandIn(folder, state);
      if (locked) gateway.lock(true);
      onTestFinished(() => gateway.close());
      return { ...(await open(gateway.url + path, view)), gateway };
    },
  };
}

/** For looking at: kept where VITRINE_SHOTS says. */
export async function shot(page: Page, name: string): Promise<void> {
  if (process.env.VITRINE_SHOTS) await page.screenshot({ path: join(process.env.VITRINE_SHOTS, `${name}.png`) });
}
