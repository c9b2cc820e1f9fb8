import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import type { Alert, Device, MediaStatus, MirrorView, Shop, StockItem, StreamEvents, Zone } from "#wire/views.ts";

/** For tests: a gateway that only knows the page, the stream and the alerts, and does what it is told. */
export type StandIn = {
  url: string;
  /** Every POST that arrived, oldest first. */
  posts: { path: string; body: unknown }[];
  push<N extends keyof StreamEvents>(name: N, data: StreamEvents[N]): void;
  /** Cuts every stream and refuses new ones until `reachable(true)`. */
  reachable(is: boolean): void;
  /** While locked whoever asks is sent away with 401; signing in unlocks. */
  lock(is: boolean): void;
  /** The next POSTs are answered with this problem; undefined: with 200. */
  refuseWith(problem: { status: number; title: string; detail: string } | undefined): void;
  close(): Promise<void>;
};

export type ShopState = {
  shop: Shop;
  stock: StockItem[];
  alerts: Alert[];
  zones: Zone[];
  devices: Device[];
  mirrors: MirrorView[];
  media: MediaStatus;
  /** What a GET of the API answers besides the stream, by path. */
  answers?: Record<string, unknown>;
};

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".woff2": "font/woff2",
};
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'";

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** Builds one page alone into `dir`, so that a page can be tried while another is being rebuilt. */
export async function buildPage(page: string, dir: string): Promise<void> {
  const root = fileURLToPath(new URL("..", import.meta.url));
  await build({
    root,
    configFile: false,
    logLevel: "error",
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
      outDir: dir,
      emptyOutDir: true,
      target: "es2022",
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      rollupOptions: { input: join(root, page, "index.html") },
    },
  });
}

/** Serves the page built into `dir` as the gateway does, with the same strict policy. Port 0: any free one. */
export async function openStandIn(dir: string, state: ShopState): Promise<StandIn> {
  const streams = new Set<ServerResponse>();
  const posts: StandIn["posts"] = [];
  let journalId = 1;
  let reachable = true;
  let locked = false;
  let problem: Parameters<StandIn["refuseWith"]>[0];

  const frame = (name: string, data: unknown) => `id: ${journalId}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

  function openStream(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    const all = [
      frame("shop", state.shop),
      ...state.stock.map((one) => frame("stock", one)),
      ...state.alerts.map((one) => frame("alert", one)),
      ...state.zones.map((one) => frame("zone", one)),
      ...state.devices.map((one) => frame("device", one)),
      ...state.mirrors.map((one) => frame("mirror", one)),
      frame("media", state.media),
      frame("ready", { journalId }),
    ];
    response.write(`retry: 100\n\n${all.join("")}`);
    streams.add(response);
    response.on("close", () => streams.delete(response));
  }

  async function answerPost(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    let text = "";
    for await (const chunk of request) text += chunk;
    posts.push({ path, body: JSON.parse(text || "null") });
    if (path === "/api/v1/staff/sessions" && !problem) locked = false;
    const [status, body] = problem
      ? [problem.status, { type: "about:blank", ...problem }]
      : [200, { id: state.shop.staff[0]?.id }];
    response.writeHead(status, { "content-type": problem ? "application/problem+json" : "application/json" });
    response.end(JSON.stringify(body));
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? "/", "http://stand-in").pathname;
    if (!reachable) return void request.socket.destroy();
    // knows no passkeys
    if (path === "/api/v1/staff/ways-in") return void response.end('{"passkeysAt":[]}');
    if (locked && request.method === "GET" && path.startsWith("/api/")) return void response.writeHead(401).end("{}");
    if (path === "/api/v1/stream") return openStream(response);
    const known = state.answers?.[path];
    if (request.method === "GET" && known !== undefined) return sendJson(response, 200, known);
    if (request.method === "POST") return answerPost(request, response, path);
    const file = join(dir, normalize(/^\/staff(\/(devices|planogram).*)?$/.test(path) ? "/staff/index.html" : path));
    const content = await readFile(file).catch(() => undefined);
    response.writeHead(content ? 200 : 404, {
      "content-type": types[extname(file)] ?? "application/octet-stream",
      "content-security-policy": policy,
    });
    response.end(content);
  }

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    posts,
    push(name, data) {
      journalId += 1;
      for (const stream of streams) stream.write(frame(name, data));
    },
    reachable(is) {
      reachable = is;
      if (!is) for (const stream of streams) stream.destroy();
    },
    lock(is) {
      locked = is;
    },
    refuseWith(given) {
      problem = given;
    },
    async close() {
      for (const stream of streams) stream.destroy();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
