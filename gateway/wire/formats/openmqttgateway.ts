import { type Static, Type } from "typebox";
import type { Decoded, DecodeResult, MqttFormat, Reading, Sighting } from "../decoded.ts";
import type { Hearing } from "../format-memory.ts";
import { createJsonReader, textOf } from "../json.ts";
import { adType } from "./ad-structures.ts";
import { canonicalMac, isPrivateAddress } from "./ble-address.ts";
import { heardBy } from "./ble-gateway.ts";
import { foreignDeviceId } from "./device-id.ts";
import { canonicalUuid, ibeaconId } from "./ibeacon.ts";
import { type Measured, numberOf, readMeasured } from "./measured-values.ts";
import { readAdverts } from "./read-adverts.ts";

/**
 * OpenMQTTGateway on an ESP32, and Theengs Gateway: `home/<gateway>/BTtoMQTT/<address>` and `home/<gateway>/LWT`
 * (1technophile/OpenMQTTGateway docs/use/ble.md, theengs/gateway docs/use/use.md). Numbers may be written as texts.
 * Dedupe key: none; a sighting heard twice changes nothing.
 */

const name = "openmqttgateway";

/** One AD structure holds 254 bytes at most [Bluetooth Core 5.4, Vol 3 Part C, 11], two of them may be its UUID. */
const PartHex = Type.String({ maxLength: 504, pattern: "^([0-9A-Fa-f]{2})*$" });
const Numeric = Type.Union([Type.Number(), Type.String({ maxLength: 24 })]);
const MessageSchema = Type.Object({
  id: Type.Optional(Type.String({ maxLength: 80 })),
  mac: Type.Optional(Type.String({ maxLength: 80 })),
  mac_type: Type.Optional(Numeric),
  type: Type.Optional(Type.String({ maxLength: 40 })),
  track: Type.Optional(Type.Boolean()),
  rssi: Type.Optional(Numeric),
  txpower: Type.Optional(Numeric),
  model_id: Type.Optional(Type.String({ maxLength: 80 })),
  uuid: Type.Optional(Type.String({ maxLength: 80 })),
  major: Type.Optional(Numeric),
  minor: Type.Optional(Numeric),
  unit: Type.Optional(Type.String({ maxLength: 16 })),
  manufacturerdata: Type.Optional(PartHex),
  servicedata: Type.Optional(PartHex),
  servicedatauuid: Type.Optional(Type.String({ maxLength: 40 })),
});
type Message = Static<typeof MessageSchema>;
const message = createJsonReader(MessageSchema);

/** Kinds of device that people carry, by Theengs' own classes. Nothing that they say is passed on. */
const personal = new Set(["TRACK", "BODY", "RMAC"]);

const [percent, yesNo] = [
  { unit: "%", min: 0, max: 120 },
  { unit: "", min: 0, max: 1 },
];
const measured: ReadonlyMap<string, Measured> = new Map([
  ["packet", { property: "packetId", unit: "", min: 0, max: 255 }],
  ["tempc", { property: "temperature", unit: "°C", min: -60, max: 400 }],
  ["hum", { property: "humidity", ...percent }],
  ["moi", { property: "moisture", ...percent }],
  ["batt", { property: "battery", ...percent }],
  ["pres", { property: "pressure", unit: "hPa", min: 300, max: 1_200 }],
  ["lux", { property: "illuminance", unit: "lx", min: 0, max: 200_000 }],
  ["volt", { property: "voltage", unit: "V", min: 0, max: 60 }],
  ["co2", { property: "co2", unit: "ppm", min: 0, max: 50_000 }],
  ["button", { property: "button", unit: "", min: 0, max: 255 }],
  ["rot", { property: "rotation", unit: "°", min: -3_600, max: 3_600 }],
  ["open", { property: "opening", ...yesNo }],
  ["motion", { property: "motion", ...yesNo }],
]);
const massByUnit: ReadonlyMap<string, Measured> = new Map([
  ["kg", { property: "mass", unit: "kg", min: -50, max: 500 }],
  ["lb", { property: "mass", unit: "lb", min: -110, max: 1_100 }],
]);

export const openmqttgatewayFormats: MqttFormat[] = [
  { name, topic: "home/+/BTtoMQTT/+", decode: decodeHeard },
  { name, topic: "home/+/LWT", decode: decodeWill },
];

function decodeWill(levels: string[], bytes: Uint8Array): DecodeResult<Decoded> {
  const state = textOf(bytes.subarray(0, 16));
  if (state !== "online" && state !== "offline") return { ok: false, reason: "LWT must be online or offline" };
  return decoded(levels, [{ kind: "status", state }]);
}

