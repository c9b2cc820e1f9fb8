import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { transformWithOxc } from "vite";
import { ensureDebianTools, findProgram } from "../install/debian-packages.ts";

/** Real Chromium. Pages that nobody looks at must run as if somebody did, and the two ends share no fast path. */
export async function openBrowser({ graphics = false } = {}): Promise<Browser> {
  await ensureDebianTools(["chromium"]);
  return chromium.launch({
    executablePath: (await findProgram("chromium")) ?? "chromium",
    args: [
      "--no-sandbox",
      "--no-first-run",
      "--disable-quic",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-features=WebRtcHideLocalIpsWithMdns",
      "--autoplay-policy=no-user-gesture-required",
      "--disable-renderer-backgrounding",
      "--disable-backgrounding-occluded-windows",
      "--disable-background-timer-throttling",
      "--use-fake-ui-for-media-stream",
      ...(graphics
        ? ["--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-gpu-compositing"]
        : ["--disable-gpu"]),
    ],
  });
}

const html = `<!doctype html><meta charset="utf-8"><title>bench</title><body><script type="module" src="video-page.ts"></script>`;

/** Answers what pages of this context ask below /bench/ of the gateway, which itself knows nothing of it. */
export async function serveBench(context: BrowserContext, gatewayUrl: string): Promise<void> {
  await context.route(`${gatewayUrl}/bench/**`, async (route) => {
    const name = new URL(route.request().url()).pathname.split("/").at(-1) ?? "";
    if (name === "") return route.fulfill({ contentType: "text/html", body: html });
    return route.fulfill({ contentType: "text/javascript", body: await browserSource(name) });
  });
}

/** A page at the gateway's own address that holds the bench's end of things: video-page.ts. */
export async function openBenchPage(browser: Browser, gatewayUrl: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 200, height: 200 } });
  await serveBench(context, gatewayUrl);
  const page = await context.newPage();
  await page.goto(`${gatewayUrl}/bench/`);
  await page.waitForFunction("window.bench !== undefined");
  return page;
}

/** One of the bench's own files as JavaScript for a browser. */
async function browserSource(name: string): Promise<string> {
  const file = join(import.meta.dirname, name);
  const { code } = await transformWithOxc(await readFile(file, "utf8"), file, { target: "esnext", sourcemap: false });
  return code;
}
