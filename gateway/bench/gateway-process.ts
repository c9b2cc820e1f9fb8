import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LoadedConfig } from "#wire/store-config.ts";
import { pagesFolder } from "../commands/setting.ts";
import { shopConfigForDrill } from "../drills/drill-config.ts";
import { createGateway } from "../gateway.ts";
import { prepareMediaWorker } from "../install/media-worker.ts";
import { createLog } from "../log.ts";
import { writeAccounts } from "./accounts.ts";
import type { GatewaySettings } from "./servers.ts";

// A gateway to be measured: node gateway-process.ts '{"accounts":true}' (servers.ts). Prints where it listens.
const settings: GatewaySettings = JSON.parse(process.argv[2] ?? "{}");
const { commitDelayMs = 0, extraShelves = 0, extraPlates = 1, accounts = false, throttled = false } = settings;
const log = createLog("error");
const dataFolder = mkdtempSync(join(tmpdir(), "vitrine-bench-"));
const loaded = withViewers(withShelves(shopConfigForDrill(), extraShelves, extraPlates), settings.video?.maxViewers);
if (accounts) {
  const { store, shelves, mirrors } = loaded.config;
  await writeAccounts(dataFolder, store.id, {
    shelves: [...new Set(shelves.map(({ device }) => device))],
    mirrors: mirrors.map(({ id }) => id),
  });
}
const gateway = await createGateway({
  loaded,
  dataFolder,
  pagesFolder,
  log,
  demo: !accounts,
  host: "127.0.0.1",
  commitDelayMs,
  unthrottled: !throttled,
  ...(settings.video ? { prepareVideo: (onStatus) => prepareMediaWorker({ log, onStatus }) } : {}),
});
process.on("SIGTERM", async () => {
  await gateway.close();
  rmSync(dataFolder, { recursive: true, force: true });
  process.exit();
});
const { url, mqttPort: port } = await gateway.start();
console.log(JSON.stringify({ url, port }));

/** A share that takes more viewers than a shop would want. */
function withViewers(loaded: LoadedConfig, maxViewers: number | undefined): LoadedConfig {
  if (maxViewers === undefined) return loaded;
  const { config } = loaded;
  return { ...loaded, config: { ...config, media: { ...config.media, maxViewers } } };
}

/** Devices X1, X2, … beside the shop's own: a department store. A lone plate's product is called like its shelf. */
function withShelves(loaded: LoadedConfig, count: number, platesEach: number): LoadedConfig {
  const [shelf] = loaded.config.shelves;
  const plate = shelf?.plates[0];
  if (!shelf || !plate) return loaded;
  const extra = Array.from({ length: count }, (_, index) => {
    const id = `X${index + 1}`;
    const plates = Array.from({ length: platesEach }, (_, at) => {
      const sku = platesEach === 1 ? id : `${id}-${at + 1}`;
      return { plate: at + 1, sku, capacity: 10, minimum: 1 };
    });
    return { ...shelf, id, device: id, plates };
  });
  const [item] = loaded.items;
  const skus = extra.flatMap(({ plates }) => plates.map(({ sku }) => sku));
  const items = item ? skus.map((sku) => ({ ...item, sku, gtin: sku, grams: 100 })) : [];
  return {
    ...loaded,
    items: [...loaded.items, ...items],
    config: { ...loaded.config, shelves: [...loaded.config.shelves, ...extra] },
  };
}
