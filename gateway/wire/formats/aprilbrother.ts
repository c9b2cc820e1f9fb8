import type { Decoded, DecodeResult, MqttFormat, Reading } from "../decoded.ts";
import type { Hearing } from "../format-memory.ts";
import { textOf } from "../json.ts";
import { bounds } from "../readings.ts";
import { gatewayIdByMac, heardBy } from "./ble-gateway.ts";
import { signedByte, toHex } from "./hex.ts";
import { type MsgpackValue, readMsgpack } from "./msgpack.ts";
import { type HeardAdvert, readAdverts } from "./read-adverts.ts";

/**
 * AprilBrother AB BLE Gateway V4: MessagePack of `v, mid, time, ip, mac, rssi?, devices[]`, each device being
 * `advert type 1 | address 6 | rssi int8 | AD…` (AprilBrother's user guide of the V4). The topic is free on the gateway:
 * set it to `aprilbrother/<gateway's address>/adverts`.
 * Dedupe key: none; `mid` begins anew at every start, and a sighting heard twice changes nothing.
 */

const name = "aprilbrother";
const headBytes = 8;

export const aprilbrotherFormats: MqttFormat[] = [{ name, topic: "aprilbrother/+/adverts", decode }];

function decode(levels: string[], bytes: Uint8Array, hearing: Hearing): DecodeResult<Decoded> {
  const message = readMsgpack(bytes);
  if (!message.ok) return message;
  const fields = message.value;
  if (!(fields instanceof Map)) return { ok: false, reason: "the payload must be a map" };
  const mac = fields.get("mac");
  if (!(mac instanceof Uint8Array)) return { ok: false, reason: "mac is missing" };
  const id = gatewayIdByMac(name, levels[1]!, textOf(mac));
  if (!id.ok) return id;
  const adverts = advertsOf(fields.get("devices"));
  if (!adverts.ok) return adverts;
  const values = telemetryOf(fields);
  if (!values.ok) return values;
  const readings = readAdverts(adverts.value, hearing);
  if (Object.keys(values.value).length > 0)
    readings.push({ kind: "telemetry", values: values.value } satisfies Reading);
  return { ok: true, value: heardBy({ deviceId: id.value, format: name }, readings) };
}

function advertsOf(devices: MsgpackValue | undefined): DecodeResult<HeardAdvert[]> {
  if (!Array.isArray(devices)) return { ok: false, reason: "devices must be a list" };
  if (devices.length > bounds.maxAdvertsPerMessage) {
    return { ok: false, reason: `devices must not have more than ${bounds.maxAdvertsPerMessage} entries` };
  }
  const adverts: HeardAdvert[] = [];
  for (const [index, device] of devices.entries()) {
    if (!(device instanceof Uint8Array)) return { ok: false, reason: `devices[${index}] must be bytes` };
    if (device.length < headBytes || device.length > headBytes + bounds.maxAdvertHexLength / 2) {
      return { ok: false, reason: `devices[${index}] has ${device.length} bytes, which no advert has` };
    }
    const rssi = signedByte(device[7]!);
    if (rssi > 40) return { ok: false, reason: `devices[${index}]: rssi must be at most 40, not ${rssi}` };
    adverts.push({ mac: toHex(device, 1, 7), rssi, data: toHex(device, headBytes) });
  }
  return { ok: true, value: adverts };
}

/** Seconds since its start, and the level of its own Wi-Fi. */
function telemetryOf(fields: Map<string, MsgpackValue>): DecodeResult<Record<string, number>> {
  const values: Record<string, number> = {};
  for (const [field, property] of [
    ["time", "uptime"],
    ["rssi", "rssi"],
  ] as const) {
    const value = fields.get(field);
    if (typeof value !== "number") continue;
    if (!(Math.abs(value) <= bounds.maxTelemetryMagnitude)) {
      return { ok: false, reason: `${field} must be at most ${bounds.maxTelemetryMagnitude}, not ${value}` };
    }
    values[property] = value;
  }
  return { ok: true, value: values };
}
