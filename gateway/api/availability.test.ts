import { once } from "node:events";
import { createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import type { StockItem } from "#wire/views.ts";
import { createAvailabilityHub } from "./availability-stream.ts";
import type { StreamMessage } from "./ports.ts";
import { openTestShop } from "./test-shop.ts";

const jumper = (sku: string, size: string): StockItem => ({
  ...{ sku, gtin: "5412345678908", name: "Jumper", size, colour: "moss", style: "JUMPER" },
  ...{ category: "knitwear", picture: "jumper", price: 9000, confidence: 1, at: 1, places: [] },
  ...{ onShelf: 3, reserved: 1, available: 2, setAside: 1, inHands: 1 },
});

/** A stream of its own behind a true server, for two jumpers. */
async function openStream(more: Partial<Parameters<typeof createAvailabilityHub>[0]> = {}) {
  const items = [jumper("JUMPER-S", "S"), jumper("JUMPER-M", "M")];
  const listeners = new Set<(message: StreamMessage) => void>();
  const hub = createAvailabilityHub({
    stream: {
      lastJournalId: () => 1,
      since: () => undefined,
      subscribe(send) {
        listeners.add(send);
        return () => listeners.delete(send);
      },
    },
    views: { stock: () => items, stockItem: (sku) => items.find((item) => item.sku === sku) },
    everyMs: 20,
    ...more,
  });
  const server = createServer((request, response) => hub.open(request.socket.remoteAddress ?? "", response, {}));
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => {
    hub.close();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    hub,
    listeners,
    /** What is on the shelf now; told to the stream as the gateway does. */
    changes(sku: string, available: number) {
      for (const item of items) if (item.sku === sku) item.available = available;
      const data = items.find((item) => item.sku === sku);
      for (const send of listeners) send({ id: 2, event: "stock", data });
    },
    async listen() {
      const request = get({ port, host: "127.0.0.1" });
      const [response] = (await once(request, "response")) as [IncomingMessage];
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
    },
  };
}
const told = (text: string) =>
  [...text.matchAll(/^event: availability\ndata: (.+)$/gm)].map(([, data = "{}"]) => JSON.parse(data));

test("a website hears of every product how many can be had, and nothing else", async () => {
  const shop = await openStream();
  const website = await shop.listen();
  expect(website.response.headers).toMatchObject({ "access-control-allow-origin": "*", "cache-control": "no-store" });
  const gtin = "5412345678908";
  expect(told(await website.until("event: ready"))).toEqual([
    { gtin, sku: "JUMPER-S", available: 2, at: 1 },
    { gtin, sku: "JUMPER-M", available: 2, at: 1 },
  ]);
});

test("what changes within a moment is told once, as it is then; what is as it was is not told", async () => {
  const shop = await openStream();
  const website = await shop.listen();
  await website.until("event: ready");
  shop.changes("JUMPER-M", 1);
  shop.changes("JUMPER-M", 2);
  shop.changes("JUMPER-S", 1);
  shop.changes("JUMPER-S", 0);
  const text = await website.until('"available":0');
  expect(told(text).slice(2)).toMatchObject([{ sku: "JUMPER-S", available: 0 }]);
});

test("one address may listen a few times, and makes room when it goes", async () => {
  const shop = await openStream({ maxPerAddress: 2 });
  const first = await shop.listen();
  await first.until("event: ready");
  await (await shop.listen()).until("event: ready");
  expect(shop.hub.hasRoom("127.0.0.1")).toBe(false);
  expect(shop.hub.hasRoom("192.0.2.7")).toBe(true);
  first.close();
  await expect.poll(() => shop.hub.hasRoom("127.0.0.1")).toBe(true);
});

test("the shop as a whole serves a bounded number of listeners, and counts them", async () => {
  const shop = await openStream({ maxListeners: 1 });
  await (await shop.listen()).until("event: ready");
  expect(shop.hub.hasRoom("192.0.2.7")).toBe(false);
  expect(shop.hub.counters()[0]).toMatchObject({ name: "vitrine_availability_listeners", value: 1 });
});

test("anyone may listen without signing in, and hears that the line is alive", async () => {
  const { api } = openTestShop({ demo: false });
  const { port } = await api.start();
  const request = get({ port, host: "127.0.0.1", path: "/api/v1/availability/stream" });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  onTestFinished(() => void request.destroy());
  expect(response.headers["content-type"]).toBe("text/event-stream");
  let text = "";
  for await (const chunk of response) {
    text += chunk;
    if (text.includes(": still here")) break;
  }
  expect(text).not.toMatch(/ben|ana|place|reserved|shelf/i);
});

test("a product in all its sizes and colours, and 304 when nothing changed", async () => {
  const { app, items } = openTestShop({ demo: false });
  items.push(jumper("JUMPER-S", "S"), jumper("JUMPER-M", "M"));
  const url = "/api/v1/availability?style=JUMPER";
  const answer = await app.inject({ url, headers: { origin: "https://shop.example", "sec-fetch-site": "cross-site" } });
  expect(answer.headers["access-control-allow-origin"]).toBe("*");
  expect(answer.json()).toMatchObject({
    style: "JUMPER",
    items: [
      { sku: "JUMPER-S", size: "S", colour: "moss", available: 2 },
      { sku: "JUMPER-M", size: "M", colour: "moss", available: 2 },
    ],
  });
  expect(answer.body).not.toMatch(/inHands|setAside|reserved/);
  const headers = { "if-none-match": String(answer.headers.etag) };
  expect((await app.inject({ url, headers })).statusCode).toBe(304);
  expect((await app.inject("/api/v1/availability?style=NOTHING")).statusCode).toBe(404);
  expect((await app.inject(`${url}&gtin=5412345678908`)).statusCode).toBe(400);
});
