import { Type } from "typebox";
import type { Decoded, DecodeResult, MqttFormat, Reading, TagRead } from "../decoded.ts";
import { createJsonReader } from "../json.ts";
import { foreignDeviceId } from "./device-id.ts";
import { AntennaPort, createEventsReader, EpcHex, epochMs, readsOf, Timestamp, tagRead } from "./tag-reads.ts";
import { readZebraBle, type ZebraBleEvent } from "./zebra-ble.ts";

/**
 * Zebra fixed readers FX7500, FX9600, FXR90, ATR7000: "IoT connector" (zebradevs.github.io/rfid-ziotc-docs). The topics
 * are free on the reader: set data events to `zebra/<reader>/d-evt` and management events to `zebra/<reader>/m-evt`.
 * Dedupe key: none; a tag read twice changes nothing, and `eventNum` begins anew without saying so.
 */

const name = "zebra";
const tagTypes: ReadonlySet<string> = new Set(["SIMPLE", "INVENTORY", "CONVEYOR", "PORTAL", "CUSTOM"]);

const readEvents = createEventsReader(
  Type.Object({
    type: Type.String({ maxLength: 40 }),
    timestamp: Type.Optional(Timestamp),
    data: Type.Optional(Type.Unknown()),
  }),
);
// Antenna and level are only there where the reader's tagMetaData asks for them.
const tag = createJsonReader(
  Type.Object({
    idHex: EpcHex,
    antenna: Type.Optional(AntennaPort),
    peakRssi: Type.Optional(Type.Number({ minimum: -150, maximum: 40 })),
  }),
);

export const zebraFixedFormats: MqttFormat[] = [
  { name, topic: "zebra/+/d-evt", decode: decodeEvents },
  { name, topic: "zebra/+/m-evt", decode: decodeEvents },
];

/** Events of any kind share a topic and a list; each is told by its type. */
function decodeEvents(levels: string[], bytes: Uint8Array): DecodeResult<Decoded> {
  const deviceId = foreignDeviceId(name, [levels[1]!]);
  if (!deviceId.ok) return deviceId;
  const events = readEvents(bytes);
  if (!events.ok) return events;
  const reads: TagRead[] = [];
  const others: Reading[] = [];
  for (const { type, timestamp, data } of events.value) {
    if (type === "heartbeat") others.push({ kind: "status", state: "online" });
    if (!tagTypes.has(type)) continue;
    const result = tag.check(data);
    if (!result.ok) return { ok: false, reason: `a tag event is wrong: ${result.reason}` };
    const { idHex, antenna, peakRssi } = result.value;
    reads.push(tagRead(idHex, { antenna, rssiDbm: peakRssi, at: epochMs(timestamp) }));
  }
  const adverts = events.value.filter(({ type }) => type === "BLE_DATA");
  if (adverts.length > 0) {
    const heard = readZebraBle(adverts.map(advertOf));
    if (!heard.ok) return { ok: false, reason: `a Bluetooth event is wrong: ${heard.reason}` };
    others.push(...heard.value);
  }
  if (events.value.length > 0 && reads.length === 0 && others.length === 0) {
    return { ok: false, reason: `no tag was read: "${events.value[0]!.type}" means nothing to a shop` };
  }
  const decoded = readsOf({ deviceId: deviceId.value, format: name }, reads, epochMs(events.value.at(-1)?.timestamp));
  if (reads.length === 0 && others.length > 0) decoded.readings.length = 0;
  decoded.readings.push(...others);
  return { ok: true, value: decoded };
}

function advertOf({ data, timestamp }: { data?: unknown; timestamp?: string }): ZebraBleEvent {
  const at = epochMs(timestamp);
  return { data, ...(at === undefined ? {} : { at }) };
}
