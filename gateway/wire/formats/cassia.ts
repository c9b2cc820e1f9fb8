import { type Static, Type } from "typebox";
import type { Decoded, DecodeResult, MqttFormat, Reading } from "../decoded.ts";
import type { Hearing } from "../format-memory.ts";
import { createJsonReader } from "../json.ts";
import { bounds, collectNumbers } from "../readings.ts";
import { AdvertHex, Dbm, gatewayIdByMac, heardBy, Mac } from "./ble-gateway.ts";
import { type HeardAdvert, readAdverts } from "./read-adverts.ts";

/**
 * Cassia gateways: `up/<gateway>/{scan,gateway_status,heartbeat}` (CassiaNetworks/CassiaSDKGuide wiki, MQTT API). What a
 * message is stands in its `action`, not in its topic. The records of a scan are those of the REST stream, one of them
 * or a list; older firmware calls the advert `scanData`.
 * Dedupe key: none; `id` is the message's own, but a sighting heard twice changes nothing.
 */

const name = "cassia";

const EnvelopeSchema = Type.Object({
  action: Type.String({ maxLength: 40 }),
  timestamp: Type.Optional(Type.Integer({ minimum: 0, maximum: bounds.maxAtMs })),
  gateway: Type.Optional(Mac),
  data: Type.Unknown(),
});
const RecordSchema = Type.Object({
  rssi: Dbm,
  adData: Type.Optional(AdvertHex),
  scanData: Type.Optional(AdvertHex),
  bdaddrs: Type.Array(Type.Object({ bdaddr: Mac, bdaddrType: Type.Optional(Type.String({ maxLength: 20 })) }), {
    minItems: 1,
    maxItems: 4,
  }),
});
const envelope = createJsonReader(EnvelopeSchema);
const scan = createJsonReader(
  Type.Object({ data: Type.Array(RecordSchema, { maxItems: bounds.maxAdvertsPerMessage }) }),
);

export const cassiaFormats: MqttFormat[] = ["scan", "gateway_status", "heartbeat"].map((topic) => ({
  name,
  topic: `up/+/${topic}`,
  decode,
}));

function decode(levels: string[], bytes: Uint8Array, hearing: Hearing): DecodeResult<Decoded> {
  const message = envelope.read(bytes);
  if (!message.ok) return message;
  const { gateway, timestamp } = message.value;
  const id = gatewayIdByMac(name, levels[1]!, gateway);
  if (!id.ok) return id;
  const readings = readingsOf(message.value, hearing);
  if (!readings.ok) return readings;
  const at = timestamp === undefined ? {} : { at: timestamp };
  return { ok: true, value: heardBy({ deviceId: id.value, format: name, ...at }, readings.value) };
}

function readingsOf(
  { action, data, timestamp }: Static<typeof EnvelopeSchema>,
  hearing: Hearing,
): DecodeResult<Reading[]> {
  switch (action) {
    case "data.scan": {
      const records = scan.check({ data: Array.isArray(data) ? data : [data] });
      if (!records.ok) return records;
      const adverts = records.value.data.flatMap((record) => advertsOf(record, timestamp));
      return { ok: true, value: readAdverts(adverts, hearing) };
    }
    case "gateway_status": {
      if (typeof data !== "object" || data === null) return { ok: false, reason: "data must be an object" };
      const values = collectNumbers(data);
      return values.ok ? { ok: true, value: [{ kind: "telemetry", values: values.value }] } : values;
    }
    case "heartbeat":
      return { ok: true, value: [] };
    default:
      return { ok: false, reason: `action has a value nobody knows: "${action}"` };
  }
}

function advertsOf({ rssi, bdaddrs, ...record }: Static<typeof RecordSchema>, at: number | undefined): HeardAdvert[] {
  const { bdaddr: mac, bdaddrType } = bdaddrs[0]!;
  return [record.adData, record.scanData]
    .filter((data) => data !== undefined)
    .map((data) => ({ mac, rssi, data, random: bdaddrType === "random", ...(at === undefined ? {} : { at }) }));
}
