import type { Decoded, DecodeResult, MqttFormat } from "./decoded.ts";
import { type Ask, emptyMemory, type FormatMemory, type Hearing, type SensorKey } from "./format-memory.ts";
import { aprilbrotherFormats } from "./formats/aprilbrother.ts";
import { cassiaFormats } from "./formats/cassia.ts";
import { esphomeFormats } from "./formats/esphome.ts";
import { espresenseFormats } from "./formats/espresense.ts";
import { frigateFormats } from "./formats/frigate.ts";
import { impinjFormats } from "./formats/impinj.ts";
import { minewFormats } from "./formats/minew.ts";
import { nativeDecoders, nativeFormats } from "./formats/native.ts";
import { openmqttgatewayFormats } from "./formats/openmqttgateway.ts";
import { ruuviGatewayFormats } from "./formats/ruuvi-gateway.ts";
import { shellyFormats } from "./formats/shelly.ts";
import { sparkplugFormats } from "./formats/sparkplug-b.ts";
import { tasmotaFormats } from "./formats/tasmota.ts";
import { zebraFixedFormats } from "./formats/zebra-fixed.ts";
import { zebraHandheldFormats } from "./formats/zebra-handheld.ts";
import { zigbee2mqttFormats } from "./formats/zigbee2mqtt.ts";
import { filtersMeet } from "./topic-filters.ts";
import { levelsMeet } from "./topic-trie.ts";
import { maxPayloadBytes, maxTopicBytes, maxTopicLevels, parseDeviceTopicLevels } from "./topics.ts";

/**
 * What a decoder answers. `also`: what one message says of further devices. `doubt`: it counts, and an engineer should
 * know. `known: false`: no format speaks for this topic; it belongs into the unknown-payload inbox, unless it is others'
 * talk among themselves, `notForUs`.
 */
export type FormatResult =
  | { ok: true; value: Decoded; also?: Decoded[]; doubt?: string }
  | { ok: false; reason: string; known: boolean; notForUs?: true };

/** Makers other than us. A new maker is a file in formats/ and a line here. */
const foreignFormats: MqttFormat[] = [
  ...espresenseFormats,
  ...openmqttgatewayFormats,
  ...ruuviGatewayFormats,
  ...cassiaFormats,
  ...shellyFormats,
  ...minewFormats,
  ...aprilbrotherFormats,
  ...impinjFormats,
  ...zebraFixedFormats,
  ...zebraHandheldFormats,
  ...tasmotaFormats,
  ...esphomeFormats,
  ...zigbee2mqttFormats,
  ...frigateFormats,
  ...sparkplugFormats,
];

const foreignFilters = foreignFormats.map(({ name, topic }) => ({ name, filter: topic.split("/") }));

/** What other makers' devices publish and we read, for documentation. */
export const foreignTopics: readonly { format: string; filter: string }[] = foreignFormats
  .filter(({ unasked }) => !unasked)
  .map(({ name, topic }) => ({ format: name, filter: topic }));

/** Every topic filter that devices publish on, for subscribing at a broker of somebody else. */
export function deviceTopicFilters(storeId: string): string[] {
  const asked = [...nativeFormats, ...foreignFormats].filter(({ unasked }) => !unasked);
  return asked.map(({ topic }) => topic.replace("{store}", storeId));
}

/** The format whose topics meet this filter, for example "tasmota"; undefined where none does. */
export function formatSpeakingFor(storeId: string, filter: string): string | undefined {
  const levels = filter.split("/");
  if (levels[0] === "store" || levels[0] === "+") {
    const native = nativeFormats.find(({ topic }) => filtersMeet(topic.replace("{store}", storeId), filter));
    if (native) return native.name;
  }
  return foreignFilters.find(({ filter: other }) => levelsMeet(other, levels))?.name;
}

/** What a decoder is given for all messages: its memory (a new one if left out), the keys of sensors, and who speaks for it. */
export type DecoderSetup = {
  memory?: FormatMemory;
  keyOf?(mac: string): SensorKey | undefined;
  ask?(ask: Ask): void;
  /** The first level of Home Assistant's own topics. */
  discoveryPrefix?: string | undefined;
};

/**
 * Picks the format by topic and decodes. Native topics by prefix and two property reads; the others by one look-up.
 * `now` is the time of the message, epoch ms. The memory is changed by what is decoded, and by nothing else.
 */
