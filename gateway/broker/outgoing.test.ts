import { expect, test } from "vitest";
import { type BrokerPacket, createOutgoing } from "./outgoing.ts";

let counter = 0;
const message = (payload: string): BrokerPacket => ({
  cmd: "publish",
  topic: "a/b",
  payload: Buffer.from(payload),
  qos: 1,
  retain: false,
  brokerId: "broker",
  brokerCounter: ++counter,
});
const waiting = (queue: ReturnType<typeof createOutgoing>, client: string) =>
  queue.list(client).map(({ payload }) => Buffer.from(payload).toString());

test("a sleeping client keeps the newest messages, by number", () => {
  const queue = createOutgoing({ messages: 2, queueBytes: 1e6, allBytes: 1e6 });
  expect(queue.enqueue("till", message("one"), 1)).toEqual([]);
  expect(queue.enqueue("till", message("two"), 2)).toEqual([]);
  expect(queue.enqueue("till", message("three"), 3)).toEqual([1]);
  expect(waiting(queue, "till")).toEqual(["two", "three"]);
  expect(queue.dropped()).toBe(1);
});

test("large messages make room earlier than small ones, in one queue and over all", () => {
  const large = "x".repeat(1_000);
  const one = createOutgoing({ messages: 100, queueBytes: 3_000, allBytes: 1e6 });
  for (let row = 1; row <= 5; row++) one.enqueue("till", message(large), row);
  expect(one.list("till")).toHaveLength(2);
  const all = createOutgoing({ messages: 100, queueBytes: 1e6, allBytes: 3_000 });
  for (let row = 1; row <= 5; row++) all.enqueue(`phone-${row % 2}`, message(large), row);
  expect(all.bytes()).toBeLessThanOrEqual(3_000);
  expect(waiting(all, "phone-1")).not.toEqual([]);
});

test("what is acknowledged or forgotten gives its room back", () => {
  const queue = createOutgoing();
  const first = message("one");
  queue.enqueue("till", first, 1);
  queue.enqueue("phone", message("two"), 2);
  queue.update("till", { ...first, messageId: 7 });
  expect(queue.clear("till", 7)?.durableId).toBe(1);
  queue.forget("phone");
  expect([queue.bytes(), queue.waiting()]).toEqual([0, 0]);
});

test("a few bytes of a socket's read do not keep all of it alive", () => {
  const read = Buffer.alloc(64 * 1024, "x");
  const queue = createOutgoing();
  queue.enqueue("till", { ...message(""), payload: read.subarray(10, 14) }, 1);
  expect(queue.list("till")[0]?.payload.buffer.byteLength).toBeLessThan(read.byteLength);
});
