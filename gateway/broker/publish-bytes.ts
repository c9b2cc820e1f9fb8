/** A PUBLISH as it goes over the wire [MQTT-3.3]. It is never marked as retained: that is for what a new subscription finds [MQTT-3.3.1-9]. */
export function publishBytes(
  { topic, payload }: { topic: string; payload: Uint8Array },
  qos: number,
  { messageId = 0, dup = false }: { messageId?: number; dup?: boolean } = {},
): Buffer {
  const topicLength = Buffer.byteLength(topic);
  const length = 2 + topicLength + (qos > 0 ? 2 : 0) + payload.length;
  const bytes = Buffer.allocUnsafe(1 + digitsOf(length) + length);
  bytes[0] = 0x30 | (qos << 1) | (dup ? 8 : 0);
  let at = 1;
  for (let left = length; ; left >>= 7) {
    bytes[at++] = left > 127 ? (left & 0x7f) | 0x80 : left;
    if (left <= 127) break;
  }
  at = bytes.writeUInt16BE(topicLength, at);
  // as many bytes as characters: all of it is ASCII, which is written faster so
  at += bytes.write(topic, at, topicLength === topic.length ? "latin1" : "utf8");
  if (qos > 0) at = bytes.writeUInt16BE(messageId, at);
  bytes.set(payload, at);
  return bytes;
}

/** Bytes of Remaining Length [MQTT-2.2.3]. */
const digitsOf = (length: number) => (length < 128 ? 1 : length < 16_384 ? 2 : length < 2_097_152 ? 3 : 4);
