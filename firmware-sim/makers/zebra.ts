import type { Heard } from "../radio.ts";
import { bareAddress, type Maker } from "./maker.ts";

/** Zebra's fixed readers (zebradevs.github.io/rfid-ziotc-docs), their Bluetooth radio, and the handhelds RFD40 and RFD90. */
const heartbeatEveryMs = 60_000;

/** Offsets without a colon, as the readers write them. */
const readerTime = (ms: number) => new Date(ms).toISOString().replace("Z", "+0000");

export const zebraFixed: Maker<"reader"> = {
  role: "reader",
  everyMs: 2_000,
  voice({ name }) {
    let eventNum = 0;
    let heartbeatDueMs = 0;
    return {
      say(reads, { nowMs, uptimeMs }) {
        const timestamp = readerTime(nowMs);
        const events = reads.map(({ epc, antenna, rssi: peakRssi }) => ({
          data: { antenna, eventNum: ++eventNum, format: "epc", idHex: epc, peakRssi, reads: 1 },
          timestamp,
          type: "INVENTORY",
        }));
        const payload = JSON.stringify(events.length === 1 ? events[0] : events);
        const posts = events.length > 0 ? [{ topic: `zebra/${name}/d-evt`, payload, qos: 1 as const }] : [];
        if (uptimeMs < heartbeatDueMs) return posts;
        heartbeatDueMs = uptimeMs + heartbeatEveryMs;
        const about = { radioActivity: "active", radioConnection: "connected" };
        const heartbeat = { component: "RG", data: about, eventNum: ++eventNum, timestamp, type: "heartbeat" };
        return [...posts, { topic: `zebra/${name}/m-evt`, payload: JSON.stringify(heartbeat), qos: 1 }];
      },
    };
  },
};

export const zebraBle: Maker<"ear"> = {
  role: "ear",
  everyMs: 500,
  voice({ name }) {
    let eventNum = 0;
    return {
      say: (heard) =>
        heard.map((advert) => {
          const timestamp = readerTime(advert.at);
          const event = { data: bluetooth(advert), eventNum: ++eventNum, timestamp, type: "BLE_DATA" };
          return { topic: `zebra/${name}/d-evt`, payload: JSON.stringify(event) };
        }),
    };
  },
};

/** The reader decodes the advert itself and names it. */
function bluetooth({ mac, rssi, random, frame }: Heard): object {
  const common = {
    Adapter: "/org/bluez/hci0",
    Address: mac.toUpperCase(),
    AddressType: random ? "random" : "public",
    Alias: mac.toUpperCase().replaceAll(":", "-"),
    RSSI: rssi,
  };
  const eddystone = (beaconType: string, body: object) => ({
    ...common,
    UUIDs: ["0000feaa-0000-1000-8000-00805f9b34fb"],
    beaconType,
    eddystone: { frameType: beaconType.replace("EDDYSTONE_", ""), ...body },
  });
  switch (frame?.is) {
    case "ibeacon": {
      const { uuid, major, minor, powerDbm: txPower } = frame;
      return { ...common, beaconType: "IBEACON", iBeacon: { uuid, major, minor, txPower } };
    }
    case "altbeacon":
      return {
        ...common,
        beaconType: "ALTBEACON",
        altBeacon: { beaconId: frame.id, mfgId: 0x118, refRssi: frame.powerDbm },
      };
    case "eddystone-uid":
      return eddystone("EDDYSTONE_UID", {
        txPower: frame.powerDbm + 41,
        namespace: frame.namespace,
        instance: frame.instance,
      });
    case "eddystone-url":
      return eddystone("EDDYSTONE_URL", { txPower: frame.powerDbm + 41, url: frame.url });
    case "eddystone-eid":
      return eddystone("EDDYSTONE_EID", { txPower: frame.powerDbm + 41, ephemeralId: frame.ephemeralId });
    case "eddystone-tlm": {
      const { millivolts: batteryVoltage, tempC: temperature, adverts: advPduCount, uptimeMs } = frame;
      const timeSincePowerOn = Math.floor(uptimeMs / 100);
      return eddystone("EDDYSTONE_TLM", { advPduCount, batteryVoltage, temperature, timeSincePowerOn, version: 0 });
    }
    default:
      return { ...common, beaconType: "GENERIC_BLE" };
  }
}

/** Somebody walks through with it: many tags at a time, and then nothing for a while. */
export const zebraHandheld: Maker<"reader"> = {
  role: "reader",
  everyMs: 5_000,
  voice({ name, address, storeId }) {
    const serial = name || bareAddress(address);
    let eventNum = 0;
    return {
      say(reads, { nowMs }) {
        if (reads.length === 0) return [];
        // 6144 bytes a message at most
        const tagData = reads.slice(0, 40).map(({ epc, rssi: peakRssi }) => {
          const EPC = epc.toUpperCase();
          return { EPCid: EPC, EPC, peakRssi, seenCount: 1, eventNum: ++eventNum };
        });
        const timestamp = new Date(nowMs).toISOString().replace(/\.\d+Z$/, "Z");
        const payload = JSON.stringify({ type: "BALANCED_PERFORMANCE", timestamp, data: { tagData } });
        return [{ topic: `${storeId}/DATA/clients/data1event/${serial}`, payload }];
      },
    };
  },
};
