import { networkInterfaces } from "node:os";
import type { Item, StoreConfig } from "#wire/store-config.ts";
import type { StockItem } from "#wire/views.ts";
import { createJsonFile } from "../access/json-file.ts";
import type { Bus } from "../bus.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Loaded, Storage } from "../storage/storage.ts";
import { createEpcisQuery } from "../uplink/epcis-query.ts";
import { subscriptionsFile } from "../uplink/subscriptions.ts";
import { createWebhooks } from "../uplink/webhooks.ts";

type Parts = {
  loaded: { config: Pick<StoreConfig, "store">; items: readonly Item[] };
  dataFolder: string;
  demo: boolean;
  storage: Storage;
  onDisk: Loaded;
  bus: Bus;
  views: { stockItem(sku: string): StockItem | undefined };
  clock: Clock;
  log: Log;
};

/** What other systems are told, each from its own place in the journal. */
export function wireUplink(parts: Parts) {
  const { loaded, storage, bus, views, clock } = parts;
  const { id: storeId, gln, timeZone } = loaded.config.store;
  const gtins = new Map(loaded.items.map(({ sku, gtin }) => [sku, gtin]));
  const gtinOf = (sku: string) => gtins.get(sku);
  let ports: number[] = [];
  const webhooks = createWebhooks({
    about: { storeId, gtinOf, stockNow: (sku) => stockOf(views.stockItem(sku)) },
    kept: createJsonFile({ folder: parts.dataFolder, ...subscriptionsFile }),
    journal: storage,
    facts: parts.onDisk.facts,
    rules: { allowLoopback: parts.demo, ownAddresses, ownPorts: () => ports },
    now: clock.now,
    log: parts.log.child("webhooks"),
  });
  const stop = bus.onAny(webhooks.committed);

  return {
    webhooks,
    epcis: createEpcisQuery(storage, { storeId, timeZone, gtinOf, ...(gln === undefined ? {} : { gln }) }),
    counters: webhooks.counters,
    /** Once the gateway knows where it listens itself. */
    async start(opened: { httpPort: number; mqttPort: number; mqttsPort?: number | undefined }) {
      ports = [opened.httpPort, opened.mqttPort, opened.mqttsPort ?? 0];
      await webhooks.start();
    },
    async close() {
      stop();
      await webhooks.close();
    },
  };
}

function stockOf(item: StockItem | undefined) {
  if (!item) return undefined;
  const { onShelf, reserved, available, confidence, at } = item;
  return { onShelf, reserved, available, confidence, at };
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
}
