import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { build } from "vite";

/** For tests of the phone's and the friend's page: the built page behind a small server, in the real browser. */
export type Reply = {
  status: number;
  body?: unknown;
  text?: string;
  bytes?: Uint8Array;
  headers?: Record<string, string>;
};
export type Asked = { method: string; path: string; headers: IncomingMessage["headers"]; body: string };
export type Stand = { server: Server; origin: string; close(): Promise<void> };

const root = fileURLToPath(new URL("..", import.meta.url));
const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".woff2": "font/woff2",
};
/** As strict as the gateway's. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
  "connect-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'";

/** Builds one page as the product is built, into a folder of its own. */
export async function buildPage(page: "phone" | "friend"): Promise<string> {
  const outDir = await mkdtemp(join(tmpdir(), "vitrine-page-"));
  await build({
    configFile: false,
    root,
    logLevel: "silent",
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    publicDir: false,
    build: {
      outDir,
      emptyOutDir: true,
      target: "es2022",
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      rollupOptions: { input: { [page]: join(root, page, "index.html") } },
    },
  });
  return outDir;
}

/** Builds one page and serves it at `at`; everything else goes to `answer`. */
export async function standPage(options: {
  page: "phone" | "friend";
  at: (path: string) => boolean;
  answer: (asked: Asked) => Reply | Promise<Reply>;
}): Promise<Stand> {
  const outDir = await buildPage(options.page);
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? "/", "http://x").pathname;
    if (path.startsWith("/assets/")) return send(response, join(outDir, path));
    if (options.at(path)) return send(response, join(outDir, options.page, "index.html"));
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = "GET", headers } = request;
    const reply = await options.answer({ method, path, headers, body: Buffer.concat(chunks).toString() });
    response.writeHead(reply.status, { "content-type": "application/json", ...reply.headers });
    response.end(reply.bytes ?? reply.text ?? (reply.body === undefined ? "" : JSON.stringify(reply.body)));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  const origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  const close = async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    await rm(outDir, { recursive: true, force: true });
  };
  return { server, origin, close };
}

async function send(response: ServerResponse, file: string): Promise<void> {
  try {
    const bytes = await readFile(file);
    const type = types[extname(file)] ?? "application/octet-stream";
    response.writeHead(200, { "content-type": type, "content-security-policy": policy });
    response.end(bytes);
  } catch {
    response.writeHead(404).end();
  }
}

export async function openBrowser(): Promise<Browser> {
  const quiet = ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
  return chromium.launch({
    executablePath: process.env.VITRINE_CHROMIUM ?? "/usr/bin/chromium",
    // Both ends of a test's video are on this machine, where nobody answers for a hidden .local name.
    args: ["--no-sandbox", "--disable-quic", "--disable-features=WebRtcHideLocalIpsWithMdns", ...quiet],
  });
}

/** A page of a phone, and everything it asked of other hosts or complained about. */
export async function openPhone(browser: Browser, colorScheme: "light" | "dark" = "light") {
  const context = await browser.newContext({
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
    hasTouch: true,
    colorScheme,
    locale: "en-IE",
    timezoneId: "Europe/Brussels",
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) complaints.push(message.text());
  });
  const hosts = new Set<string>();
  const note = (url: string) => /^(https?|wss?):/.test(url) && hosts.add(new URL(url).host);
  page.on("request", (request) => note(request.url()));
  page.on("websocket", (socket) => note(socket.url()));
  return { page, complaints, hosts };
}

/** What in the page is wider than its window; empty when nothing is cut off. */
export async function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>(".app *:not(svg *)")]
      .filter((element) => !element.classList.contains("unseen-text") && !element.closest(".unseen-text"))
      .filter((element) => {
        const { left, right } = element.getBoundingClientRect();
        return left < -0.5 || right > innerWidth + 0.5;
      })
      .map((element) => `${element.tagName} ${element.className}`),
  );
}
