import { type Maker, retainedText, willText } from "./maker.ts";

/** Ruuvi Gateway: every advert whole, one message each; times are whole seconds as texts (ruuvi/docs ruuvi-gateway-firmware/data-formats). */
export const ruuviGateway: Maker<"ear"> = {
  role: "ear",
  everyMs: 1_000,
  voice({ address }) {
    const gw_mac = address.toUpperCase();
    const status = (state: string) => JSON.stringify({ state, gw_mac });
    return {
      will: () => willText(`ruuvi/${gw_mac}/gw_status`, status("offline"), 1),
      greet: () => [retainedText(`ruuvi/${gw_mac}/gw_status`, status("online"))],
      say: (heard, { nowMs }) =>
        heard.map(({ mac, rssi, data, at }) => {
          const [gwts, ts] = [nowMs, Math.min(at, nowMs)].map((ms) => `${Math.floor(ms / 1_000)}`);
          const body = { gw_mac, rssi, aoa: [], gwts, ts, data: data.toUpperCase(), coords: "" };
          return { topic: `ruuvi/${gw_mac}/${mac.toUpperCase()}`, payload: JSON.stringify(body) };
        }),
    };
  },
};
