import type { DecodeResult } from "../decoded.ts";
import { channels, deviceTopic, espresenseDeviceId, isDeviceId, type TopicKind } from "../topics.ts";
import { canonicalMac } from "./ble-address.ts";
import { foreignDeviceId } from "./device-id.ts";
import { shellyDeviceId } from "./shelly.ts";

/** What one device may say and hear: MQTT filters. What they do not match is forbidden. */
export type Grant = { publish: string[]; subscribe: string[] };

/** The account of Home Assistant itself: it reads what the gateway says of the shop, and says only that it is there. */
export const homeAssistantFormat = "home-assistant";
function homeAssistantGrant(storeId: string): Grant {
  return { publish: ["homeassistant/status"], subscribe: ["homeassistant/#", `store/${storeId}/state/#`] };
}

/** A device's own subtree of our topics; it hears its own commands and nothing else. */
export function nativeGrant(storeId: string, kind: TopicKind, deviceId: string): Grant {
  const topic = (channel: (typeof channels)[number]) => deviceTopic(storeId, { kind, deviceId, channel });
  return {
    publish: channels.filter((channel) => channel !== "command").map(topic),
    subscribe: [topic("command")],
  };
}

type FormatGrant = {
  /** `{name}` stands for the device's own name in its topics. */
  publish: string[];
  subscribe: string[];
  /** The device id of a name; the levels of a name that has several are parted by "/". */
  idOf(name: string): DecodeResult<string>;
  /** The name that an id was made of; "" where that cannot be told, undefined where it is no id of this format. */
  nameOf(id: string): string | undefined;
  /** Where the name stands in the topics of the format. */
  nameAt: number[];
  /** What the engineer should set on the device, in one sentence. */
  advice?: string;
};

const plain = (maker: string) => ({
  idOf: (name: string) => foreignDeviceId(maker, name.split("/")),
  nameOf(id: string) {
    if (!id.startsWith(`${maker}-`)) return undefined;
    // a name that had to be respelt: its true spelling cannot be told
    return /-[0-9a-f]{8}$/.test(id) ? "" : id.slice(maker.length + 1).replaceAll("--", "/");
  },
});
/** Named by its Bluetooth or network address, which each maker spells in its own way. */
const byMac = (maker: string) => ({
  idOf(name: string): DecodeResult<string> {
    const mac = canonicalMac(name);
    return mac === undefined
      ? { ok: false, reason: `a ${maker} device is named by its address, such as c8252d8e9c2c` }
      : { ok: true, value: `${maker}-${mac.replaceAll(":", "")}` };
  },
  nameOf: (id: string) => (id.startsWith(`${maker}-`) ? id.slice(maker.length + 1) : undefined),
});
/** One client speaks for all of its devices. */
const single = (maker: string) => ({
  idOf: (): DecodeResult<string> => ({ ok: true, value: maker }),
  nameOf: (id: string) => (id === maker || id.startsWith(`${maker}-`) ? maker : undefined),
  nameAt: [],
});
const own = (tree: string) => ({ publish: [`${tree}/+`], subscribe: [`${tree}/+`] });

/**
 * Which topics belong to one device of each format: what the maker documents that it publishes, its will, and what it
 * must hear to be commanded. Never topics of Home Assistant: with them one device could speak as any other.
 */
export const formatGrants: Readonly<Record<string, FormatGrant>> = {
  espresense: {
    publish: ["espresense/devices/+/{name}", "espresense/rooms/{name}/+"],
    subscribe: ["espresense/rooms/{name}/+/set", "espresense/rooms/*/+/set", "espresense/settings/+/config"],
    idOf: (name) => ({ ok: true, value: espresenseDeviceId(name) }),
    nameOf: (id) => (id.startsWith("espresense-") ? id.slice("espresense-".length) : undefined),
    nameAt: [2],
    advice: "Switch off its Home Assistant discovery: those topics are not its own.",
  },
  openmqttgateway: {
    ...plain("openmqttgateway"),
    publish: ["home/{name}/#"],
    subscribe: ["home/{name}/commands/#"],
    nameAt: [1],
    advice: "Switch off its Home Assistant discovery: those topics are not its own.",
  },
  ruuvi: { ...byMac("ruuvi"), publish: ["ruuvi/{name}/+"], subscribe: [], nameAt: [1] },
  cassia: { ...byMac("cassia"), publish: ["up/{name}/+"], subscribe: ["down/{name}/#"], nameAt: [1] },
  shelly: {
    publish: ["{name}/events/rpc", "{name}/online", "{name}/status/+", "{name}/announce"],
    subscribe: ["{name}/rpc", "{name}/command", "{name}/command/+"],
    idOf: shellyDeviceId,
    nameOf: (id) => (/^shelly[a-z0-9]{1,24}-[0-9a-f]{6,12}$/.test(id) ? id : plain("shelly").nameOf(id)),
    nameAt: [0],
  },
  minew: { ...byMac("minew"), ...own("minew/{name}"), nameAt: [1] },
  aprilbrother: { ...byMac("aprilbrother"), ...own("aprilbrother/{name}"), nameAt: [1] },
  impinj: { ...plain("impinj"), ...own("impinj/{name}"), nameAt: [1] },
  zebra: { ...plain("zebra"), ...own("zebra/{name}"), nameAt: [1] },
  "zebra-handheld": {
    ...plain("zebra-handheld"),
    publish: ["+/DATA/clients/data1event/{name}"],
    subscribe: [],
    nameAt: [4],
  },
  tasmota: {
    ...plain("tasmota"),
    publish: ["tele/{name}/+", "stat/{name}/+"],
    subscribe: ["cmnd/{name}/#", "cmnd/tasmotas/#"],
    nameAt: [1],
    advice: "Type SetOption19 1 into its console: its own discovery topics belong to nobody.",
  },
  esphome: {
    ...plain("esphome"),
    publish: ["{name}/+/+/state", "{name}/status", "{name}/debug", "esphome/discover/{name}"],
    subscribe: ["{name}/+/+/command", "{name}/+/+/+/command", "esphome/discover", "esphome/ping/{name}"],
    nameAt: [0],
    advice: 'Write "discovery: false" under mqtt: in its YAML: Home Assistant\'s topics are not its own.',
  },
  zigbee2mqtt: { ...single("zigbee2mqtt"), publish: ["zigbee2mqtt/#"], subscribe: ["zigbee2mqtt/#"] },
  frigate: { ...single("frigate"), publish: ["frigate/#"], subscribe: ["frigate/#"] },
  "sparkplug-b": {
    ...plain("sparkplug"),
    publish: [
      ...["NBIRTH", "NDATA", "NDEATH"].map((type) => `spBv1.0/{group}/${type}/{node}`),
      ...["DBIRTH", "DDATA", "DDEATH"].map((type) => `spBv1.0/{group}/${type}/{node}/+`),
    ],
    subscribe: ["spBv1.0/{group}/NCMD/{node}", "spBv1.0/{group}/DCMD/{node}/+", "spBv1.0/STATE/+"],
    nameAt: [1, 3],
  },
};

