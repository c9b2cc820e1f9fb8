import type { ServerResponse } from "node:http";
import type { StockItem } from "#wire/views.ts";
import type { Counter, Stream, Views } from "./ports.ts";

export type AvailabilityHub = ReturnType<typeof createAvailabilityHub>;

type HubOptions = {
  stream: Stream;
  views: Pick<Views, "stock" | "stockItem">;
  heartbeatMs?: number;
  /** What changes within this time is told once, as it is then. */
  everyMs?: number;
  maxListeners?: number;
  maxPerAddress?: number;
  /** A listener this far behind its first message is dropped: it comes back by itself and begins anew. */
  maxBehindBytes?: number;
};

/**
 * How many of each product can be had, for anyone: websites, apps, a screen in the window. No word of staff, places or
 * shoppers. Whoever comes is told everything; there is nothing to resume.
 */
export function createAvailabilityHub({
  stream,
  views,
  heartbeatMs = 15_000,
  everyMs = 1_000,
  maxListeners = 200,
  maxPerAddress = 8,
  maxBehindBytes = 256 * 1024,
}: HubOptions) {
  /** Each with its address, and how many bytes it may be behind. */
  const listeners = new Map<ServerResponse, { address: string; mayLag: number }>();
  /** What was told last of each product, since somebody listens. */
  const told = new Map<string, number>();
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let dropped = 0;

  const unsubscribe = stream.subscribe(({ event, data }) => {
    if (event !== "stock" || listeners.size === 0) return;
    // the stream pairs each name with its own type
    changed.add((data as StockItem).sku);
    timer ??= setTimeout(tell, everyMs).unref();
  });
  const heartbeat = setInterval(() => broadcast(": still here\n\n"), heartbeatMs).unref();

  function tell() {
    timer = undefined;
    const news: string[] = [];
    for (const sku of changed) {
      const item = views.stockItem(sku);
      if (!item || told.get(sku) === item.available) continue;
      told.set(sku, item.available);
      news.push(frame(item));
    }
    changed.clear();
    if (news.length > 0) broadcast(news.join(""));
  }

  function broadcast(text: string) {
    for (const listener of listeners.keys()) write(listener, text);
  }

  function write(listener: ServerResponse, text: string) {
    listener.write(text);
    if (listener.writableLength <= (listeners.get(listener)?.mayLag ?? 0)) return;
    dropped++;
    listeners.delete(listener);
    listener.destroy();
  }

  return {
    /** False where this address, or the whole shop, has as many listeners as it may have. */
    hasRoom(address: string): boolean {
      if (listeners.size >= maxListeners) return false;
      let mine = 0;
      for (const listener of listeners.values()) if (listener.address === address) mine++;
      return mine < maxPerAddress;
    },
    open(address: string, response: ServerResponse, headers: Record<string, string>) {
      response.writeHead(200, {
        ...headers,
        "content-type": "text/event-stream",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
        // anyone may know; no credentials go with it
        "access-control-allow-origin": "*",
      });
      const items = views.stock();
      // nobody listened until now, so what was told is forgotten
      if (listeners.size === 0) for (const { sku, available } of items) told.set(sku, available);
      const first = `retry: 5000\n\n${items.map(frame).join("")}event: ready\ndata: {}\n\n`;
      listeners.set(response, { address, mayLag: maxBehindBytes + 2 * Buffer.byteLength(first) });
      response.once("close", () => listeners.delete(response));
      write(response, first);
    },
    counters: (): Counter[] => [
      { name: "vitrine_availability_listeners", help: "Websites and apps that listen.", value: listeners.size },
      {
        name: "vitrine_availability_listeners_dropped_total",
        help: "Listeners dropped because they read too slowly.",
        value: dropped,
      },
    ],
    close() {
      clearTimeout(timer);
      clearInterval(heartbeat);
      unsubscribe();
      for (const listener of listeners.keys()) listener.end();
      listeners.clear();
    },
  };
}

function frame({ gtin, sku, available, at }: StockItem): string {
  return `event: availability\ndata: ${JSON.stringify({ gtin, sku, available, at })}\n\n`;
}
