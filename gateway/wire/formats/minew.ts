import { type Static, Type } from "typebox";
import type { Decoded, DecodeResult, MqttFormat, Reading, Sighting } from "../decoded.ts";
import type { Hearing } from "../format-memory.ts";
import { createJsonReader } from "../json.ts";
import { bounds, collectNumbers } from "../readings.ts";
import { canonicalMac } from "./ble-address.ts";
import { AdvertHex, Dbm, gatewayIdByMac, heardBy, Mac } from "./ble-gateway.ts";
import { canonicalUuid, ibeaconId } from "./ibeacon.ts";
import { type Measured, readMeasured } from "./measured-values.ts";
import { decodeMinewBinary, isMinewBinary } from "./minew-binary.ts";
import { readAdverts } from "./read-adverts.ts";
import { epochMs } from "./tag-reads.ts";

/**
 * Minew gateways G1, G2, MG3 and MG4 in the forms JSON-LONG, JSON-RAW and BINARY-LONG. The topic is free on the gateway:
 * set it to `minew/<gateway's address>/status`. JSON is a list; its first entry is the gateway, the others what it heard.
 * JSON-RAW carries no advert, so that it only says that the gateway is there.
 * Dedupe key: none; a sighting heard twice changes nothing.
 */

const name = "minew";

const Short = Type.Integer({ minimum: 0, maximum: 0xffff });
const EntrySchema = Type.Object({
  type: Type.Optional(Type.String({ maxLength: 40 })),
  mac: Type.Optional(Mac),
  gateway: Type.Optional(Mac),
  timestamp: Type.Optional(Type.String({ maxLength: 40 })),
  rssi: Type.Optional(Dbm),
  rawData: Type.Optional(AdvertHex),
  ibeaconUuid: Type.Optional(Type.String({ maxLength: 40 })),
  ibeaconMajor: Type.Optional(Short),
  ibeaconMinor: Type.Optional(Short),
  ibeaconTxPower: Type.Optional(Dbm),
});
type Entry = Static<typeof EntrySchema>;
const list = createJsonReader(Type.Array(EntrySchema, { minItems: 1, maxItems: 1 + bounds.maxAdvertsPerMessage }));

/** What Minew's own sensors say, such as the S1. */
const measured: ReadonlyMap<string, Measured> = new Map([
  ["temperature", { property: "temperature", unit: "°C", min: -60, max: 150 }],
  ["humidity", { property: "humidity", unit: "%", min: 0, max: 120 }],
]);

export const minewFormats: MqttFormat[] = [{ name, topic: "minew/+/status", decode }];

function decode(levels: string[], bytes: Uint8Array, hearing: Hearing): DecodeResult<Decoded> {
  return isMinewBinary(bytes) ? decodeBinary(levels[1]!, bytes, hearing) : decodeJson(levels[1]!, bytes, hearing);
}

function decodeBinary(level: string, bytes: Uint8Array, hearing: Hearing): DecodeResult<Decoded> {
  const frame = decodeMinewBinary(bytes);
  if (!frame.ok) return frame;
  const id = gatewayIdByMac(name, level, frame.value.gateway);
  if (!id.ok) return id;
  return { ok: true, value: heardBy({ deviceId: id.value, format: name }, readAdverts(frame.value.adverts, hearing)) };
}

function decodeJson(level: string, bytes: Uint8Array, hearing: Hearing): DecodeResult<Decoded> {
  const entries = list.read(bytes);
  if (!entries.ok) return entries;
  const [gateway, ...heard] = entries.value;
  const claimed = gateway?.gateway ?? (gateway?.type === "Gateway" ? gateway.mac : undefined);
  if (!gateway || claimed === undefined)
    return { ok: false, reason: "the first entry of the list must be the gateway" };
  const id = gatewayIdByMac(name, level, claimed);
  if (!id.ok) return id;

  const sightings: Sighting[] = [];
  const readings: Reading[] = [{ kind: "sightings", sightings }];
  for (const [index, entry] of heard.entries()) {
    const result = readEntry(entry, { sightings, readings, hearing });
    if (!result.ok) return { ok: false, reason: `[${index + 1}].${result.reason}` };
  }
  const numbers = collectNumbers(gateway);
  if (!numbers.ok) return numbers;
  if (Object.keys(numbers.value).length > 0) readings.push({ kind: "telemetry", values: numbers.value });
  const at = epochMs(gateway.timestamp);
  return {
    ok: true,
    value: heardBy({ deviceId: id.value, format: name, ...(at === undefined ? {} : { at }) }, readings),
  };
}

type Heard = { sightings: Sighting[]; readings: Reading[]; hearing: Hearing };

/** One entry is an iBeacon, a sensor, a raw advert or somebody whom nobody knows, of whom nothing is kept. */
function readEntry(entry: Entry, { sightings, readings, hearing }: Heard): DecodeResult<undefined> {
  const at = epochMs(entry.timestamp);
  const time = at === undefined ? {} : { at };
  if (entry.type === "iBeacon") {
    const sighting = ibeaconOf(entry);
    if (!sighting.ok) return sighting;
    sightings.push({ ...sighting.value, ...time });
    return nothing;
  }
  if (entry.rawData && entry.rssi !== undefined) {
    const advert = { mac: entry.mac ?? "", rssi: entry.rssi, data: entry.rawData, ...time };
    const [first, ...sensors] = readAdverts([advert], hearing);
    if (first?.kind === "sightings") sightings.push(...first.sightings);
    readings.push(...sensors);
    return nothing;
  }
  const values = readMeasured(entry, measured);
  if (!values.ok) return values;
  const mac = canonicalMac(entry.mac ?? "");
  if (mac !== undefined && values.value.length > 0) readings.push({ kind: "sensor", mac, values: values.value });
  return nothing;
}

const nothing: DecodeResult<undefined> = { ok: true, value: undefined };

function ibeaconOf(entry: Entry): DecodeResult<Sighting> {
  const { rssi, ibeaconMajor, ibeaconMinor, ibeaconTxPower } = entry;
  const uuid = canonicalUuid(entry.ibeaconUuid ?? "");
  if (uuid === undefined) return { ok: false, reason: "ibeaconUuid must have 32 hex digits" };
  if (ibeaconMajor === undefined) return { ok: false, reason: "ibeaconMajor is missing" };
  if (ibeaconMinor === undefined) return { ok: false, reason: "ibeaconMinor is missing" };
  if (rssi === undefined) return { ok: false, reason: "rssi is missing" };
  const power = ibeaconTxPower === undefined ? {} : { measuredPowerDbm: ibeaconTxPower };
  return { ok: true, value: { beacon: ibeaconId(uuid, ibeaconMajor, ibeaconMinor), rssiDbm: rssi, ...power } };
}
