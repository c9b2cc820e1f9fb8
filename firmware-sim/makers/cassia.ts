import type { Maker, Post } from "./maker.ts";

/** Cassia gateways with the MQTT API (CassiaNetworks/CassiaSDKGuide wiki): scans as in the REST stream, a status every half minute. */
const statusEveryMs = 30_000;

export const cassia: Maker<"ear"> = {
  role: "ear",
  everyMs: 500,
  voice({ address }) {
    const gateway = address.toUpperCase();
    let statusDueMs = 0;
    let id = 0;
    const post = (leaf: string, action: string, timestamp: number, data: object): Post => ({
      topic: `up/${gateway}/${leaf}`,
      payload: JSON.stringify({ id: `${++id}`, action, timestamp, gateway, data }),
      qos: 1,
    });
    return {
      say(heard, { nowMs, uptimeMs }) {
        const records = heard.map(({ mac, rssi, data, random }) => ({
          name: "(unknown)",
          evtType: 0,
          rssi,
          adData: data.toUpperCase(),
          bdaddrs: [{ bdaddr: mac.toUpperCase(), bdaddrType: random ? "random" : "public" }],
        }));
        const posts = records.length > 0 ? [post("scan", "data.scan", nowMs, records)] : [];
        if (uptimeMs < statusDueMs) return posts;
        statusDueMs = uptimeMs + statusEveryMs;
        const about = { model: "M2000", version: "7.7.161.2401041522", uptime: Math.floor(uptimeMs / 1_000) };
        return [...posts, post("gateway_status", "gateway_status", nowMs, { ...about, uplink: "wireless", RSSI: -41 })];
      },
    };
  },
};
