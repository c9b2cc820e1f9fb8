/** One MQTT topic, as the lead of wire/ describes it. `schema` is JSON Schema (a TypeBox schema is one). */
export type MqttChannel = {
  /** Below `store/<storeId>/`, parameters in braces: "shelf/{deviceId}/reading". */
  topic: string;
  /** Seen from the gateway. */
  direction: "receive" | "send";
  summary: string;
  schema: object;
  retained?: boolean;
  /** The topic of the answer, for requests. */
  reply?: string;
};

/** Topics of other makers, which the gateway understands as they are: MQTT filters, whose payloads their makers describe. */
export type ForeignTopic = { format: string; filter: string };

const parameters: Record<string, string> = {
  kind: "shelf, rfid, ble, camera or mirror",
  deviceId: "the device's id, which its credentials carry too",
  sku: "one article, in one size",
  zone: "a zone of the floor plan",
  alertId: "an alert",
  shopperId: "a shopper's pseudonym",
};

/** The MQTT side of the contract as AsyncAPI 3.0. */
export function describeChannels(about: {
  storeId: string;
  title: string;
  channels: MqttChannel[];
  foreign: readonly ForeignTopic[];
}): Record<string, unknown> {
  const { storeId, title, channels, foreign } = about;
  return {
    asyncapi: "3.0.0",
    info: {
      title,
      version: "1",
      description: "What devices say to the gateway of a shop over MQTT 3.1.1, and what it says to them and to others.",
      license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
      tags: [{ name: "native" }, ...[...new Set(foreign.map(({ format }) => format))].map((name) => ({ name }))],
    },
    defaultContentType: "application/json",
    channels: Object.fromEntries([
      ...channels.map((channel) => [keyOf(channel.topic), nativeChannel(storeId, channel)]),
      ...foreign.map((topic) => [foreignKey(topic), foreignChannel(topic)]),
    ]),
    operations: Object.fromEntries([
      ...channels.map((channel) => [`${channel.direction}-${keyOf(channel.topic)}`, nativeOperation(channel)]),
      ...foreign.map((topic) => [`receive-${foreignKey(topic)}`, foreignOperation(topic)]),
    ]),
    components: { securitySchemes: { device: { type: "userPassword", description: "the device's id and password" } } },
  };
}

const keyOf = (topic: string) => topic.replace(/[{}]/g, "").replace(/\W+/g, "-");
const foreignKey = ({ format, filter }: ForeignTopic) =>
  `${format}-${filter.replaceAll("+", "any").replace(/[^A-Za-z0-9]+/g, "-")}`;

function nativeChannel(storeId: string, { topic, summary, schema }: MqttChannel) {
  const key = keyOf(topic);
  const named = [...topic.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => [
    name,
    { description: parameters[name] ?? name },
  ]);
  return {
    address: `store/${storeId}/${topic}`,
    summary,
    ...(named.length > 0 ? { parameters: Object.fromEntries(named) } : {}),
    messages: { [key]: { name: key, summary, payload: schema } },
  };
}

function nativeOperation({ topic, direction, summary, retained, reply }: MqttChannel) {
  const key = keyOf(topic);
  return {
    action: direction,
    summary,
    channel: { $ref: `#/channels/${key}` },
    messages: [{ $ref: `#/channels/${key}/messages/${key}` }],
    tags: [{ name: "native" }],
    bindings: { mqtt: { qos: 1, retain: retained === true, bindingVersion: "0.2.0" } },
    ...(reply === undefined
      ? {}
      : {
          reply: {
            channel: { $ref: `#/channels/${keyOf(reply)}` },
            messages: [{ $ref: `#/channels/${keyOf(reply)}/messages/${keyOf(reply)}` }],
          },
        }),
  };
}

/** Each `+` of a filter is a parameter: the maker's own name of a device, a sensor, a room. */
function foreignChannel(topic: ForeignTopic) {
  const key = foreignKey(topic);
  const levels = topic.filter.split("/").map((level, index) => (level === "+" ? `{level${index + 1}}` : level));
  const named = levels.flatMap((level) => /^\{(\w+)\}$/.exec(level)?.[1] ?? []);
  return {
    address: levels.join("/"),
    summary: `As ${topic.format} documents it`,
    ...(named.length > 0
      ? { parameters: Object.fromEntries(named.map((name) => [name, { description: "a name the maker chose" }])) }
      : {}),
    messages: { [key]: { name: key, contentType: "application/octet-stream", payload: {} } },
  };
}

function foreignOperation(topic: ForeignTopic) {
  return { action: "receive", channel: { $ref: `#/channels/${foreignKey(topic)}` }, tags: [{ name: topic.format }] };
}
