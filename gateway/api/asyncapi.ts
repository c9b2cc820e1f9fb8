/** One native MQTT topic, as the lead of wire/ describes it. `schema` is JSON Schema (a TypeBox schema is one). */
export type MqttChannel = {
  /** Below `store/<storeId>/`, parameters in braces: "shelf/{deviceId}/reading". */
  topic: string;
  /** Seen from the gateway. */
  direction: "receive" | "send";
  summary: string;
  schema: object;
  retained?: boolean;
};

/** The MQTT side of the contract as AsyncAPI 3.0. */
export function describeChannels(storeId: string, title: string, channels: MqttChannel[]): Record<string, unknown> {
  const named = channels.map((channel) => ({
    ...channel,
    key: channel.topic.replace(/[{}]/g, "").replace(/\W+/g, "-"),
  }));
  return {
    asyncapi: "3.0.0",
    info: { title, version: "1", license: { name: "Apache-2.0" } },
    defaultContentType: "application/json",
    channels: Object.fromEntries(
      named.map(({ key, topic, summary, schema, retained }) => [
        key,
        {
          address: `store/${storeId}/${topic}`,
          parameters: parametersOf(topic),
          messages: {
            [key]: {
              name: key,
              summary,
              payload: schema,
              bindings: { mqtt: { bindingVersion: "0.2.0" } },
              ...(retained === true ? { "x-retained": true } : {}),
            },
          },
        },
      ]),
    ),
    operations: Object.fromEntries(
      named.map(({ key, direction, summary }) => [
        `${direction}-${key}`,
        { action: direction, summary, channel: { $ref: `#/channels/${key}` } },
      ]),
    ),
  };
}

function parametersOf(topic: string): Record<string, object> {
  return Object.fromEntries([...topic.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, {}]));
}
