import { parseArgs } from "node:util";
import { loadOrExit } from "./setting.ts";

export async function run(args: string[]) {
  const { values } = parseArgs({ args, options: { config: { type: "string" } } });
  const { config, items, offers } = loadOrExit(values.config);
  const plates = config.shelves.reduce((sum, shelf) => sum + new Set(shelf.plates.map(({ plate }) => plate)).size, 0);
  console.log(
    `The configuration of ${config.store.name} is in order: ${config.shelves.length} shelves with ${plates} plates, ` +
      `${items.length} items, ${config.zones.length} zones, ${config.receivers.length} receivers, ${config.mirrors.length} mirrors, ${offers.length} offers.`,
  );
}
