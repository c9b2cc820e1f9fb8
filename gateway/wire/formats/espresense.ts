import { type Static, Type } from "typebox";
import type { Decoded, DecodeResult, MqttFormat, Reading, Sighting } from "../decoded.ts";
import { createJsonReader, parseJson, textOf } from "../json.ts";
import { collectNumbers } from "../readings.ts";
import { espresenseDeviceId } from "../topics.ts";
import { ibeaconId } from "./ibeacon.ts";

/**
 * ESPresense nodes as they are (ESPresense/ESPresense src/main.cpp, src/BleFingerprint.cpp):
 * `espresense/devices/<id>/<room>` and `espresense/rooms/<room>/{status,telemetry,<setting>}`.
 * Dedupe key: none; a sighting heard twice changes nothing.
 */

const name = "espresense";

const DeviceSchema = Type.Object({
  id: Type.String({ maxLength: 120 }),
  rssi: Type.Number({ minimum: -150, maximum: 40 }),
  "rssi@1m": Type.Optional(Type.Number({ minimum: -150, maximum: 40 })),
});
const device = createJsonReader(DeviceSchema);

export const espresenseFormats: MqttFormat[] = [
  { name, topic: "espresense/devices/+/+", decode: decodeDevice },
  { name, topic: "espresense/rooms/+/+", decode: decodeRoom },
];

function decodeDevice(levels: string[], bytes: Uint8Array): DecodeResult<Decoded> {
  const result = device.read(bytes);
  if (!result.ok) return result;
  const sighting = sightingOf(result.value);
  return decoded(levels[3]!, [{ kind: "sightings", sightings: sighting ? [sighting] : [] }]);
}

/** Phones, watches and random addresses have ids too; only beacons that a shop hangs up itself become sightings. */
function sightingOf(payload: Static<typeof DeviceSchema>): Sighting | undefined {
  const beacon = canonicalBeacon(payload.id);
  if (!beacon) return undefined;
  const measuredPowerDbm = payload["rssi@1m"];
  return { beacon, rssiDbm: payload.rssi, ...(measuredPowerDbm === undefined ? {} : { measuredPowerDbm }) };
}

const ibeaconForm = /^iBeacon:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-([0-9]{1,5})-([0-9]{1,5})$/i;
const eddystoneForm = /^eddy:([0-9a-f]{20})-([0-9a-f]{12})$/i;

/** `iBeacon:<uuid>-<major>-<minor>` and `eddy:<namespace>-<instance>` -> Sighting.beacon. */
export function canonicalBeacon(id: string): string | undefined {
  const ibeacon = ibeaconForm.exec(id);
  if (ibeacon) {
    const major = Number(ibeacon[2]);
    const minor = Number(ibeacon[3]);
    return major <= 0xffff && minor <= 0xffff ? ibeaconId(ibeacon[1]!, major, minor) : undefined;
  }
  const eddystone = eddystoneForm.exec(id);
  return eddystone ? `eddystone:${eddystone[1]!.toLowerCase()}:${eddystone[2]!.toLowerCase()}` : undefined;
}

function decodeRoom(levels: string[], bytes: Uint8Array): DecodeResult<Decoded> {
  const room = levels[2]!;
  if (levels[3] === "status") {
    const state = textOf(bytes.subarray(0, 16));
    if (state !== "online" && state !== "offline") return { ok: false, reason: "status must be online or offline" };
    return decoded(room, [{ kind: "status", state }]);
  }
  if (levels[3] === "telemetry") {
    const payload = parseJson(bytes);
    if (!payload.ok) return payload;
    if (typeof payload.value !== "object" || payload.value === null || Array.isArray(payload.value)) {
      return { ok: false, reason: "the payload must be an object" };
    }
    const values = collectNumbers(payload.value);
    return values.ok ? decoded(room, [{ kind: "telemetry", values: values.value }]) : values;
  }
  // The node's settings, retained: they say that it exists and nothing else that a shop needs.
  return decoded(room, []);
}

function decoded(room: string, readings: Reading[]): DecodeResult<Decoded> {
  if (room === "" || room === "*") return { ok: false, reason: "the topic names no room" };
  return { ok: true, value: { deviceId: espresenseDeviceId(room), kind: "ble", format: name, readings } };
}
