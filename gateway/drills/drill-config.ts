import { join } from "node:path";
import type { LoadedConfig } from "#wire/store-config.ts";
import { root } from "../commands/setting.ts";
import { loadConfig } from "../config.ts";

/** Any free port for everything that listens. */
export const freePorts = {
  VITRINE_HTTP_PORT: "0",
  VITRINE_MQTT_PORT: "0",
  VITRINE_MQTTS_PORT: "0",
  VITRINE_MEDIA_PORT: "0",
};

/** The shipped shop on free ports. */
export function shopOnFreePorts(env: Record<string, string | undefined> = {}): LoadedConfig {
  const result = loadConfig(join(root, "config", "store.yaml"), { ...freePorts, ...env });
  if (!result.ok) throw new Error("the shipped configuration does not load");
  return result.value;
}

/** The shipped shop on free ports, or at the broker that VITRINE_BROKER_URL names. */
export const shopConfigForDrill = () => shopOnFreePorts({ VITRINE_BROKER_URL: process.env.VITRINE_BROKER_URL });
