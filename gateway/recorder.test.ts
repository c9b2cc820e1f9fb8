import { expect, test } from "vitest";
import { createRecorder } from "./recorder.ts";

const message = { topic: "a/b", client: "scale", qos: 1, retain: false };

test("a record holds text as text and other bytes so that they come back as they were", () => {
  const { listen, message: heard } = createRecorder();
  const lines: string[] = [];
  const stop = listen((line) => lines.push(line));
  const bytes = Buffer.from([0xff, 0x00, 0xc3, 0x28]);
  heard(1, { ...message, payload: Buffer.from("Lisières") });
  heard(2, { ...message, payload: bytes, retain: true });
  stop();
  heard(3, { ...message, payload: Buffer.from("nobody listens") });
  const [text, binary, ...more] = lines.map((line) => JSON.parse(line));
  expect(text).toEqual({ at: 1, topic: "a/b", client: "scale", qos: 1, payload: "Lisières" });
  expect(binary).toMatchObject({ at: 2, retain: true, encoding: "base64" });
  expect(Buffer.from(binary.payload, "base64")).toEqual(bytes);
  expect(more).toEqual([]);
});

test("silence leaves a sign of life a minute, and none while others speak", () => {
  const { listen, tick, command } = createRecorder();
  const lines: string[] = [];
  listen((line) => lines.push(line));
  command(1_000_000, { command: "shopper.join" });
  for (let second = 1; second <= 180; second++) tick(1_000_000 + second * 1_000);
  expect(lines.map((line) => JSON.parse(line).at)).toEqual([1_000_000, 1_060_000, 1_120_000, 1_180_000]);
});
