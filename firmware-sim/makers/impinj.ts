import type { Maker } from "./maker.ts";

/** Impinj R700, "IoT device interface": one event a read, the EPC as base64 and as hex, level in hundredths of a dBm. */
export const impinj: Maker<"reader"> = {
  role: "reader",
  everyMs: 2_000,
  voice({ name, address }) {
    const hostname = `impinj-${address.split(":").slice(3).join("-")}`;
    return {
      say: (reads, { nowMs }) =>
        reads.map(({ epc, antenna: antennaPort, rssi }) => {
          const timestamp = new Date(nowMs).toISOString().replace("Z", "000000Z");
          const tagInventoryEvent = {
            epc: Buffer.from(epc, "hex").toString("base64url"),
            epcHex: epc.toUpperCase(),
            antennaPort,
            antennaName: `Antenna ${antennaPort}`,
            peakRssiCdbm: rssi * 100,
            frequency: 866_300,
            transmitPowerCdbm: 3_000,
            lastSeenTime: timestamp,
          };
          const event = { timestamp, hostname, eventType: "tagInventory", tagInventoryEvent };
          return { topic: `impinj/${name}/events`, payload: JSON.stringify(event), qos: 1 };
        }),
    };
  },
};