function decodeHeard(levels: string[], bytes: Uint8Array, hearing: Hearing): DecodeResult<Decoded> {
  const result = message.read(bytes);
  if (!result.ok) return result;
  const heard = result.value;
  if (heard.track || personal.has(heard.type ?? "")) return decoded(levels, [{ kind: "sightings", sightings: [] }]);
  const rssi = levelOf(heard, "rssi");
  if (!rssi.ok) return rssi;

  const sighting = ibeaconOf(heard, rssi.value);
  if (!sighting.ok) return sighting;
  const values = readMeasured(heard, tableFor(heard));
  if (!values.ok) return values;
  const mac = canonicalMac(heard.mac ?? "") ?? canonicalMac(heard.id ?? "") ?? canonicalMac(levels[3]!);
  const random = numberOf(heard.mac_type) === 1;
  if (!sighting.value && values.value.length === 0 && rssi.value !== undefined) {
    const adverts = structuresOf(heard).map((data) => ({ mac: mac ?? "", rssi: rssi.value ?? 0, data, random }));
    return decoded(levels, readAdverts(adverts, hearing));
  }
  const readings: Reading[] = [{ kind: "sightings", sightings: sighting.value ? [sighting.value] : [] }];
  if (mac !== undefined && values.value.length > 0 && !isPrivateAddress(mac, random)) {
    readings.push({ kind: "sensor", mac, values: values.value });
  }
  return decoded(levels, readings);
}

function tableFor(heard: Message): ReadonlyMap<string, Measured> {
  const mass = massByUnit.get(heard.unit ?? "");
  return mass ? new Map([...measured, ["weight", mass]]) : measured;
}

/** "-79" and -79 -> dBm; undefined where the field is not there. */
function levelOf(heard: Message, field: "rssi" | "txpower"): DecodeResult<number | undefined> {
  if (heard[field] === undefined) return { ok: true, value: undefined };
  const value = numberOf(heard[field]);
  if (value === undefined) return { ok: false, reason: `${field} must be a number` };
  if (value < -150 || value > 40) return { ok: false, reason: `${field} must be between -150 and 40, not ${value}` };
  return { ok: true, value };
}

function ibeaconOf(heard: Message, rssiDbm: number | undefined): DecodeResult<Sighting | undefined> {
  if (heard.model_id !== "IBEACON") return { ok: true, value: undefined };
  const uuid = canonicalUuid(heard.uuid ?? "");
  if (!uuid) return { ok: false, reason: "uuid must be the 32 hex digits of an iBeacon" };
  const [major, minor] = [numberOf(heard.major), numberOf(heard.minor)];
  if (!isShort(major)) return { ok: false, reason: "major must be a whole number from 0 to 65535" };
  if (!isShort(minor)) return { ok: false, reason: "minor must be a whole number from 0 to 65535" };
  if (rssiDbm === undefined) return { ok: false, reason: "rssi is missing" };
  const power = levelOf(heard, "txpower");
  if (!power.ok) return power;
  const beacon = ibeaconId(uuid, major, minor);
  return {
    ok: true,
    value: { beacon, rssiDbm, ...(power.value === undefined ? {} : { measuredPowerDbm: power.value }) },
  };
}

function isShort(value: number | undefined): value is number {
  return value !== undefined && Number.isInteger(value) && value >= 0 && value <= 0xffff;
}

/** The parts of the advert that the gateway could not decode itself, put together again as AD structures. */
function structuresOf({ manufacturerdata, servicedata, servicedatauuid }: Message): string[] {
  const structures: string[] = [];
  if (manufacturerdata) structures.push(structure(adType.manufacturerData, manufacturerdata));
  const uuid = /^(?:0x)?([0-9a-f]{2})([0-9a-f]{2})$/i.exec(servicedatauuid ?? "");
  if (servicedata && uuid) structures.push(structure(adType.serviceData16, `${uuid[2]}${uuid[1]}${servicedata}`));
  return structures;
}

function structure(type: number, dataHex: string): string {
  return Buffer.from([dataHex.length / 2 + 1, type]).toString("hex") + dataHex;
}

function decoded(levels: string[], readings: Reading[]): DecodeResult<Decoded> {
  const id = foreignDeviceId(name, [levels[1]!]);
  return id.ok ? { ok: true, value: heardBy({ deviceId: id.value, format: name }, readings) } : id;
}
