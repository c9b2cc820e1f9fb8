import type { DecodeResult } from "../decoded.ts";
import { textOf } from "../json.ts";
import { bounds } from "../readings.ts";
import { type ProtobufField, readProtobufFields } from "./protobuf.ts";

/** The payload of Sparkplug B 3.0 [6.4.1, sparkplug_b.proto], as far as a shop uses it. */
export type SparkplugPayload = { timestampMs?: number; seq?: number; metrics: SparkplugMetric[] };
export type SparkplugMetric = {
  /** Present in births; a node that gave an alias there leaves the name out later. */
  name?: string;
  alias?: number;
  datatype?: number;
  /** Of a past that was stored while nobody listened. */
  historical: boolean;
  /** Absent: null, or of a type that a shop has no use for (data sets, templates, bytes). */
  value?: number | boolean | string;
};

const maxMetrics = 1_000;
const maxFields = 64;
const maxNameBytes = 128;
const maxTextBytes = 256;
const payloadField = { timestamp: 1, metric: 2, seq: 3 } as const;
const metricField = { name: 1, alias: 2, datatype: 4, historical: 5, isNull: 7 } as const;
const valueField = { int: 10, long: 11, float: 12, double: 13, boolean: 14, text: 15 } as const;
const datatypes = { int8: 1, int16: 2, int64: 4, uint8: 5, uint16: 6, uint32: 7, uint64: 8, dateTime: 13 } as const;

/**
 * True when `seq` follows: 255 is followed by 0 [tck-id-payloads-sequence-num-incrementing]. With nothing before it, as at
 * the birth of a node, any will do: the specification asks for 0 in one chapter and for 0 to 255 in another.
 */
export function isNextSeq(previous: number | undefined, seq: number): boolean {
  if (!Number.isInteger(seq) || seq < 0 || seq > 255) return false;
  return previous === undefined || seq === (previous + 1) % 256;
}

/** What a birth said of an alias. */
export type KnownMetric = { name: string; datatype?: number };

/**
 * Bytes -> payload. Fields that nobody needs are passed over; anything cut off, mistyped or absurd is refused. Metrics
 * that come by alias get the name and the type that `known` has for it.
 */
export function decodeSparkplugPayload(
  bytes: Uint8Array,
  known: (alias: number) => KnownMetric | undefined = () => undefined,
): DecodeResult<SparkplugPayload> {
  const fields = readProtobufFields(bytes, maxMetrics + maxFields);
  if (!fields.ok) return fields;
  const payload: SparkplugPayload = { metrics: [] };
  for (const field of fields.value) {
    if (field.number === payloadField.timestamp) {
      const at = readCounter("timestamp", field, bounds.maxAtMs);
      if (!at.ok) return at;
      payload.timestampMs = at.value;
    } else if (field.number === payloadField.seq) {
      const seq = readCounter("seq", field, 255);
      if (!seq.ok) return seq;
      payload.seq = seq.value;
    } else if (field.number === payloadField.metric) {
      const label = `metrics[${payload.metrics.length}]`;
      if (payload.metrics.length === maxMetrics) {
        return { ok: false, reason: `metrics must not have more than ${maxMetrics} entries` };
      }
      if (field.wire !== "bytes") return { ok: false, reason: `${label} must be a message` };
      const metric = decodeMetric(field.bytes, known);
      if (!metric.ok) return { ok: false, reason: `${label}: ${metric.reason}` };
      payload.metrics.push(metric.value);
    }
  }
  return { ok: true, value: payload };
}

/** The sequence number alone, without reading any metric; undefined where there is none. */
export function seqOf(bytes: Uint8Array): number | undefined {
  const fields = readProtobufFields(bytes, maxMetrics + maxFields);
  const field = fields.ok ? fields.value.findLast(({ number }) => number === payloadField.seq) : undefined;
  const seq = field && readCounter("seq", field, 255);
  return seq?.ok ? seq.value : undefined;
}

