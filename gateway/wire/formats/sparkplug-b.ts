import type { Decoded, DecodeResult, MqttFormat, PlateReading, Reading, SensorValue } from "../decoded.ts";
import type { Hearing } from "../format-memory.ts";
import { bounds } from "../readings.ts";
import { foreignDeviceId } from "./device-id.ts";
import { anyRange, gramsRange, numberWithin } from "./quantity.ts";
import {
  askForBirth,
  bearDevice,
  bearNode,
  buryNode,
  follow,
  metricsOf,
  type NodeName,
  nodeNamed,
} from "./sparkplug-nodes.ts";
import { decodeSparkplugPayload, type SparkplugMetric, type SparkplugPayload, seqOf } from "./sparkplug-payload.ts";

/**
 * Sparkplug B 3.0 (sparkplug.eclipse.org): `spBv1.0/<group>/<type>/<node>[/<device>]`. Births and deaths are status.
 * A metric `plate/<number>/grams` is a plate; any other number or truth is a sensor's value under the metric's name,
 * without a unit; the text `Properties/Firmware` of a birth is the firmware. Metrics that are null or that tell of the past
 * are passed over; those that come by alias have the name of their birth (sparkplug-nodes.ts).
 * Dedupe key: none; `seq` only finds gaps (`isNextSeq`), because it begins anew after 255. `boot` is a node's bdSeq: a
 * death with another bdSeq than the last birth's is that of an earlier connection. With a node its devices go offline.
 */

const formatName = "sparkplug-b";
const kind = "shelf";

export const sparkplugFormats: MqttFormat[] = [
  { name: formatName, topic: "spBv1.0/+/NBIRTH/+", decode: birth },
  { name: formatName, topic: "spBv1.0/+/DBIRTH/+/+", decode: birth },
  { name: formatName, topic: "spBv1.0/+/NDATA/+", decode: data },
  { name: formatName, topic: "spBv1.0/+/DDATA/+/+", decode: data },
  { name: formatName, topic: "spBv1.0/+/NDEATH/+", decode: death },
  { name: formatName, topic: "spBv1.0/+/DDEATH/+/+", decode: death },
  {
    name: formatName,
    topic: "spBv1.0/STATE/+",
    decode: () => ignored("the state of a Sparkplug host says nothing"),
    unasked: true,
  },
  {
    name: formatName,
    topic: "spBv1.0/+/NCMD/+",
    decode: () => ignored("a command to a node says nothing"),
    unasked: true,
  },
  {
    name: formatName,
    topic: "spBv1.0/+/DCMD/+/+",
    decode: () => ignored("a command to a device says nothing"),
    unasked: true,
  },
];

type Read = (payload: SparkplugPayload, deviceId: string) => DecodeResult<Reading[]>;

function birth(levels: string[], bytes: Uint8Array, hearing: Hearing): DecodeResult<Decoded> {
  const name = nameIn(levels);
  return withPayload({ levels, bytes }, hearing, (payload, deviceId) => {
    const device = levels[4];
    if (device === undefined) bearNode(name, payload, hearing);
    else {
      follow(name, payload.seq, hearing);
      bearDevice(name, device, payload, hearing);
    }
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

function data(levels: string[], bytes: Uint8Array, hearing: Hearing): DecodeResult<Decoded> {
  const name = nameIn(levels);
  // before the metrics are read: after a gap no alias may be believed
  follow(name, seqOf(bytes), hearing);
  return withPayload({ levels, bytes }, hearing, ({ metrics }, deviceId) => {
    const nameless = metrics.filter((metric) => metric.name === undefined).length;
    if (nameless === 0) return readMetrics(metrics, deviceId);
    askForBirth(name, hearing);
    const reason = `${nameless} of its metrics have an alias and no name, and no birth that names them was heard. The node was asked to be born again.`;
    if (nameless === metrics.length) return ignored(hearing.doubt ?? reason);
    hearing.doubt ??= reason;
    return readMetrics(metrics, deviceId);
  });
}

function death(levels: string[], bytes: Uint8Array, hearing: Hearing): DecodeResult<Decoded> {
  const name = nameIn(levels);
  return withPayload({ levels, bytes }, hearing, (payload) => {
    const offline: Reading[] = [{ kind: "status", state: "offline" }];
    const device = levels[4];
    if (device !== undefined) {
      follow(name, payload.seq, hearing);
      nodeNamed(name, hearing)?.devices.delete(device);
      return { ok: true, value: offline };
    }
    const bdSeq = payload.metrics.find((metric) => metric.name === "bdSeq")?.value;
    const gone = buryNode(name, typeof bdSeq === "number" ? bdSeq : undefined, hearing);
    if (gone === false) return ignored("the death of an earlier connection: the node has been born again since");
    for (const each of gone) {
      const deviceId = foreignDeviceId("sparkplug", [name.group, name.node, each]);
      if (deviceId.ok) hearing.also.push({ deviceId: deviceId.value, kind, format: formatName, readings: offline });
    }
    return { ok: true, value: offline };
  });
}

const nameIn = (levels: string[]): NodeName => ({ group: levels[1]!, node: levels[3]! });

function withPayload(
  { levels, bytes }: { levels: string[]; bytes: Uint8Array },
  hearing: Hearing,
  read: Read,
): DecodeResult<Decoded> {
  const deviceId = foreignDeviceId("sparkplug", [levels[1]!, ...levels.slice(3)]);
  if (!deviceId.ok) return deviceId;
  const payload = decodeSparkplugPayload(bytes, metricsOf(nameIn(levels), hearing));
  if (!payload.ok) return payload;
  const readings = read(payload.value, deviceId.value);
  if (!readings.ok) return readings;
  const { timestampMs: at, metrics } = payload.value;
  const boot = metrics.find((metric) => metric.name === "bdSeq")?.value;
  return {
    ok: true,
    value: {
      deviceId: deviceId.value,
      kind,
      format: formatName,
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
