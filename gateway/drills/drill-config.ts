import { join } from "node:path";
import type { LoadedConfig } from "#wire/store-config.ts";
import { root } from "../commands/setting.ts";
import { loadConfig } from "../config.ts";

/** The shipped shop on free ports, or at the broker that VITRINE_BROKER_URL names. */
export function shopConfigForDrill(): LoadedConfig {
  const free = { VITRINE_HTTP_PORT: "0", VITRINE_MQTT_PORT: "0", VITRINE_MEDIA_PORT: "0" };
  const { VITRINE_BROKER_URL } = process.env;
  const result = loadConfig(join(root, "config", "store.yaml"), { ...free, VITRINE_BROKER_URL });
  if (!result.ok) throw new Error("the shipped configuration does not load");
  return result.value;
}
