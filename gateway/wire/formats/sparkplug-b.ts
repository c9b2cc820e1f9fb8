import type { Decoded, DecodeResult, MqttFormat, PlateReading, Reading, SensorValue } from "../decoded.ts";
import { bounds } from "../readings.ts";
import { foreignDeviceId } from "./device-id.ts";
import { anyRange, gramsRange, numberWithin } from "./quantity.ts";
import { decodeSparkplugPayload, type SparkplugMetric, type SparkplugPayload } from "./sparkplug-payload.ts";

/**
 * Sparkplug B 3.0 (sparkplug.eclipse.org): `spBv1.0/<group>/<type>/<node>[/<device>]`. Births and deaths are status.
 * A metric `plate/<number>/grams` is a plate; any other number or truth is a sensor's value under the metric's name,
 * without a unit; the text `Properties/Firmware` of a birth is the firmware. Metrics that have only an alias, that are
 * null, or that tell of the past are passed over.
 * Dedupe key: none; `seq` only finds gaps (`isNextSeq`), because it begins anew after 255. `boot` is a node's bdSeq: a
 * death with another bdSeq than the last birth's is that of an earlier connection.
 */

const name = "sparkplug-b";

export const sparkplugFormats: MqttFormat[] = [
  { name, topic: "spBv1.0/+/NBIRTH/+", decode: birth },
  { name, topic: "spBv1.0/+/DBIRTH/+/+", decode: birth },
  { name, topic: "spBv1.0/+/NDATA/+", decode: data },
  { name, topic: "spBv1.0/+/DDATA/+/+", decode: data },
  { name, topic: "spBv1.0/+/NDEATH/+", decode: death },
  { name, topic: "spBv1.0/+/DDEATH/+/+", decode: death },
  {
    name,
    topic: "spBv1.0/STATE/+",
    decode: () => ignored("the state of a Sparkplug host says nothing"),
    unasked: true,
  },
  { name, topic: "spBv1.0/+/NCMD/+", decode: () => ignored("a command to a node says nothing"), unasked: true },
  { name, topic: "spBv1.0/+/DCMD/+/+", decode: () => ignored("a command to a device says nothing"), unasked: true },
];

function birth(levels: string[], bytes: Uint8Array): DecodeResult<Decoded> {
  return withPayload(levels, bytes, (payload, deviceId) => {
    const firmware = payload.metrics.find((metric) => metric.name === "Properties/Firmware")?.value;
    const status: Reading = {
      kind: "status",
      state: "online",
      ...(typeof firmware === "string" ? { firmware: firmware.slice(0, 60) } : {}),
    };
    const readings = readMetrics(payload.metrics, deviceId);
    return readings.ok ? { ok: true, value: [status, ...readings.value] } : readings;
  });
}

function data(levels: string[], bytes: Uint8Array): DecodeResult<Decoded> {
  return withPayload(levels, bytes, ({ metrics }, deviceId) => {
    if (metrics.length > 0 && metrics.every((metric) => metric.name === undefined)) {
      return ignored("its metrics have an alias and no name: set the node to send names with its data");
    }
    return readMetrics(metrics, deviceId);
  });
}

function death(levels: string[], bytes: Uint8Array): DecodeResult<Decoded> {
  return withPayload(levels, bytes, () => ({ ok: true, value: [{ kind: "status", state: "offline" }] }));
}

function withPayload(
  levels: string[],
  bytes: Uint8Array,
  read: (payload: SparkplugPayload, deviceId: string) => DecodeResult<Reading[]>,
): DecodeResult<Decoded> {
  const deviceId = foreignDeviceId("sparkplug", [levels[1]!, ...levels.slice(3)]);
  if (!deviceId.ok) return deviceId;
  const payload = decodeSparkplugPayload(bytes);
  if (!payload.ok) return payload;
  const readings = read(payload.value, deviceId.value);
  if (!readings.ok) return readings;
  const { timestampMs: at, metrics } = payload.value;
  const boot = metrics.find((metric) => metric.name === "bdSeq")?.value;
  return {
    ok: true,
    value: {
      deviceId: deviceId.value,
      kind: "shelf",
      format: name,
      ...(typeof boot === "number" && boot >= 0 ? { boot } : {}),
      ...(at === undefined ? {} : { at }),
      readings: readings.value,
    },
  };
}

const plateForm = /^plate\/([0-9]{1,4})\/grams$/;
/** Names that the specification keeps for the node itself. */
const ownForm = /^(?:bdSeq$|Node Control\/|Device Control\/|Properties\/)/;

function readMetrics(metrics: SparkplugMetric[], mac: string): DecodeResult<Reading[]> {
  const plates = new Map<number, PlateReading>();
  const values: SensorValue[] = [];
  for (const { name: metric, value, historical } of metrics) {
    if (metric === undefined || value === undefined || typeof value === "string" || historical) continue;
    if (ownForm.test(metric)) continue;
    const plateNumber = plateForm.exec(metric)?.[1];
    const label = metric.length > 40 ? `${metric.slice(0, 40)}…` : metric;
    if (plateNumber === undefined) {
      const number = numberWithin(label, Number(value), anyRange);
      if (!number.ok) return number;
      values.push({ property: metric, value: number.value, unit: "" });
      continue;
    }
    const plate = numberWithin(`the plate of ${label}`, Number(plateNumber), [1, bounds.maxPlate]);
    if (!plate.ok) return plate;
    const grams = numberWithin(label, value, gramsRange);
    if (!grams.ok) return grams;
    // said twice in one message: the later one is the newer
    plates.set(plate.value, { plate: plate.value, grams: grams.value });
  }
  const readings: Reading[] = [];
  if (plates.size > 0) readings.push({ kind: "plates", plates: [...plates.values()] });
  if (values.length > 0) readings.push({ kind: "sensor", mac, values });
  return { ok: true, value: readings };
}

function ignored(reason: string): { ok: false; reason: string } {
  return { ok: false, reason };
}
