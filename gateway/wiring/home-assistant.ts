import type { StoreConfig } from "#wire/store-config.ts";
import { createHomeAssistant } from "../discovery/home-assistant.ts";
import type { Live } from "../live.ts";
import type { Views } from "../views.ts";

type Publish = (topic: string, payload: string, options: { qos: 1; retain: true }) => void;
type Parts = { config: StoreConfig; live: Live; views: Views; publish: Publish; publicUrl(): string };

/** Home Assistant hears of the shop as pages do: from the live changes. Does nothing where it is not asked for. */
export function wireHomeAssistant({ config, live, views, publish, publicUrl }: Parts) {
  if (!config.homeAssistant) return { sayAll() {}, close() {} };
  const homeAssistant = createHomeAssistant({
    config,
    discoveryPrefix: config.homeAssistant.discoveryPrefix,
    publish,
    publicUrl,
    stock: views.stock,
    devices: views.devices,
    openAlerts: () => views.alerts().length,
  });
  const stop = live.subscribe((message) => {
    if (message.event === "device") homeAssistant.deviceChanged(message.data);
    else if (message.event === "alert") homeAssistant.alertsChanged();
  });
  return {
    sayAll: homeAssistant.sayAll,
    close() {
      stop();
      homeAssistant.close();
    },
  };
}
