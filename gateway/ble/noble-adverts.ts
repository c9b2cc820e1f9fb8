import type { Peripheral } from "@stoprocent/noble";
import { decodeAdvert } from "#wire/formats/advert.ts";

/**
 * noble hands out parsed advertisements, and keeps for every address what it heard before. This turns one `discover`
 * back into AD structures, each as hex: only those that are new in this event (noble puts a new buffer there), and only
 * those that a shop can use. Phones, watches and earphones end here: their addresses are never sent anywhere.
 */
export function createAdvertReader(): (peripheral: Peripheral) => string[] {
  const told = new WeakSet<Uint8Array>();

  function isNew(data: Uint8Array | undefined): data is Uint8Array {
    if (!data || told.has(data)) return false;
    told.add(data);
    return true;
  }
  return ({ advertisement }) => {
    const structures: string[] = [];
    if (isNew(advertisement.manufacturerData)) structures.push(structure("ff", advertisement.manufacturerData));
    for (const { uuid, data } of advertisement.serviceData ?? []) {
      if (uuid.length === 4 && isNew(data)) structures.push(structure("16", data, uuid.slice(2) + uuid.slice(0, 2)));
    }
    return structures.filter((hex) => decodeAdvert(hex).ok);
  };
}

/** `length | type | prefix data`, the length counting everything after itself. */
function structure(typeHex: string, data: Uint8Array, prefixHex = ""): string {
  const length = 1 + prefixHex.length / 2 + data.length;
  return length.toString(16).padStart(2, "0") + typeHex + prefixHex + Buffer.from(data).toString("hex");
}
