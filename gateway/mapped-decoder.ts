import type { FormatResult } from "#wire/formats.ts";
import { createMappings, decodeMapped, type MappedDevice } from "#wire/mapping.ts";

type Decode = (topic: string, bytes: Uint8Array, now: number) => FormatResult;

/** Asks the formats, and where none speaks for a topic the mappings that engineers wrote. `mappings`: those of now; a new list when one changed. */
export function withMappings(decode: Decode, mappings: () => readonly MappedDevice[]): Decode {
  let list: readonly MappedDevice[] = [];
  let find = createMappings(list);
  return (topic, bytes, now) => {
    const result = decode(topic, bytes, now);
    if (result.ok || result.known) return result;
    const current = mappings();
    if (current !== list) {
      list = current;
      find = createMappings(current);
    }
    const device = find(topic);
    if (!device) return result;
    const mapped = decodeMapped(device.deviceId, device.mapping, bytes);
    return mapped.ok ? mapped : { ok: false, known: true, reason: mapped.reason };
  };
}
