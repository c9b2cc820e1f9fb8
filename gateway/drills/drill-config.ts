import { join } from "node:path";
import type { LoadedConfig } from "#wire/store-config.ts";
import { root } from "../commands/setting.ts";
import { loadConfig } from "../config.ts";

/** The shipped shop on free ports. */
export function shopConfigForDrill(): LoadedConfig {
  const free = { VITRINE_HTTP_PORT: "0", VITRINE_MQTT_PORT: "0", VITRINE_MEDIA_PORT: "0" };
  const result = loadConfig(join(root, "config", "store.yaml"), free);
  if (!result.ok) throw new Error("the shipped configuration does not load");
  return result.value;
}