function decodeMetric(
  bytes: Uint8Array,
  known: (alias: number) => KnownMetric | undefined,
): DecodeResult<SparkplugMetric> {
  const fields = readProtobufFields(bytes, maxFields);
  if (!fields.ok) return fields;
  const metric: SparkplugMetric = { historical: false };
  let value: ProtobufField | undefined;
  let isNull = false;
  for (const field of fields.value) {
    switch (field.number) {
      case metricField.name: {
        const text = readText("name", field, maxNameBytes);
        if (!text.ok) return text;
        metric.name = text.value;
        break;
      }
      case metricField.alias:
      case metricField.datatype: {
        const key = field.number === metricField.alias ? "alias" : "datatype";
        const number = readCounter(key, field, Number.MAX_SAFE_INTEGER);
        if (!number.ok) return number;
        metric[key] = number.value;
        break;
      }
      case metricField.historical:
        metric.historical = isTrue(field);
        break;
      case metricField.isNull:
        isNull = isTrue(field);
        break;
      default:
        if (field.number >= valueField.int && field.number <= valueField.text) value = field;
    }
  }
  const born = metric.name === undefined && metric.alias !== undefined ? known(metric.alias) : undefined;
  if (born) {
    metric.name = born.name;
    if (metric.datatype === undefined && born.datatype !== undefined) metric.datatype = born.datatype;
  }
  if (isNull || !value) return { ok: true, value: metric };
  const read = readValue(value, metric.datatype);
  if (!read.ok) return read;
  metric.value = read.value;
  return { ok: true, value: metric };
}

function readValue(field: ProtobufField, datatype: number | undefined): DecodeResult<number | boolean | string> {
  switch (field.number) {
    case valueField.int:
    case valueField.long:
      if (field.wire !== "varint") return mistyped("value");
      return { ok: true, value: readInteger(field.value, field.number === valueField.long ? 64 : 32, datatype) };
    case valueField.float:
      if (field.wire !== "fixed32") return mistyped("value");
      return { ok: true, value: viewOf(field.bytes).getFloat32(0, true) };
    case valueField.double:
      if (field.wire !== "fixed64") return mistyped("value");
      return { ok: true, value: viewOf(field.bytes).getFloat64(0, true) };
    case valueField.boolean:
      return field.wire === "varint" ? { ok: true, value: isTrue(field) } : mistyped("value");
    default:
      return readText("value", field, maxTextBytes);
  }
}

/**
 * Integers travel as two's complement. Data messages leave the datatype out [tck-id-payloads-metric-datatype-not-req]:
 * the top bit is then taken for a sign, because nothing in a shop is counted beyond two thousand million.
 */
function readInteger(value: bigint, width: 32 | 64, datatype: number | undefined): number {
  switch (datatype) {
    case datatypes.int8:
      return Number(BigInt.asIntN(8, value));
    case datatypes.int16:
      return Number(BigInt.asIntN(16, value));
    case datatypes.uint8:
    case datatypes.uint16:
    case datatypes.uint32:
      return Number(BigInt.asUintN(32, value));
    case datatypes.uint64:
    case datatypes.dateTime:
      return Number(value);
    default:
      return Number(BigInt.asIntN(datatype === datatypes.int64 ? 64 : width, value));
  }
}

function readCounter(name: string, field: ProtobufField, max: number): DecodeResult<number> {
  if (field.wire !== "varint") return mistyped(name);
  if (field.value > BigInt(max)) return { ok: false, reason: `${name} must be at most ${max}, not ${field.value}` };
  return { ok: true, value: Number(field.value) };
}

function readText(name: string, field: ProtobufField, maxBytes: number): DecodeResult<string> {
  if (field.wire !== "bytes") return mistyped(name);
  if (field.bytes.length > maxBytes) return { ok: false, reason: `${name} must not be longer than ${maxBytes} bytes` };
  return { ok: true, value: textOf(field.bytes) };
}

function isTrue(field: ProtobufField): boolean {
  return field.wire === "varint" && field.value !== 0n;
}

function mistyped(name: string): { ok: false; reason: string } {
  return { ok: false, reason: `${name} is of another type than Sparkplug says` };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
