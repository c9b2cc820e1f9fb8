import { once } from "node:events";
import { createServer, get, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { silentLog } from "../log.ts";
import type { Stream, StreamMessage, Views } from "./ports.ts";
import { createStreamHub } from "./stream.ts";
import { openTestShop } from "./test-shop.ts";

type Shop = ReturnType<typeof openTestShop>;

/** A page that listens: `until` waits for text to have come and gives everything so far. */
async function listen(shop: Shop, headers: Record<string, string> = {}) {
  const { port } = shop.api.server.listening ? addressOf(shop) : await shop.api.start();
  const request = get({ port, host: "127.0.0.1", path: "/api/v1/stream", headers });
  const [response]: [IncomingMessage] = (await once(request, "response")) as [IncomingMessage];
  onTestFinished(() => void request.destroy());
  let text = "";
  response.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  return {
    response,
    close: () => request.destroy(),
    async until(part: string) {
      while (!text.includes(part)) await once(response, "data");
      return text;
    },
  };
}

function addressOf({ api }: Shop): { port: number } {
  const address = api.server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address;
}

const events = (text: string) => [...text.matchAll(/^event: (.+)$/gm)].map(([, name]) => name);

test("a page is told the whole state, then that it is complete, then the news", async () => {
  const shop = openTestShop();
  const page = await listen(shop);
  expect(page.response.headers).toMatchObject({ "content-type": "text/event-stream", "cache-control": "no-store" });
  expect(page.response.headers["content-security-policy"]).toContain("default-src 'none'");
  const state = await page.until("event: ready\ndata: ");
  expect(events(state)).toEqual([
    "shop",
    "planogram",
    "stock",
    "stock",
    "alert",
    "reservation",
    "reservation",
    "zone",
    "device",
    "media",
    "inbox",
    "mirror",
    "ready",
  ]);
  shop.publish({ id: 101, event: "zone", data: { zone: "entrance", occupancy: 3 } });
  expect(await page.until('occupancy":3')).toContain(
    'id: 101\nevent: zone\ndata: {"zone":"entrance","occupancy":3}\n\n',
  );
});

test("a page that was away gets what it missed, the last it saw once more, and not the whole state", async () => {
  const shop = openTestShop();
  const message = (id: number): StreamMessage => ({ id, event: "zone", data: { occupancy: id } });
  for (const id of [101, 102, 103]) shop.publish(message(id));
  const page = await listen(shop, { "last-event-id": "102" });
  const text = await page.until("event: ready");
  expect(events(text)).toEqual(["zone", "zone", "device", "media", "inbox", "mirror", "ready"]);
  expect(text).toContain("id: 102\n");
  expect(text).not.toContain("id: 101\n");
});

test("news of one moment leaves in the order of the journal, and `ready` claims no more than was told", async () => {
  const shop = openTestShop();
  const page = await listen(shop);
  expect(await page.until('{"journalId":100}\n\n')).toContain("id: 100\nevent: ready\n");
  for (const id of [103, 101, 102]) shop.publish({ id, event: "zone", data: { id } });
  const text = await page.until("id: 103\n");
  expect([...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => id)).toEqual(["100", "101", "102", "103"]);
});

test.each(["5", "999999", "yesterday", "-1", "1e3"])(
  "a page that says it last saw %s gets everything again",
  async (id) => {
    const shop = openTestShop();
    const text = await (await listen(shop, { "last-event-id": id })).until("event: ready");
    expect(events(text)[0]).toBe("shop");
  },
);

test("a quiet shop still says that it is there", async () => {
  const page = await listen(openTestShop());
  await page.until(": still here");
});

test("a page that does not read is dropped and counted; the others go on", async () => {
  const shop = openTestShop();
  const good = await listen(shop);
  await good.until("event: ready");
  const { port } = addressOf(shop);
  const slow: Socket = connect(port, "127.0.0.1");
  onTestFinished(() => void slow.destroy());
  slow.pause();
  slow.write("GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const dropped = async () => /streams_dropped_total (\d+)/.exec((await shop.app.inject("/metrics")).body)?.[1];
  const streams = async () => /vitrine_streams (\d+)/.exec((await shop.app.inject("/metrics")).body)?.[1];
  while ((await streams()) !== "2") await new Promise(setImmediate);
  for (let id = 101; (await dropped()) === "0"; id += 1) {
    shop.publish({ id, event: "device", data: { text: "x".repeat(200_000) } });
    await good.until(`id: ${id}\n`);
  }
  expect(await dropped()).toBe("1");
  shop.publish({ id: 90_000, event: "zone", data: {} });
  await good.until("id: 90000\n");
});

test("a page that leaves is forgotten", async () => {
  const shop = openTestShop();
  const page = await listen(shop);
  await page.until("event: ready");
  page.close();
  while (!(await shop.app.inject("/metrics")).body.includes("vitrine_streams 0")) await new Promise(setImmediate);
});

test("closing the gateway ends the streams", async () => {
  const shop = openTestShop();
  const page = await listen(shop);
  await page.until("event: ready");
  const ended = once(page.response, "close");
  await shop.api.close();
  await ended;
});

test("when all places are taken, one more page is asked to come again", async () => {
  const listeners = new Set<unknown>();
  const views = {
    planogram: () => ({ version: 0, at: 0, by: "file", shelves: [] }),
    shop: () => ({}),
    stock: () => [],
    alerts: () => [],
    reservations: () => [],
    doubts: () => [],
    zones: () => [],
    devices: () => [],
  };
  const rest = {
    media: () => ({}),
    inboxCounts: () => ({ topics: 0, total: 0 }),
    mirrors: () => [],
    rollouts: () => [],
  };
  const stream: Stream = {
    lastJournalId: () => 1,
    since: () => undefined,
    subscribe(send) {
      listeners.add(send);
      return () => listeners.delete(send);
    },
  };
  const hub = createStreamHub({
    stream,
    views: { ...views, ...rest } as unknown as Views,
    log: silentLog,
    maxStreams: 1,
  });
  const server = createServer((request, response) => hub.open(request, response, {})).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  expect(hub.isFull()).toBe(false);
  const address = server.address();
  const request = get({ port: typeof address === "object" ? address?.port : 0, host: "127.0.0.1" });
  await once(request, "response");
  expect(hub.isFull()).toBe(true);
  hub.close();
  expect(listeners.size).toBe(0);
});
