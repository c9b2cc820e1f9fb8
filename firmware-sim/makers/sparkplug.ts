import { decodeSparkplugPayload } from "#wire/formats/sparkplug-payload.ts";
import type { Maker, Post } from "./maker.ts";
import { encodeSparkplug, type Metric } from "./sparkplug-payload.ts";

/**
 * A Sparkplug B 3.0 edge node with one device, a scale (sparkplug.eclipse.org). Births name every metric and give it an
 * alias; data carries the alias only. `bdSeq` rises with every connection and stands in the will and in the birth; `seq`
 * begins at 0 with the node's birth and wraps at 255. A host may ask for a rebirth.
 */
const rebirth = "Node Control/Rebirth";
const uint64 = 8;
const bool = 11;
const text = 12;
const double = 10;

export const sparkplug: Maker<"scale"> = {
  role: "scale",
  everyMs: 500,
  heartbeatMs: 10_000,
  voice({ name, storeId }) {
    const topic = (type: string, device = "") => `spBv1.0/${storeId}/${type}/${name}${device}`;
    const scale = "/scale";
    const grams = new Map<number, number>();
    let bdSeq = -1;
    let seq = 0;

    const bdSeqMetric = (): Metric => ({ name: "bdSeq", datatype: uint64, value: Math.max(0, bdSeq) });
    const next = () => {
      const now = seq;
      seq = (seq + 1) % 256;
      return now;
    };
    function births(nowMs: number): Post[] {
      seq = 0;
      const node: Metric[] = [bdSeqMetric(), { name: rebirth, datatype: bool, value: false }];
      const device: Metric[] = [...grams].map(([plate, value]) => ({
        ...{ name: metricOf(plate), alias: plate, datatype: double, value },
      }));
      device.push({ name: "Properties/Firmware", datatype: text, value: "edge-scale 2.4" });
      return [
        { topic: topic("NBIRTH"), payload: encodeSparkplug({ timestampMs: nowMs, seq: next(), metrics: node }) },
        {
          topic: topic("DBIRTH", scale),
          payload: encodeSparkplug({ timestampMs: nowMs, seq: next(), metrics: device }),
        },
      ];
    }
    return {
      listensTo: [topic("NCMD")],
      will() {
        bdSeq = (bdSeq + 1) % 256;
        return {
          topic: topic("NDEATH"),
          payload: encodeSparkplug({ metrics: [bdSeqMetric()] }),
          retain: false,
          qos: 1,
        };
      },
      greet: ({ nowMs }) => births(nowMs),
      say(plates, { nowMs }) {
        if (plates.length === 0) return [];
        const isNew = plates.some(({ plate }) => !grams.has(plate));
        for (const plate of plates) grams.set(plate.plate, plate.grams);
        // A metric that no birth has named must not be sent [tck-id-payloads-dbirth-order, 6.4.21]: it is born first.
        if (isNew) return births(nowMs);
        const metrics = plates.map((plate): Metric => ({ alias: plate.plate, datatype: double, value: plate.grams }));
        const payload = encodeSparkplug({ timestampMs: nowMs, seq: next(), metrics });
        return [{ topic: topic("DDATA", scale), payload }];
      },
      hear(_topic, payload, { nowMs }) {
        const command = decodeSparkplugPayload(payload);
        const asked = command.ok && command.value.metrics.some((metric) => metric.name === rebirth && metric.value);
        return asked ? births(nowMs) : [];
      },
    };
  },
};

const metricOf = (plate: number) => `plate/${plate}/grams`;
