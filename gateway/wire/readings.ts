import { type Static, Type } from "typebox";
import type { DecodeResult } from "./decoded.ts";
import { createJsonReader } from "./json.ts";

/**
 * Payloads of the native topics. Every bound on what a device may claim stands here, once:
 * wide enough for any honest device, narrow enough that an absurd number never reaches a room.
 */
export const bounds = {
  /** 2100-01-01. A clock beyond that is broken; one at 1970 is only unset, see devices/event-time.ts. */
  maxAtMs: 4_102_444_800_000,
  maxPlate: 64,
  maxPlatesPerReading: 64,
  minGrams: -50_000,
  maxGrams: 500_000,
  maxReadsPerMessage: 1_000,
  maxAdvertsPerMessage: 1_000,
  /** 1650 bytes: the most an extended advertising chain carries [Bluetooth Core 5.4, Vol 4 Part E, 7.7.65.13]. */
  maxAdvertHexLength: 3_300,
  maxPeople: 10_000,
  maxFacings: 10_000,
  maxTelemetryValues: 64,
  maxTelemetryMagnitude: 1e15,
} as const;

const Counter = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const At = Type.Integer({ minimum: 0, maximum: bounds.maxAtMs, description: "epoch ms of the measurement" });
const Celsius = Type.Number({ minimum: -60, maximum: 150 });
const Dbm = Type.Number({ minimum: -150, maximum: 40 });
const Name = Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$" });
const Envelope = { boot: Counter, seq: Counter, at: Type.Optional(At) };

export const ShelfReadingSchema = Type.Object({
  ...Envelope,
  plates: Type.Array(
    Type.Object({
      plate: Type.Integer({ minimum: 1, maximum: bounds.maxPlate }),
      grams: Type.Number({ minimum: bounds.minGrams, maximum: bounds.maxGrams }),
      tempC: Type.Optional(Celsius),
    }),
    { minItems: 1, maxItems: bounds.maxPlatesPerReading },
  ),
});
export type ShelfReading = Static<typeof ShelfReadingSchema>;

export const RfidReadsSchema = Type.Object({
  ...Envelope,
  reads: Type.Array(
    Type.Object({
      epc: Type.String({ pattern: "^([0-9A-Fa-f]{4}){2,31}$", description: "EPC bank in hex, whole 16 bit words" }),
      antenna: Type.Integer({ minimum: 0, maximum: 255 }),
      rssi: Dbm,
      at: Type.Optional(At),
    }),
    { maxItems: bounds.maxReadsPerMessage },
  ),
});
export type RfidReads = Static<typeof RfidReadsSchema>;

export const BleAdvertsSchema = Type.Object({
  ...Envelope,
  adverts: Type.Array(
    Type.Object({
      mac: Type.String({ pattern: "^([0-9A-Fa-f]{2}:?){5}[0-9A-Fa-f]{2}$" }),
      rssi: Dbm,
      data: Type.String({ maxLength: bounds.maxAdvertHexLength, pattern: "^([0-9A-Fa-f]{2})*$" }),
      at: Type.Optional(At),
    }),
    { maxItems: bounds.maxAdvertsPerMessage },
  ),
});
export type BleAdverts = Static<typeof BleAdvertsSchema>;

const KindSchema = Type.Object({ kind: Type.String({ maxLength: 40 }) });
export const PeopleCountSchema = Type.Object({
  ...Envelope,
  kind: Type.Literal("count"),
  zone: Name,
  people: Type.Integer({ minimum: 0, maximum: bounds.maxPeople }),
});
export const FacingsSchema = Type.Object({
  ...Envelope,
  kind: Type.Literal("facings"),
  shelf: Name,
  plate: Type.Integer({ minimum: 1, maximum: bounds.maxPlate }),
  count: Type.Integer({ minimum: 0, maximum: bounds.maxFacings }),
});
export type CameraEvent = Static<typeof PeopleCountSchema> | Static<typeof FacingsSchema>;

export const MirrorEventSchema = Type.Object({
  ...Envelope,
  kind: Type.Union([Type.Literal("presence"), Type.Literal("look"), Type.Literal("gesture")]),
  sku: Type.Optional(Type.String({ minLength: 1, maxLength: 40 })),
  present: Type.Optional(Type.Boolean()),
});
export type MirrorEvent = Static<typeof MirrorEventSchema>;

export const StatusSchema = Type.Object({
  state: Type.Union([Type.Literal("online"), Type.Literal("offline")]),
  firmware: Type.Optional(Type.String({ maxLength: 60 })),
  boot: Type.Optional(Counter),
  at: Type.Optional(At),
});
export type DeviceStatus = Static<typeof StatusSchema>;

