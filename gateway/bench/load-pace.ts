import { get } from "node:http";
import type { LoadedConfig } from "#wire/store-config.ts";
import type { Jobs } from "./load-jobs.ts";
import { connectRaw } from "./raw-mqtt.ts";
import { createReadings, dealOut, platesOf } from "./shelf-load.ts";

const connections = 10;
const tickMs = 1;
/** What is measured before this is start-up: empty caches, code that is not compiled yet. */
const warmUpMs = 12_000;

/** `at`: epoch ms of the reading. */
type Seen = { count: number; at: number };
type Listener = (sku: string, seen: Seen) => void;
type StockSaid = { sku: string; onShelf: number; at: number };

/** Sends readings evenly spread over time and notes when the gateway's listeners know the new count. */
export async function pace(shop: LoadedConfig, ask: Jobs["pace"]["ask"]): Promise<Jobs["pace"]["answer"]> {
  const storeId = shop.config.store.id;
  const boot = Date.now();
  const outstanding = createOutstanding();
  const listener =
    ask.listen === "page"
      ? await listenAsPage(ask.url, outstanding.seen)
      : await listenAsSubscriber(ask.port, storeId, outstanding.seen);
  const publishers = await Promise.all(
    dealOut(platesOf(shop), connections).map(async (plates, index) => {
      const client = await connectRaw(ask.port, `bench-pace-${boot}-${index}`);
      return { client, readings: createReadings(storeId, plates, boot) };
    }),
  );

  let sent = 0;
  const from = performance.now();
  outstanding.measureFrom(from + warmUpMs);
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const elapsed = performance.now() - from;
      if (elapsed > ask.seconds * 1_000 + warmUpMs) {
        clearInterval(timer);
        resolve();
        return;
      }
      const due = Math.floor((elapsed * ask.perSecond) / 1_000);
      for (; sent < due; sent++) {
        const publisher = publishers[sent % publishers.length];
        if (!publisher) continue;
        const { topic, payload, plate, count, at } = publisher.readings.next(1);
        outstanding.sent(plate.sku, { count, at });
        publisher.client.publish(topic, payload);
        publisher.client.flush();
      }
    }, tickMs);
  });
  await outstanding.drained();
  listener.close();
  for (const { client } of publishers) client.close();
  return { sent, ...outstanding.result() };
}

/**
 * What was sent and not yet seen, by product. A count and when it was measured say which reading a listener knows: counts
 * of a plate go round, and after a long delay two of them wait that are alike. A newer one answers for the older ones that
 * it replaced on the way.
 */
function createOutstanding() {
  const bySku = new Map<string, (Seen & { sentAt: number })[]>();
  const milliseconds: number[] = [];
  let measureFrom = 0;
  let open = 0;
  let seenCount = 0;

  return {
    measureFrom(ms: number) {
      measureFrom = ms;
    },
    sent(sku: string, { count, at }: Seen) {
      const list = bySku.get(sku) ?? [];
      bySku.set(sku, list);
      list.push({ count, at, sentAt: performance.now() });
      open++;
    },
    seen(sku: string, { count, at }: Seen) {
      const list = bySku.get(sku);
      const index = list?.findIndex((entry) => entry.count === count && entry.at === at) ?? -1;
      if (!list || index === -1) return;
      const now = performance.now();
      for (const { sentAt } of list.splice(0, index + 1)) {
        open--;
        seenCount++;
        if (sentAt >= measureFrom) milliseconds.push(now - sentAt);
      }
    },
    async drained() {
      for (let waited = 0; open > 0 && waited < 5_000; waited += 10) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    result: () => ({ seen: seenCount, milliseconds }),
  };
}

/** Reads the live stream as the staff page does: text, frames, JSON. */
async function listenAsPage(url: string, seen: Listener) {
  const ready = Promise.withResolvers<void>();
  const request = get(`${url}/api/v1/stream`, { headers: { accept: "text/event-stream" } }, (response) => {
    if (response.statusCode !== 200) ready.reject(new Error(`the stream answered ${response.statusCode}`));
    let text = "";
    let isReady = false;
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => {
      text += chunk;
      const frames = text.split("\n\n");
      text = frames.pop() ?? "";
      for (const frame of frames) {
        const event = /^event: (\w+)$/m.exec(frame)?.[1];
        const data = /^data: (.*)$/m.exec(frame)?.[1];
        if (event === "ready") {
          isReady = true;
          ready.resolve();
        } else if (isReady && event === "stock" && data !== undefined) {
          const { sku, onShelf, at }: StockSaid = JSON.parse(data);
          seen(sku, { count: onShelf, at });
        }
      }
    });
  });
  request.on("error", ready.reject);
  await ready.promise;
  request.off("error", ready.reject).on("error", () => {});
  return { close: () => void request.destroy() };
}

async function listenAsSubscriber(port: number, storeId: string, seen: Listener) {
  const client = await connectRaw(port, `bench-listener-${Date.now()}`, {
    published(bytes, _topic, [from, to]) {
      const { sku, onShelf, at }: StockSaid = JSON.parse(bytes.toString("utf8", from, to));
      seen(sku, { count: onShelf, at });
    },
  });
  await client.subscribe(`store/${storeId}/state/stock/+`, 1);
  return { close: client.close };
}
