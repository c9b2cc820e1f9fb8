import type { Heard } from "../radio.ts";
import { type Maker, retainedText, willText } from "./maker.ts";

type Known = { rssi: number; saidMetres?: number; saidMs: number; heard: number };

/**
 * An ESPresense node (ESPresense/ESPresense src/main.cpp, src/BleFingerprint.cpp, include/defaults.h). Its name is its room.
 * It smooths, and says a beacon again when it moved half a metre or five seconds have passed.
 */
const [absorption, skipMetres, skipMs, maxMetres, telemetryMs] = [2.7, 0.5, 5_000, 16, 15_000];

export const espresense: Maker<"ear"> = {
  role: "ear",
  everyMs: 500,
  voice({ name: room, random }) {
    const topic = (leaf: string) => `espresense/rooms/${room}/${leaf}`;
    const known = new Map<string, Known>();
    const ip = `192.168.1.${random.integer(20, 240)}`;
    let telemetryDueMs = telemetryMs;
    let adverts = 0;

    function sighting(advert: Heard, nowMs: number) {
      const id = idOf(advert);
      const before = known.get(id);
      const rssi = before ? before.rssi + (advert.rssi - before.rssi) * 0.4 : advert.rssi;
      const power = advert.frame && "powerDbm" in advert.frame ? advert.frame.powerDbm : -59;
      const metres = 10 ** ((power - rssi) / (10 * absorption));
      const entry: Known = { ...(before ?? { saidMs: Number.NEGATIVE_INFINITY, heard: 0 }), rssi };
      entry.heard += 1;
      known.delete(id);
      known.set(id, entry);
      // the chip's own limit: the fingerprint heard longest ago is forgotten
      if (known.size > 150) known.delete(known.keys().next().value ?? "");
      const moved = Math.abs(metres - (entry.saidMetres ?? Number.POSITIVE_INFINITY)) >= skipMetres;
      if (metres > maxMetres || (!moved && nowMs - entry.saidMs < skipMs)) return [];
      Object.assign(entry, { saidMetres: metres, saidMs: nowMs });
      const body = {
        mac: advert.mac.replaceAll(":", ""),
        id,
        "rssi@1m": power,
        rssi: hundredths(rssi),
        rxAdj: 0,
        rssiVar: 2.1,
        distance: hundredths(metres),
        var: 0.42,
        int: 312,
      };
      return [{ topic: `espresense/devices/${id}/${room}`, payload: JSON.stringify(body) }];
    }
    return {
      will: () => willText(topic("status"), "offline"),
      greet: () => [
        retainedText(topic("status"), "online"),
        retainedText(topic("max_distance"), maxMetres.toFixed(2)),
        retainedText(topic("absorption"), absorption.toFixed(2)),
      ],
      say(heard, { nowMs, uptimeMs }) {
        adverts += heard.length;
        const posts = heard.flatMap((advert) => sighting(advert, nowMs));
        if (uptimeMs < telemetryDueMs) return posts;
        telemetryDueMs += telemetryMs;
        const state = { ip, uptime: Math.floor(uptimeMs / 1_000), firm: "esp32", rssi: -58, ver: "v4.0.6" };
        const counts = { adverts, seen: known.size, reported: posts.length, freeHeap: 131_072 };
        return [...posts, { topic: topic("telemetry"), payload: JSON.stringify({ ...state, ...counts }) }];
      },
    };
  },
};

const hundredths = (value: number) => Math.round(value * 100) / 100;

function idOf({ frame, mac, data }: Heard): string {
  switch (frame?.is) {
    case "ibeacon":
      return `iBeacon:${frame.uuid}-${frame.major}-${frame.minor}`;
    case "eddystone-uid":
      return `eddy:${frame.namespace}-${frame.instance}`;
    case "altbeacon":
      return `altBeacon:${frame.id.slice(0, 32)}-${Number.parseInt(frame.id.slice(32, 36), 16)}-${Number.parseInt(frame.id.slice(36), 16)}`;
    case "ruuvi":
      return "md:0499:24";
    case "bthome":
      return `sid:0xfcd2:${mac.replaceAll(":", "")}`;
    default:
      return `apple:1005:${data.length / 2}`;
  }
}
