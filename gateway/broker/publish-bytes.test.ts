import fc from "fast-check";
import mqttPacket from "mqtt-packet";
import { expect, test } from "vitest";
import { publishBytes } from "./publish-bytes.ts";

test("a message is written as mqtt-packet writes it, whatever its length and letters", () => {
  const lengths = fc.oneof(fc.nat({ max: 300 }), fc.constantFrom(127, 128, 16_383, 16_384, 70_000, 2_097_200));
  const message = fc.record({
    topic: fc.constantFrom("store/main/shelf/A1/reading", "regal/größe/€", "a"),
    payload: lengths.map((length) => Buffer.alloc(length, "x")),
    qos: fc.constantFrom(0 as const, 1 as const, 2 as const),
    messageId: fc.integer({ min: 1, max: 65_535 }),
    dup: fc.boolean(),
  });
  fc.assert(
    fc.property(message, ({ topic, payload, qos, messageId, dup }) => {
      const expected = mqttPacket.generate({ cmd: "publish", topic, payload, qos, messageId, dup, retain: false });
      expect(publishBytes({ topic, payload }, qos, { messageId, dup }).equals(expected)).toBe(true);
    }),
  );
});