const TelemetryEnvelopeSchema = Type.Object({
  boot: Type.Optional(Counter),
  seq: Type.Optional(Counter),
  at: Type.Optional(At),
});
export type Telemetry = Static<typeof TelemetryEnvelopeSchema> & { values: Record<string, number> };

const shelfReading = createJsonReader(ShelfReadingSchema);
const rfidReads = createJsonReader(RfidReadsSchema);
const bleAdverts = createJsonReader(BleAdvertsSchema);
const cameraKind = createJsonReader(KindSchema);
const peopleCount = createJsonReader(PeopleCountSchema);
const facings = createJsonReader(FacingsSchema);
const mirrorEvent = createJsonReader(MirrorEventSchema);
const status = createJsonReader(StatusSchema);
const telemetryEnvelope = createJsonReader(TelemetryEnvelopeSchema);

/** `shelf/<device>/reading`. Every plate named is measured now; a plate left out is unchanged. */
export function decodeShelfReading(bytes: Uint8Array): DecodeResult<ShelfReading> {
  return shelfReading.read(bytes);
}

/** `rfid/<device>/reads`. An empty list says "I am here and heard nothing". */
export function decodeRfidReads(bytes: Uint8Array): DecodeResult<RfidReads> {
  return rfidReads.read(bytes);
}

/** `ble/<device>/adverts`. What the adverts mean is decided in formats/. */
export function decodeBleAdverts(bytes: Uint8Array): DecodeResult<BleAdverts> {
  return bleAdverts.read(bytes);
}

/** `camera/<device>/event`. */
export function decodeCameraEvent(bytes: Uint8Array): DecodeResult<CameraEvent> {
  const kind = cameraKind.read(bytes);
  if (!kind.ok) return kind;
  if (kind.value.kind === "count") return peopleCount.check(kind.value);
  if (kind.value.kind === "facings") return facings.check(kind.value);
  return { ok: false, reason: `kind has a value nobody knows: "${kind.value.kind}"` };
}

/** `mirror/<device>/event`. A look needs its sku, presence needs to say which. */
export function decodeMirrorEvent(bytes: Uint8Array): DecodeResult<MirrorEvent> {
  const event = mirrorEvent.read(bytes);
  if (!event.ok) return event;
  if (event.value.kind === "look" && event.value.sku === undefined) return { ok: false, reason: "sku is missing" };
  if (event.value.kind === "presence" && event.value.present === undefined) {
    return { ok: false, reason: "present is missing" };
  }
  return event;
}

/** `<kind>/<device>/status`, retained, also the will. */
export function decodeStatus(bytes: Uint8Array): DecodeResult<DeviceStatus> {
  return status.read(bytes);
}

/** `<kind>/<device>/telemetry`: every number at the top level, by its name. Texts and nested values are passed over. */
export function decodeTelemetry(bytes: Uint8Array): DecodeResult<Telemetry> {
  const envelope = telemetryEnvelope.read(bytes);
  if (!envelope.ok) return envelope;
  const { boot, seq, at } = envelope.value;
  const numbers = collectNumbers(envelope.value);
  if (!numbers.ok) return numbers;
  return {
    ok: true,
    value: {
      ...(boot === undefined ? {} : { boot }),
      ...(seq === undefined ? {} : { seq }),
      ...(at === undefined ? {} : { at }),
      values: numbers.value,
    },
  };
}

/** The numbers of a JSON object, within bounds; used for telemetry of any maker. */
export function collectNumbers(payload: object): DecodeResult<Record<string, number>> {
  const values: Record<string, number> = {};
  let count = 0;
  for (const [key, value] of Object.entries(payload)) {
    if (typeof value !== "number" || key === "boot" || key === "seq" || key === "at") continue;
    // A field called __proto__ would set the prototype instead of a value.
    if (key === "__proto__" || key.length > 40) return { ok: false, reason: "the name of a field is not acceptable" };
    if (Math.abs(value) > bounds.maxTelemetryMagnitude) {
      return { ok: false, reason: `${key} must be at most ${bounds.maxTelemetryMagnitude}, not ${value}` };
    }
    count += 1;
    if (count > bounds.maxTelemetryValues) {
      return { ok: false, reason: `the payload must not have more than ${bounds.maxTelemetryValues} numbers` };
    }
    values[key] = value;
  }
  return { ok: true, value: values };
}
