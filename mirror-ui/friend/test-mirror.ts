import type { Browser } from "playwright-core";
import type { FriendHears, FriendSays } from "#wire/share-words.ts";
import type { ShareView } from "#wire/views.ts";
import { type Asked, type Reply, standPage } from "../phone/test-page.ts";
import { mirrorScript } from "./test-mirror-script.ts";

export type Refusing = Extract<FriendHears, { ok: false }>["why"];

/**
 * For tests: a gateway whose video comes from a second browser page. That page draws a moving canvas and meets every
 * player with a peer of its own, so the friend's page gets a real offer, real packets, real frames and real words.
 */
export async function openMirror(browser: Browser, size = { width: 720, height: 1280 }) {
  const page = await browser.newPage();
  await page.setContent("<button>Speak</button><canvas></canvas>");
  await page.evaluate(`(${mirrorScript})(${JSON.stringify(size)})`);
  // a browser lets a page sound only once somebody touched it
  await page.click("button");

  const shop = { shopName: "Vitrine", shopAddress: "Rue des Lisières 14" };
  const item = { name: "Orso", note: "in tortoise", price: 14_000, currency: "EUR" };
  const fresh = (): Gateway => ({
    view: { state: "live", ...shop, item, expiresAt: Date.now() + 1_800_000 },
    shareStatus: 200,
    whepStatus: 201,
    answerStatus: 204,
    problem: "video",
    offers: true,
    sound: false,
    reachable: true,
    ownerKey: "owner-key",
    clip: undefined,
  });
  const gateway = fresh();
  const asked: Asked[] = [];
  const sessions = new Set<string>();
  let count = 0;
  const stand = await standPage({ page: "friend", at: (path) => /^\/s\/[^/]+$/.test(path), answer });

  async function answer(request: Asked): Promise<Reply> {
    asked.push(request);
    const { method, path, body } = request;
    if (path.startsWith("/api/v1/shares/")) return method === "DELETE" ? deleteClip(request) : share();
    if (path.endsWith("/clip")) return clipBytes(request);
    if (method === "DELETE" && sessions.delete(path)) return { status: 200 };
    if (method === "PATCH" && sessions.has(path)) {
      const { answerStatus: status, problem } = gateway;
      if (status !== 204) return { status, body: { type: `/problems/${problem}`, title: "Not now." } };
      await page.evaluate(`accept(${JSON.stringify(path.split("/").at(-1))}, ${JSON.stringify(body)})`);
      return { status: 204 };
    }
    if (method !== "POST" || !path.startsWith("/whep/")) return { status: 404, body: { title: "Nothing here." } };
    const { whepStatus: status, problem } = gateway;
    if (status !== 201) return { status, body: { type: `/problems/${problem}`, title: "Not now." } };
    if (body === "" && !gateway.offers) return { status: 400, body: { title: "Where is the offer?" } };
    count += 1;
    const location = `${path}/sessions/${count}`;
    const text: unknown = await page.evaluate(
      body === ""
        ? `offer("${count}", ${JSON.stringify({ sound: gateway.sound })})`
        : `answer("${count}", ${JSON.stringify(body)})`,
    );
    sessions.add(location);
    const sdp = gateway.reachable ? String(text) : String(text).replace(/^a=candidate.*\r\n/gm, "");
    return { status: 201, text: sdp, headers: { "content-type": "application/sdp", location } };
  }

  function share(): Reply {
    const { shareStatus: status, view } = gateway;
    return status === 200 ? { status, body: view } : { status, body: { title: "This link is over." } };
  }

  function deleteClip({ headers }: Asked): Reply {
    if (headers.authorization !== `Bearer ${gateway.ownerKey}`) return { status: 403, body: { title: "Not yours." } };
    gateway.clip = undefined;
    gateway.view = { state: "over", ...shop };
    return { status: 204 };
  }

  /** Answers ranges, because a browser seeks with them. */
  function clipBytes({ headers }: Asked): Reply {
    const { clip, view } = gateway;
    if (!clip) return { status: 410, body: { title: "This look has gone home." } };
    const common = { "content-type": view.clip?.mime ?? "video/mp4", "accept-ranges": "bytes" };
    const range = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? "");
    if (!range) return { status: 200, bytes: clip, headers: common };
    const from = Number(range[1]);
    const to = Math.min(range[2] ? Number(range[2]) : Number.POSITIVE_INFINITY, clip.length - 1);
    const contentRange = `bytes ${from}-${to}/${clip.length}`;
    return { status: 206, bytes: clip.subarray(from, to + 1), headers: { ...common, "content-range": contentRange } };
  }

  return {
    origin: stand.origin,
    gateway,
    asked,
    sessions,
    /** Everything as it was at the beginning. */
    async reset() {
      Object.assign(gateway, fresh());
      asked.length = 0;
      await page.evaluate("reset()");
    },
    hangUp: () => page.evaluate("hangUp()"),
    /** What friends have said since the last reset. */
    heard: (): Promise<FriendSays[]> => page.evaluate("heard()"),
    tell: (message: FriendHears) => page.evaluate(`tell(${JSON.stringify(message)})`),
    /** From now on everything said is refused. */
    refuse: (why: Refusing) => page.evaluate(`refuse("${why}")`),
    /** Neither beats nor frames come any more, and no line is closed: as when the video's process is killed. */
    goSilent: () => page.evaluate("goSilent()"),
    /** Its microphone is off from now on: sound is offered, and none is sent. */
    hush: () => page.evaluate("hush()"),
    /** A clip of the moving picture, as the browser records it. */
    record: async (ms: number): Promise<Uint8Array> => {
      const text: unknown = await page.evaluate(`record(${ms})`);
      return Buffer.from(String(text), "base64");
    },
    async close() {
      await page.close();
      await stand.close();
    },
  };
}

type Gateway = {
  view: ShareView;
  shareStatus: number;
  whepStatus: number;
  /** What is said to the answer to its offer. */
  answerStatus: number;
  /** Type of the problem where WHEP is refused. */
  problem: string;
  /** Whether it makes the offer when it gets none. */
  offers: boolean;
  sound: boolean;
  /** Whether its offers name a way to its video. */
  reachable: boolean;
  ownerKey: string;
  clip: Uint8Array | undefined;
};
