import { type Static, Type } from "typebox";
import type { Decoded, DecodeResult, MqttFormat, TagRead } from "../decoded.ts";
import { foreignDeviceId } from "./device-id.ts";
import {
  AntennaPort,
  createEventsReader,
  EpcHex,
  epcOfBase64,
  epochMs,
  readsOf,
  Timestamp,
  tagRead,
} from "./tag-reads.ts";

/**
 * Impinj R700 and R720, "IoT device interface" (platform.impinj.com, reader API; samples of reelyactive/barnowl-impinj).
 * The topic is free on the reader: set it to `impinj/<reader>/events`. A message is one event or, when bundled, a list.
 * Dedupe key: none; a tag read twice changes nothing.
 */

const name = "impinj";

const EventSchema = Type.Object({
  timestamp: Type.Optional(Timestamp),
  tagInventoryEvent: Type.Optional(
    Type.Object({
      epcHex: Type.Optional(EpcHex),
      epc: Type.Optional(Type.String({ maxLength: 90 })),
      antennaPort: Type.Optional(AntennaPort),
      peakRssiCdbm: Type.Optional(Type.Number({ minimum: -15_000, maximum: 4_000 })),
      lastSeenTime: Type.Optional(Timestamp),
    }),
  ),
});
type Event = Static<typeof EventSchema>;
const readEvents = createEventsReader(EventSchema);

export const impinjFormats: MqttFormat[] = [{ name, topic: "impinj/+/events", decode: decodeEvents }];

/** `eventType` may be missing on the reader, so an event is what it carries. Others than of tags are passed over. */
function decodeEvents(levels: string[], bytes: Uint8Array): DecodeResult<Decoded> {
  const deviceId = foreignDeviceId(name, [levels[1]!]);
  if (!deviceId.ok) return deviceId;
  const events = readEvents(bytes);
  if (!events.ok) return events;
  const reads: TagRead[] = [];
  for (const event of events.value) {
    if (!event.tagInventoryEvent) continue;
    const read = readTag(event.tagInventoryEvent, event.timestamp);
    if (!read.ok) return read;
    reads.push(read.value);
  }
  if (reads.length === 0 && events.value.length > 0) {
    return { ok: false, reason: "no tag was read: the reader speaks of itself, not of goods" };
  }
  const reader = { deviceId: deviceId.value, format: name };
  return { ok: true, value: readsOf(reader, reads, epochMs(events.value.at(-1)?.timestamp)) };
}

/** Every field is opt-in on the reader. Of the two spellings of an EPC the hex is preferred. */
function readTag(
  { epcHex, epc, antennaPort, peakRssiCdbm, lastSeenTime }: NonNullable<Event["tagInventoryEvent"]>,
  timestamp: string | undefined,
): DecodeResult<TagRead> {
  if (epcHex === undefined && epc === undefined) return { ok: false, reason: "tagInventoryEvent.epc is missing" };
  const hex: DecodeResult<string> = epcHex === undefined ? epcOfBase64(epc ?? "") : { ok: true, value: epcHex };
  if (!hex.ok) return hex;
  const rssiDbm = peakRssiCdbm === undefined ? undefined : peakRssiCdbm / 100;
  return {
    ok: true,
    value: tagRead(hex.value, { antenna: antennaPort, rssiDbm, at: epochMs(lastSeenTime ?? timestamp) }),
  };
}
