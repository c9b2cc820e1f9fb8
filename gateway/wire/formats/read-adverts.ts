import type { Reading, Sighting } from "../decoded.ts";
import type { Hearing } from "../format-memory.ts";
import { decodeAdvert } from "./advert.ts";
import { canonicalMac, isPrivateAddress } from "./ble-address.ts";

/** One advert as a receiver heard it. `random`: the receiver says that the sender made its address up. */
export type HeardAdvert = { mac: string; rssi: number; data: string; at?: number; random?: boolean };

/**
 * Adverts -> one list of beacons, and one reading per sensor frame. What nobody knows leaves no trace; what a sensor says
 * several times, or to several receivers, counts once where it numbers its packets.
 */
export function readAdverts(adverts: HeardAdvert[], hearing: Hearing): Reading[] {
  const sightings: Sighting[] = [];
  const readings: Reading[] = [{ kind: "sightings", sightings }];
  for (const { mac, rssi, data, at, random } of adverts) {
    const meaning = decodeAdvert(data, { mac, hearing });
    if (!meaning.ok) continue;
    if (meaning.value.kind === "sensor") {
      const sender = meaning.value.mac ?? canonicalMac(mac);
      if (sender === undefined || isPrivateAddress(sender, random ?? false)) continue;
      readings.push({ kind: "sensor", mac: sender, values: meaning.value.values });
      continue;
    }
    const { beacon, measuredPowerDbm } = meaning.value;
    const sighting = { beacon, rssiDbm: rssi, measuredPowerDbm };
    sightings.push(at === undefined ? sighting : { ...sighting, at });
  }
  return readings;
}
