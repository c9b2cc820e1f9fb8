/** A metric of Sparkplug B [6.4.1, sparkplug_b.proto]: whole numbers as UInt64 or Int64, others as Double, truths, texts. */
export type Metric = { name?: string; alias?: number; datatype: number; value: number | boolean | string };

const fields = { timestamp: 1, metric: 2, seq: 3 } as const;
const inMetric = { name: 1, alias: 2, datatype: 4, long: 11, double: 13, boolean: 14, text: 15 } as const;
const datatypeDouble = 10;

/** The payload's bytes. A death has neither `seq` nor a time. */
export function encodeSparkplug(payload: { timestampMs?: number; seq?: number; metrics: readonly Metric[] }): Buffer {
  const { timestampMs, seq, metrics } = payload;
  return Buffer.concat([
    ...(timestampMs === undefined ? [] : [varintField(fields.timestamp, timestampMs)]),
    ...metrics.map((metric) => bytesField(fields.metric, encodeMetric(metric))),
    ...(seq === undefined ? [] : [varintField(fields.seq, seq)]),
  ]);
}

function encodeMetric({ name, alias, datatype, value }: Metric): Buffer {
  return Buffer.concat([
    ...(name === undefined ? [] : [bytesField(inMetric.name, Buffer.from(name))]),
    ...(alias === undefined ? [] : [varintField(inMetric.alias, alias)]),
    varintField(inMetric.datatype, datatype),
    encodeValue(datatype, value),
  ]);
}

function encodeValue(datatype: number, value: Metric["value"]): Buffer {
  if (typeof value === "string") return bytesField(inMetric.text, Buffer.from(value));
  if (typeof value === "boolean") return varintField(inMetric.boolean, Number(value));
  if (datatype !== datatypeDouble) return varintField(inMetric.long, value);
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([tag(inMetric.double, 1), bytes]);
}

/** Protocol Buffers: `field << 3 | wire type`, varints in groups of seven bits, lowest first. */
function tag(field: number, wire: number): Buffer {
  return varint((field << 3) | wire);
}
const varintField = (field: number, value: number) => Buffer.concat([tag(field, 0), varint(value)]);
const bytesField = (field: number, bytes: Uint8Array) => Buffer.concat([tag(field, 2), varint(bytes.length), bytes]);

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(bytes);
}
