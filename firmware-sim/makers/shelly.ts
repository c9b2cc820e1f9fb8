import type { Heard } from "../radio.ts";
import { type Maker, willText } from "./maker.ts";

/**
 * A Shelly of the second generation or later that listens for BLU sensors: the maker's script passes them on as events
 * `shelly-blu` (ALLTERCO/shelly-script-examples ble/), and the Shelly says its own BTHome components now and then
 * (shelly-api-docs.shelly.cloud gen2/DynamicComponents/BTHome). Encrypted sensors it has no key for are named, not read.
 */
const componentsEveryMs = 30_000;

export const shelly: Maker<"ear"> = {
  role: "ear",
  everyMs: 500,
  voice({ name, address }) {
    const id = `shellyplus1-${address.replaceAll(":", "")}`;
    const prefix = name || id;
    const components = new Map<string, { id: number; battery: number; rssi: number }>();
    let componentsDueMs = componentsEveryMs;
    const notify = (method: string, params: object) => ({
      topic: `${prefix}/events/rpc`,
      payload: JSON.stringify({ src: id, dst: `${prefix}/events`, method, params }),
      qos: 1 as const,
    });
    return {
      will: () => willText(`${prefix}/online`, "false"),
      greet: () => [{ topic: `${prefix}/online`, payload: "true", retain: true }],
      say(heard, { nowMs, uptimeMs }) {
        const ts = nowMs / 1_000;
        const blu = heard.flatMap((advert) => {
          const data = bluOf(advert);
          if (!data) return [];
          if (components.size < 10 && !components.has(advert.mac)) {
            components.set(advert.mac, { id: 200 + components.size, battery: 0, rssi: 0 });
          }
          Object.assign(components.get(advert.mac) ?? {}, {
            battery: advert.frame?.is === "bthome" ? advert.frame.battery : 100,
            rssi: advert.rssi,
          });
          return [{ component: "script:1", id: 1, event: "shelly-blu", data, ts }];
        });
        const posts = blu.length > 0 ? [notify("NotifyEvent", { ts, events: blu })] : [];
        if (uptimeMs < componentsDueMs || components.size === 0) return posts;
        componentsDueMs = uptimeMs + componentsEveryMs;
        const states = [...components.values()].map((state) => [
          `bthomedevice:${state.id}`,
          { ...state, last_updated_ts: Math.floor(ts) },
        ]);
        return [...posts, notify("NotifyStatus", { ts, ...Object.fromEntries(states) })];
      },
    };
  },
};

function bluOf({ frame, mac, rssi }: Heard) {
  if (frame?.is !== "bthome") return undefined;
  const { packet: pid, battery, door, button } = frame;
  if (frame.encrypted) return { encryption: true, BTHome_version: 2, rssi, address: mac };
  const event = { ...(door === undefined ? {} : { door }), ...(button === undefined ? {} : { button }) };
  return { encryption: false, BTHome_version: 2, pid, battery, ...event, rssi, address: mac };
}
