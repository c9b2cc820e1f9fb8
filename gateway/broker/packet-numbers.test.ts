import { createRequire } from "node:module";
import mqttPacket from "mqtt-packet";
import { expect, test } from "vitest";
import { makeNumbersWhenWritten } from "./packet-numbers.ts";

test("no number is kept ready for packets that nobody sends, and packets are what they were", () => {
  const kept: { cache: object } = createRequire(import.meta.resolve("aedes"))("mqtt-packet/numbers");
  makeNumbersWhenWritten();
  const bytes = mqttPacket.generate({
    cmd: "publish",
    topic: "a",
    payload: "b",
    qos: 1,
    messageId: 513,
    dup: false,
    retain: false,
  });
  expect(bytes.toString("hex")).toBe("3206000161020162");
  expect(Object.keys(kept.cache)).toEqual([]);
});