export function createDecoder(
  storeId: string,
  setup: DecoderSetup = {},
): (topic: string, bytes: Uint8Array, now?: number) => FormatResult {
  const { memory = emptyMemory(), keyOf = () => undefined, ask = () => {}, discoveryPrefix = "homeassistant" } = setup;
  const nativePrefix = `store/${storeId}/`;
  const foreign = byLiteralLevel(foreignFormats);

  return (topic, bytes, now = 0) => {
    const hearing: Hearing = { memory, now, keyOf, ask, also: [] };
    if (topic.length > maxTopicBytes) return unknown(`the topic is longer than ${maxTopicBytes} bytes`);
    const levels = topic.split("/", maxTopicLevels + 1);
    if (topic.startsWith(nativePrefix)) return decodeNative({ storeId, levels, bytes, hearing });
    if (levels[0] === discoveryPrefix && isOthersTalk(levels)) return notForUs;
    const bySecond = topic.startsWith("$") ? undefined : foreign.second.get(levels[1] ?? "");
    const format = find(foreign.first.get(levels[0]!), levels) ?? find(bySecond, levels);
    if (!format) return unknown("no format speaks for this topic");
    return withBound(hearing, bytes, () => format.decode(levels, bytes, hearing));
  };
}

type NativeMessage = { storeId: string; levels: string[]; bytes: Uint8Array; hearing: Hearing };

function decodeNative({ storeId, levels, bytes, hearing }: NativeMessage): FormatResult {
  const topic = parseDeviceTopicLevels(storeId, levels);
  if (!topic.ok) return unknown(topic.reason);
  const { kind, channel } = topic.value;
  const decode = nativeDecoders[kind][channel];
  if (!decode) return { ok: false, known: true, reason: `a ${kind} device has nothing to say on "${channel}"` };
  return withBound(hearing, bytes, () => decode(levels, bytes, hearing));
}

function withBound(hearing: Hearing, bytes: Uint8Array, decode: () => DecodeResult<Decoded>): FormatResult {
  if (bytes.byteLength > maxPayloadBytes) {
    return { ok: false, known: true, reason: `the payload is larger than ${maxPayloadBytes} bytes` };
  }
  const result = decode();
  if (!result.ok) return { ok: false, known: true, reason: hearing.doubt ?? result.reason };
  const { also, doubt } = hearing;
  if (also.length === 0 && doubt === undefined) return result;
  return { ...result, ...(also.length > 0 ? { also } : {}), ...(doubt === undefined ? {} : { doubt }) };
}

const notForUs: FormatResult = { ok: false, known: false, notForUs: true, reason: "this is for Home Assistant" };

/**
 * Home Assistant's birth and will, and what devices tell it of themselves: `<prefix>/<component>/[<node>/]<object>/config`
 * (home-assistant.io/integrations/mqtt). Other topics below the prefix may be anybody's readings.
 */
function isOthersTalk(levels: string[]): boolean {
  if (levels.length === 2) return levels[1] === "status";
  return (levels.length === 4 || levels.length === 5) && levels.at(-1) === "config";
}

function unknown(reason: string): FormatResult {
  return { ok: false, known: false, reason };
}

type Entry = MqttFormat & { filter: string[] };

/**
 * Formats by their first level, or by their second where the first is the device's own name (`+/events/rpc`); that is
 * never the name of a `$` topic [MQTT-4.7.2-1].
 */
function byLiteralLevel(formats: MqttFormat[]): { first: Map<string, Entry[]>; second: Map<string, Entry[]> } {
  const first = new Map<string, Entry[]>();
  const second = new Map<string, Entry[]>();
  for (const format of formats) {
    const filter = format.topic.split("/");
    const [index, key] = filter[0] === "+" ? [second, filter[1] ?? ""] : [first, filter[0]!];
    if (key === "+") throw new Error(`format ${format.name}: "${format.topic}" names nothing in its first two levels`);
    index.set(key, [...(index.get(key) ?? []), { ...format, filter }]);
  }
  return { first, second };
}

function find(entries: Entry[] | undefined, levels: string[]): Entry | undefined {
  return entries?.find(({ filter }) => matches(filter, levels));
}

/** `+` stands for one level; our formats use no `#`. */
function matches(filter: string[], levels: string[]): boolean {
  return filter.length === levels.length && filter.every((part, index) => part === "+" || part === levels[index]);
}
