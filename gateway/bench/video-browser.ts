import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { build } from "vite";
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

/**
 * A context whose every page runs one of the bench's own files before its own scripts, whatever its content security policy
 * says. It is there at once: nothing that a page does first may pass unseen.
 */
export async function openContext(browser: Browser, file: string, viewport: Size): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport });
  const content = await bundled(file);
  await context.addInitScript({ content });
  return context;
}

/** A page at the gateway's own address that holds the bench's end of things: video-page.ts. */
export async function openBenchPage(browser: Browser, gatewayUrl: string): Promise<Page> {
  const context = await openContext(browser, "video-page.ts", { width: 200, height: 200 });
  const page = await context.newPage();
  const address = `${gatewayUrl}/bench/`;
  // the gateway knows nothing of this page
  await page.route(address, (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><body>" }));
  await page.goto(address);
  return page;
}

type Size = { width: number; height: number };
const bundles = new Map<string, Promise<string>>();

/** One of the bench's own files, with what it imports, as one script for a browser. */
function bundled(name: string): Promise<string> {
  const known = bundles.get(name) ?? bundle(name);
  bundles.set(name, known);
  return known;
}

async function bundle(name: string): Promise<string> {
  const entry = join(import.meta.dirname, name);
  const built = await build({
    configFile: false,
    logLevel: "error",
    build: { write: false, target: "esnext", lib: { entry, formats: ["iife"], name: "bench_file" } },
  });
  const [first] = Array.isArray(built) ? built : [built];
  const chunk = first && "output" in first ? first.output.find(({ type }) => type === "chunk") : undefined;
  if (chunk?.type !== "chunk") throw new Error(`${name} does not build`);
  return chunk.code;
}
