import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { onTestFinished } from "vitest";
import { temporaryFolder } from "../gateway/test-gateway.ts";

export type Watched = {
  browser: Browser;
  /** A page in a fresh profile; its console errors and requests are watched. */
  open(url: string, options?: { width?: number; height?: number; clock?: boolean }): Promise<Page>;
  /** Closes the browser and tells every host it or a worker of it asked for anything, by Chromium's own network log. */
  hostsAsked(): Promise<string[]>;
  complaints: string[];
};

/** Real Chromium, with a film as camera if one is given. Every request of every page and worker is on record. */
export async function openChromium({ film }: { film?: string } = {}): Promise<Watched> {
  const log = join(temporaryFolder(), "network.json");
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--no-first-run",
      "--disable-quic",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-features=OptimizationHints,MediaRouter,AutofillServerCommunication",
      "--use-angle=swiftshader",
      "--enable-unsafe-swiftshader",
      "--autoplay-policy=no-user-gesture-required",
      "--use-fake-ui-for-media-stream",
      `--log-net-log=${log}`,
      ...(film ? ["--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${film}`] : []),
    ],
  });
  onTestFinished(() => browser.close());
  const complaints: string[] = [];
  const asked = new Set<string>();

  async function watch(context: BrowserContext, page: Page) {
    const cdp = await context.newCDPSession(page);
    await cdp.send("Network.enable");
    cdp.on("Network.requestWillBeSent", ({ request }) => note(request.url));
    cdp.on("Network.webSocketCreated", ({ url }) => note(url));
    context.on("request", (request) => note(request.url()));
    page.on("pageerror", (error) => complaints.push(`${page.url()}: ${error.message}`));
    page.on("console", (message) => {
      if (/Content Security Policy|Uncaught/i.test(message.text())) complaints.push(`${page.url()}: ${message.text()}`);
    });
  }

  function note(url: string) {
    const { protocol, hostname } = new URL(url);
    if (/^(https?|wss?):$/.test(protocol)) asked.add(hostname);
  }

  return {
    browser,
    complaints,
    async open(url, { width = 390, height = 844, clock = false } = {}) {
      const context = await browser.newContext({ viewport: { width, height } });
      const page = await context.newPage();
      if (clock) await page.clock.install();
      await watch(context, page);
      await page.goto(url);
      return page;
    },
    async hostsAsked() {
      await browser.close();
      // Chromium's network process logs what pages, workers and prefetches asked for, whoever watched them. What has no
      // origin as initiator is the browser's own (its updates) or a navigation, which the page's session saw.
      for (const line of readFileSync(log, "utf8").split("\n")) {
        const url = /"url":"((?:https?|wss?):[^"]+)"/.exec(line)?.[1];
        if (url && /"initiator":"(?!not an origin)/.test(line)) note(url);
      }
      return [...asked];
    },
  };
}
