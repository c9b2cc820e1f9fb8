import { type Hearing, type NodeMemory, rememberIn } from "../format-memory.ts";
import { isNextSeq, type KnownMetric, type SparkplugMetric, type SparkplugPayload } from "./sparkplug-payload.ts";

/**
 * What is remembered of Sparkplug nodes: the aliases of their births, their devices, and the last sequence number, which a
 * node and its devices share. After a gap a birth may be among what was lost, so that no alias is believed any more: the
 * node is asked to be born again, once a minute at most [tck-id-operational-behavior-edge-node-seq-out-of-order].
 */

const nodesKept = 200;
const devicesKept = 128;
/** Of all nodes together. */
const aliasesKept = 20_000;
const askAgainAfterMs = 60_000;

export type NodeName = { group: string; node: string };
const keyOf = ({ group, node }: NodeName) => `${group}/${node}`;
const unborn = (): NodeMemory => ({ aliases: new Map(), devices: new Set() });

export function nodeNamed(name: NodeName, { memory }: Hearing): NodeMemory | undefined {
  return memory.nodes.get(keyOf(name));
}

/** A node is born: whatever was known of its last life is forgotten. */
export function bearNode(name: NodeName, payload: SparkplugPayload, hearing: Hearing) {
  const bdSeq = payload.metrics.find((metric) => metric.name === "bdSeq")?.value;
  const before = nodeNamed(name, hearing);
  const node: NodeMemory = {
    ...unborn(),
    ...(typeof bdSeq === "number" ? { bdSeq } : {}),
    ...(payload.seq === undefined ? {} : { seq: payload.seq }),
    ...(before?.askedAt === undefined ? {} : { askedAt: before.askedAt }),
  };
  rememberIn(hearing.memory.nodes, keyOf(name), node, nodesKept);
  learnAliases(node, payload.metrics, hearing);
}

export function bearDevice(name: NodeName, device: string, payload: SparkplugPayload, hearing: Hearing) {
  const node = nodeNamed(name, hearing);
  if (!node) return;
  if (node.devices.size < devicesKept) node.devices.add(device);
  learnAliases(node, payload.metrics, hearing);
}

function learnAliases(node: NodeMemory, metrics: SparkplugMetric[], hearing: Hearing) {
  let room = aliasesKept;
  for (const { aliases } of hearing.memory.nodes.values()) room -= aliases.size;
  for (const { name, alias, datatype } of metrics) {
    if (name === undefined || alias === undefined) continue;
    if (!node.aliases.has(alias) && room-- <= 0) {
      hearing.doubt ??= `There is no room for more than ${aliasesKept} aliases of Sparkplug nodes. Set this node to send names with its data.`;
      return;
    }
    node.aliases.set(alias, { name, ...(datatype === undefined ? {} : { datatype }) });
  }
}

/** How data by alias are read; undefined for an alias that no birth has named. */
export function metricsOf(name: NodeName, hearing: Hearing): (alias: number) => KnownMetric | undefined {
  return (alias) => nodeNamed(name, hearing)?.aliases.get(alias);
}

/** Follows the node's sequence. The same number again is the same message again. */
export function follow(name: NodeName, seq: number | undefined, hearing: Hearing) {
  const node = nodeNamed(name, hearing);
  if (!node) return askForBirth(name, hearing);
  rememberIn(hearing.memory.nodes, keyOf(name), node, nodesKept);
  if (seq === undefined || node.seq === undefined || node.seq === seq) return;
  if (isNextSeq(node.seq, seq)) {
    node.seq = seq;
    return;
  }
  hearing.memory.counts.sparkplugGaps++;
  hearing.doubt ??= `Message ${seq} of ${keyOf(name)} came after ${node.seq}. What was between is lost; the node was asked to be born again.`;
  delete node.seq;
  node.aliases.clear();
  askForBirth(name, hearing);
}

/** Once a minute at most for each node; also for one that nobody has heard of before. */
export function askForBirth(name: NodeName, hearing: Hearing) {
  const node = nodeNamed(name, hearing) ?? unborn();
  if (node.askedAt !== undefined && Math.abs(hearing.now - node.askedAt) < askAgainAfterMs) return;
  node.askedAt = hearing.now;
  rememberIn(hearing.memory.nodes, keyOf(name), node, nodesKept);
  hearing.ask({ ask: "rebirth", ...name });
}

/** False for the death of an earlier connection. Otherwise the devices that go with the node. */
export function buryNode(name: NodeName, bdSeq: number | undefined, hearing: Hearing): string[] | false {
  const node = nodeNamed(name, hearing);
  if (!node) return [];
  if (node.bdSeq !== undefined && bdSeq !== undefined && node.bdSeq !== bdSeq) return false;
  const devices = [...node.devices];
  node.devices.clear();
  node.aliases.clear();
  delete node.seq;
  delete node.bdSeq;
  return devices;
}
