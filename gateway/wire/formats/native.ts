import type { Decoded, DecodeResult, MqttFormat, Reading } from "../decoded.ts";
import type { Hearing } from "../format-memory.ts";
import {
  type CameraEvent,
  decodeBleAdverts,
  decodeCameraEvent,
  decodeMirrorEvent,
  decodeRfidReads,
  decodeShelfReading,
  decodeStatus,
  decodeTelemetry,
} from "../readings.ts";
import { decodeDeviceReply } from "../requests.ts";
import { deviceKinds, type TopicKind } from "../topics.ts";
import { readAdverts } from "./read-adverts.ts";

/** Our own topics. Dedupe key: boot and seq. Levels: store / <store> / <kind> / <device> / <channel>. */

type Decode = MqttFormat["decode"];
type Envelope = { boot?: number; seq?: number; at?: number };

const name = "native";
const deviceLevel = 3;

/** By kind and channel, for the hot path: two property reads instead of matching filters. */
export const nativeDecoders: Readonly<Record<TopicKind, Readonly<Record<string, Decode>>>> = {
  shelf: { reading: decodeShelf, ...common("shelf") },
  rfid: { reads: decodeRfid, ...common("rfid") },
  ble: { adverts: decodeBle, ...common("ble") },
  camera: { event: decodeCamera, ...common("camera") },
  mirror: { event: decodeMirror, ...common("mirror") },
};

/** The same as a list: what an external broker is asked for, and what the documentation shows. */
export const nativeFormats: MqttFormat[] = deviceKinds.flatMap((kind) =>
  Object.entries(nativeDecoders[kind]).map(([channel, decode]) => ({
    name,
    topic: `store/{store}/${kind}/+/${channel}`,
    decode,
  })),
);

function decodeShelf(levels: string[], bytes: Uint8Array): DecodeResult<Decoded> {
  const result = decodeShelfReading(bytes);
  if (!result.ok) return result;
  const plates = result.value.plates.map(({ plate, grams, tempC }) =>
    tempC === undefined ? { plate, grams } : { plate, grams, tempC },
  );
  return decoded("shelf", levels, result.value, [{ kind: "plates", plates }]);
}

function decodeRfid(levels: string[], bytes: Uint8Array): DecodeResult<Decoded> {
  const result = decodeRfidReads(bytes);
  if (!result.ok) return result;
  const reads = result.value.reads.map(({ epc, antenna, rssi, at }) => {
    const read = { epc: epc.toLowerCase(), antenna, rssiDbm: rssi };
    return at === undefined ? read : { ...read, at };
  });
  return decoded("rfid", levels, result.value, [{ kind: "tags", reads }]);
}

function decodeBle(levels: string[], bytes: Uint8Array, hearing: Hearing): DecodeResult<Decoded> {
  const result = decodeBleAdverts(bytes);
  if (!result.ok) return result;
  return decoded("ble", levels, result.value, readAdverts(result.value.adverts, hearing));
}

function decodeCamera(levels: string[], bytes: Uint8Array): DecodeResult<Decoded> {
  const result = decodeCameraEvent(bytes);
  if (!result.ok) return result;
  return decoded("camera", levels, result.value, [cameraReading(result.value)]);
}

function cameraReading(event: CameraEvent): Reading {
  if (event.kind === "count") return { kind: "people", zone: event.zone, people: event.people };
  return { kind: "facings", shelf: event.shelf, plate: event.plate, count: event.count };
}

function decodeMirror(levels: string[], bytes: Uint8Array): DecodeResult<Decoded> {
  const result = decodeMirrorEvent(bytes);
  if (!result.ok) return result;
  const { kind: event, sku, present } = result.value;
  const reading: Reading = {
    kind: "mirror",
    event,
    ...(sku === undefined ? {} : { sku }),
    ...(present === undefined ? {} : { present }),
  };
  return decoded("mirror", levels, result.value, [reading]);
}

function common(kind: TopicKind): { status: Decode; telemetry: Decode; reply: Decode } {
  return {
    status(levels, bytes) {
      const result = decodeStatus(bytes);
      if (!result.ok) return result;
      const { state, firmware } = result.value;
      return decoded(kind, levels, result.value, [
        { kind: "status", state, ...(firmware === undefined ? {} : { firmware }) },
      ]);
    },
    telemetry(levels, bytes) {
      const result = decodeTelemetry(bytes);
      if (!result.ok) return result;
      return decoded(kind, levels, result.value, [{ kind: "telemetry", values: result.value.values }]);
    },
    reply(levels, bytes) {
      const result = decodeDeviceReply(bytes);
      if (!result.ok) return result;
      return decoded(kind, levels, {}, [{ kind: "reply", reply: result.value }]);
    },
  };
}

function decoded(kind: TopicKind, levels: string[], envelope: Envelope, readings: Reading[]): DecodeResult<Decoded> {
  const value: Decoded = { deviceId: levels[deviceLevel]!, kind, format: name, readings };
  if (envelope.boot !== undefined) value.boot = envelope.boot;
  if (envelope.seq !== undefined) value.seq = envelope.seq;
  if (envelope.at !== undefined) value.at = envelope.at;
  return { ok: true, value };
}
