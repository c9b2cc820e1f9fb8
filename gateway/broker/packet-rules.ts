import { isUtf8 } from "node:buffer";

/** What is wrong with a packet; `returnCode` when its sender is owed a CONNACK before the connection ends. */
export type Fault = { reason: string; returnCode?: 1 | 2 };

const types = {
  connect: 1,
  publish: 3,
  puback: 4,
  pubrec: 5,
  pubrel: 6,
  pubcomp: 7,
  subscribe: 8,
  unsubscribe: 10,
  pingreq: 12,
  disconnect: 14,
} as const;

const fault = (reason: string): Fault => ({ reason });
const short = fault("a packet that ends too early");

/**
 * The rules of MQTT 3.1.1 that mqtt-packet does not check or checks too late. `first` is the first byte of the packet,
 * `body` all that follows Remaining Length. The answer is undefined when the packet may be read.
 */
export function faultOf(first: number, body: Buffer): Fault | undefined {
  const flags = first & 0x0f;
  switch (first >> 4) {
    case types.connect:
      return flags === 0 ? faultOfConnect(body) : reserved(flags);
    case types.publish:
      return faultOfPublish(flags, body);
    case types.puback:
    case types.pubrec:
    case types.pubcomp:
      return flags === 0 ? faultOfAnswer(body) : reserved(flags);
    case types.pubrel:
      return flags === 2 ? faultOfAnswer(body) : reserved(flags);
    case types.subscribe:
      return flags === 2 ? faultOfFilters(body, 1) : reserved(flags);
    case types.unsubscribe:
      return flags === 2 ? faultOfFilters(body, 0) : reserved(flags);
    case types.pingreq:
    case types.disconnect:
      if (flags !== 0) return reserved(flags);
      return body.length === 0 ? undefined : fault("a packet longer than its kind");
    default:
      return fault(`no client sends packet type ${first >> 4}`);
  }
}

/** [MQTT-2.2.2-1], [MQTT-2.2.2-2] */
const reserved = (flags: number) => fault(`flags ${flags} are reserved for this packet`);

function faultOfConnect(body: Buffer): Fault | undefined {
  const name = fieldAt(body, 0);
  if (!name || name.to + 4 > body.length) return short;
  const protocol = body.toString("latin1", name.from, name.to);
  const level = body[name.to] ?? 0;
  if (protocol !== "MQTT" && protocol !== "MQIsdp") return fault("not MQTT");
  // [MQTT-3.1.2-2]; the older MQTT 3.1 differs only in its name and is read too
  if (level !== (protocol === "MQTT" ? 4 : 3))
    return { reason: `protocol level ${level}: this gateway speaks MQTT 3.1.1 (level 4)`, returnCode: 1 };
  const flags = body[name.to + 1] ?? 0;
  const [hasUser, hasPassword, hasWill] = [(flags & 0x80) !== 0, (flags & 0x40) !== 0, (flags & 0x04) !== 0];
  if (flags & 1) return fault("the reserved connect flag is set"); // [MQTT-3.1.2-3]
  if (!hasWill && flags & 0x38) return fault("will flags without a will"); // [MQTT-3.1.2-11], -13, -15
  if ((flags & 0x18) === 0x18) return fault("a will of QoS 3"); // [MQTT-3.1.2-14]
  if (hasPassword && !hasUser) return fault("a password without a user name"); // [MQTT-3.1.2-22]
  let at = name.to + 4;
  const text = [true, ...(hasWill ? [true, false] : []), ...(hasUser ? [true] : []), ...(hasPassword ? [false] : [])];
  for (const [index, isText] of text.entries()) {
    const field = fieldAt(body, at);
    if (!field) return short;
    if (isText && !isMqttText(body, field.from, field.to)) return fault("text that is not UTF-8 or holds U+0000");
    if (hasWill && index === 1 && !isTopicName(body, field.from, field.to)) return fault("a will without a topic");
    at = field.to;
  }
  return at === body.length ? undefined : fault("a packet longer than its fields");
}

function faultOfPublish(flags: number, body: Buffer): Fault | undefined {
  const qos = (flags >> 1) & 3;
  if (qos === 3) return fault("QoS 3"); // [MQTT-3.3.1-4]
  if (qos === 0 && flags & 8) return fault("a repeated publish of QoS 0"); // [MQTT-3.3.1-2]
  const topic = fieldAt(body, 0);
  if (!topic || topic.to + (qos > 0 ? 2 : 0) > body.length) return short;
  // [MQTT-3.3.2-1], [MQTT-3.3.2-2], [MQTT-4.7.3-1]
  if (!isTopicName(body, topic.from, topic.to)) return fault("a topic that is empty, not UTF-8 or holds a wildcard");
  if (qos > 0 && body.readUInt16BE(topic.to) === 0) return fault("packet id 0"); // [MQTT-2.3.1-1]
  return undefined;
}

function faultOfAnswer(body: Buffer): Fault | undefined {
  if (body.length !== 2) return body.length < 2 ? short : fault("a packet longer than its kind");
  return body.readUInt16BE(0) === 0 ? fault("packet id 0") : undefined;
}

/** SUBSCRIBE has one byte of QoS after each filter, UNSUBSCRIBE none. */
function faultOfFilters(body: Buffer, qosBytes: 0 | 1): Fault | undefined {
  if (body.length < 2) return short;
  if (body.readUInt16BE(0) === 0) return fault("packet id 0");
  if (body.length === 2) return fault("no filter at all"); // [MQTT-3.8.3-3], [MQTT-3.10.3-2]
  let at = 2;
  while (at < body.length) {
    const field = fieldAt(body, at);
    if (!field || field.to + qosBytes > body.length) return short;
    if (!isMqttText(body, field.from, field.to) || !isTopicFilter(body.toString("utf8", field.from, field.to)))
      return fault("a filter that is empty, not UTF-8 or has a wildcard in the wrong place");
    if (qosBytes === 1 && (body[field.to] ?? 0) > 2) return fault("a wish for QoS 3"); // [MQTT-3.8.3-4]
    at = field.to + qosBytes;
  }
  return undefined;
}

/** A field of two bytes of length and as many bytes as they say. */
function fieldAt(body: Buffer, at: number): { from: number; to: number } | undefined {
  if (at + 2 > body.length) return undefined;
  const to = at + 2 + body.readUInt16BE(at);
  return to > body.length ? undefined : { from: at + 2, to };
}

/** [MQTT-1.5.3-1]: well-formed UTF-8 without surrogates; [MQTT-1.5.3-2]: no U+0000. */
function isMqttText(bytes: Buffer, from: number, to: number): boolean {
  let isAscii = true;
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 0) return false;
    if (byte > 127) isAscii = false;
  }
  return isAscii || isUtf8(bytes.subarray(from, to));
}

const plus = 0x2b;
const hash = 0x23;

/** Topic name: at least one character, no wildcard. One pass, because every message comes through here. */
function isTopicName(bytes: Buffer, from: number, to: number): boolean {
  if (from === to) return false;
  let isAscii = true;
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 0 || byte === plus || byte === hash) return false;
    if (byte > 127) isAscii = false;
  }
  return isAscii || isUtf8(bytes.subarray(from, to));
}

/** [MQTT-4.7.1-2]: `#` only as the last level; [MQTT-4.7.1-3]: `+` only as a whole level. */
function isTopicFilter(filter: string): boolean {
  if (filter === "") return false;
  const levels = filter.split("/");
  return levels.every(
    (level, index) =>
      level === "+" || (level === "#" && index === levels.length - 1) || !(level.includes("+") || level.includes("#")),
  );
}
