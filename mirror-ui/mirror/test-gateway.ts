import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import type { Viewer } from "#wire/share-words.ts";
import { createTestClips, type TestClips } from "./test-clips.ts";

/**
 * Stands in for the gateway's HTTP only: the built pages with the gateway's security headers, and the few answers the
 * mirror asks for. What it was asked is written down.
 */
export type TestGateway = {
  url: string;
  /** "POST /api/v1/…" in the order asked, API calls only. */
  asked: string[];
  /** What came along with them. */
  bodies: { call: string; authorization: string; body: string }[];
  media: { state: string; step: string; progress: number };
  share: { viewerList: Viewer[]; live: boolean; state: string };
  clips: TestClips;
  /** Whether somebody was called, and who is coming. */
  help: { state: "none" | "asked" | "coming"; by?: string };
  /** Answers a WHIP offer; undefined: no such thing here. */
  answerOffer: ((offer: string) => Promise<string>) | undefined;
  close(): Promise<void>;
};

const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "media-src 'self' blob:",
  "worker-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join("; ");
const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
};
const frame = (name: string, note: string, price: number) => ({
  sku: `GLASSES-${name.toUpperCase()}`,
  name,
  note: `a note on ${note}`,
  colour: note,
  category: "glasses",
  price,
  picture: `glasses-${name.toLowerCase()}`,
});
const SESSION = {
  token: "token-of-this-mirror",
  expiresAt: 4_000_000_000_000,
  shop: {
    name: "Maison Lumen",
    address: "12 Quay Street",
    locale: "en-IE",
    currency: "EUR",
    timeZone: "Asia/Kathmandu",
  },
  items: [
    frame("Orso", "tortoise", 14000),
    frame("Lido", "gilt", 16500),
    frame("Nem", "black", 12500),
    frame("Ferro", "sage", 17900),
    frame("Alba", "oxblood", 15500),
  ],
};

export async function startTestGateway(pages: string): Promise<TestGateway> {
  const state: Pick<TestGateway, "asked" | "bodies" | "media" | "share" | "clips" | "help" | "answerOffer"> = {
    answerOffer: undefined,
    asked: [],
    bodies: [],
    media: { state: "ready", step: "", progress: 1 },
    share: { viewerList: [], live: true, state: "live" },
    clips: createTestClips(),
    help: { state: "none" },
  };
  const answers = (call: string): { status: number; body?: unknown; headers?: Record<string, string> } => {
    const mirror = call.replace("/api/v1/mirrors/M2", "~");
    if (mirror === "POST ~/sessions") return { status: 201, body: SESSION };
    if (mirror === "POST ~/looks") return { status: 200, body: {} };
    if (call === "GET /api/v1/media") return { status: 200, body: state.media };
    if (mirror === "POST ~/help") state.help = { state: "asked" };
    if (mirror === "DELETE ~/help") state.help = { state: "none" };
    if (mirror.endsWith("~/help")) return { status: mirror.startsWith("POST") ? 201 : 200, body: state.help };
    if (mirror === "POST ~/shares")
      return {
        status: 201,
        body: { shareId: "share-1", url: "/s/abc", expiresAt: Date.now() + 1_800_000, maxViewers: 10 },
      };
    if (mirror === "GET ~/shares/share-1") return { status: 200, body: state.share };
    const letGo = /^DELETE ~\/shares\/share-1\/viewers\/(.+)$/.exec(mirror)?.[1];
    if (letGo !== undefined) {
      state.share.viewerList = state.share.viewerList.filter(({ id }) => id !== letGo);
      return { status: 204 };
    }
    if (mirror === "DELETE ~/shares/share-1" || call.startsWith("DELETE /whip/sessions/")) return { status: 204 };
    return { status: 404, body: { title: "Not here" } };
  };
  let published = 0;
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    const call = `${request.method} ${path}`;
    response.setHeader("content-security-policy", POLICY);
    if (path.startsWith("/api/") || path.startsWith("/whip")) {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(Buffer.from(chunk));
      state.asked.push(call);
      const authorization = request.headers.authorization ?? "";
      const bytes = Buffer.concat(chunks);
      state.bodies.push({ call, authorization, body: path.includes("/clips/") ? "" : bytes.toString() });
      if (call === "POST /whip/M2" && state.answerOffer) {
        const answer = await state.answerOffer(bytes.toString());
        published += 1;
        const location = `/whip/sessions/${published}`;
        response.writeHead(201, { "content-type": "application/sdp", location, etag: '"1"' }).end(answer);
        return;
      }
      if (path.includes("/clips")) {
        const reply = state.clips.answer(call, request.headers, bytes);
        if (!reply) request.socket.destroy();
        else response.writeHead(reply.status, reply.headers).end(reply.body && JSON.stringify(reply.body));
        return;
      }
      const { status, body } = answers(call);
      response.writeHead(status, { "content-type": "application/json" });
      response.end(body === undefined ? undefined : JSON.stringify(body));
      return;
    }
    const name = path.startsWith("/mirror/") ? "mirror/index.html" : normalize(path).replace(/^[/\\]+/, "");
    const file = await readFile(join(pages, name)).catch(() => undefined);
    if (!file || name.startsWith("..")) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": TYPES[extname(name)] ?? "application/octet-stream" }).end(file);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return Object.assign(state, {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  });
}