/** A device that gave itself one of these names would speak in the name of the gateway, or of everything. */
const reserved: ReadonlySet<string> = new Set(["store", "homeassistant"]);

export type GrantQuestion = {
  storeId: string;
  /** The id in the device list, or the name a foreign device gives itself. */
  id: string;
  format: string;
  /** Of a native device. */
  kind?: TopicKind;
  /** What a foreign device calls itself in its topics, where its id does not tell. */
  name?: string;
  /** A topic it was heard on; tells the name too. */
  topic?: string;
};

/** The account of a device and what it may do; `advice` is what to set on the device itself. */
export function grantFor(
  question: GrantQuestion,
): DecodeResult<{ deviceId: string; grant: Grant; advice?: string | undefined }> {
  const { storeId, id, format, kind } = question;
  if (format === "native") {
    if (!isDeviceId(id)) return { ok: false, reason: `"${id}" cannot be a device id` };
    if (kind === undefined)
      return { ok: false, reason: `nobody has said yet what ${id} is: shelf, rfid, ble, camera or mirror` };
    return { ok: true, value: { deviceId: id, grant: nativeGrant(storeId, kind, id) } };
  }
  if (format === homeAssistantFormat) {
    if (!isDeviceId(id)) return { ok: false, reason: `"${id}" cannot be a device id` };
    return { ok: true, value: { deviceId: id, grant: homeAssistantGrant(storeId) } };
  }
  const rules = Object.hasOwn(formatGrants, format) ? formatGrants[format] : undefined;
  if (!rules)
    return {
      ok: false,
      reason: `no format is called "${format}": native, home-assistant, ${Object.keys(formatGrants).join(", ")}`,
    };
  const name = nameFor(question, rules);
  if (!name.ok) return name;
  const deviceId = rules.idOf(name.value);
  if (!deviceId.ok) return deviceId;
  if (!isDeviceId(deviceId.value)) return { ok: false, reason: `"${deviceId.value}" cannot be a device id` };
  const names = spellings(format, name.value);
  const fill = (filters: string[]) => [...new Set(names.flatMap((each) => filters.map((filter) => put(filter, each))))];
  const grant = { publish: fill(rules.publish), subscribe: fill(rules.subscribe) };
  return { ok: true, value: { deviceId: deviceId.value, grant, advice: rules.advice } };
}

function nameFor({ id, name, topic }: GrantQuestion, rules: FormatGrant): DecodeResult<string> {
  const levels = topic?.split("/") ?? [];
  const heard = rules.nameAt.map((at) => levels[at]);
  const fromTopic = topic !== undefined && heard.every((level) => level !== undefined) ? heard.join("/") : undefined;
  const found = name ?? (fromTopic || undefined) ?? rules.nameOf(id) ?? id;
  if (found === "")
    return { ok: false, reason: `${id} does not tell how the device spells its name: give it with --name` };
  // `sparkplug` nodes are group/node, and what hangs on a node speaks through it
  const wanted = rules.nameAt.length === 2 ? 2 : 1;
  const parts = found.split("/");
  if (
    parts.length < wanted ||
    reserved.has(parts[0] ?? "") ||
    (wanted === 1 && parts.length > 1) ||
    parts.some((part) => part === "" || /[+#\0$]/.test(part))
  )
    return { ok: false, reason: `"${found}" cannot be a name in a topic` };
  return { ok: true, value: parts.slice(0, wanted).join("/") };
}

/** Addresses are written with and without colons, in capitals and not; all of them are this device. */
function spellings(format: string, name: string): string[] {
  const mac = ["ruuvi", "cassia", "minew", "aprilbrother"].includes(format) ? canonicalMac(name) : undefined;
  if (mac === undefined) return [name];
  const bare = mac.replaceAll(":", "");
  return [mac, mac.toUpperCase(), bare, bare.toUpperCase()];
}

function put(filter: string, name: string): string {
  const [group = "", node = ""] = name.split("/");
  return filter.replaceAll("{name}", name).replaceAll("{group}", group).replaceAll("{node}", node);
}
