import { expect, test } from "vitest";
import { createOutgoing } from "./outgoing.ts";

const message = (text: string, row: number) => ({
  key: `row ${row}`,
  topic: "a/b",
  payload: Buffer.from(text),
  qos: 1,
  messageId: row,
  durableId: row,
});
const waiting = (queue: ReturnType<typeof createOutgoing>, client: string) =>
  [...queue.walk(client)].map(({ payload }) => Buffer.from(payload).toString());

test("a sleeping client keeps the newest messages, by number", () => {
  const queue = createOutgoing({ messages: 2, queueBytes: 1e6, allBytes: 1e6 });
  expect(queue.enqueue("till", message("one", 1))).toEqual([]);
  expect(queue.enqueue("till", message("two", 2))).toEqual([]);
  expect(queue.enqueue("till", message("three", 3))).toEqual([1]);
  expect(waiting(queue, "till")).toEqual(["two", "three"]);
  expect(queue.dropped()).toBe(1);
});

test("large messages make room earlier than small ones, in one queue and over all", () => {
  const large = "x".repeat(1_000);
  const one = createOutgoing({ messages: 100, queueBytes: 3_000, allBytes: 1e6 });
  for (let row = 1; row <= 5; row++) one.enqueue("till", message(large, row));
  expect(waiting(one, "till")).toHaveLength(2);
  const all = createOutgoing({ messages: 100, queueBytes: 1e6, allBytes: 3_000 });
  for (let row = 1; row <= 5; row++) all.enqueue(`phone-${row % 2}`, message(large, row));
  expect(all.bytes()).toBeLessThanOrEqual(3_000);
  expect(waiting(all, "phone-1")).not.toEqual([]);
});

test("what is acknowledged or forgotten gives its room back", () => {
  const queue = createOutgoing();
  queue.enqueue("till", message("one", 7));
  queue.enqueue("till", message("two", 8));
  queue.enqueue("phone", message("three", 2));
  expect(queue.clear("till", 7)?.durableId).toBe(7);
  // received, but not yet done with: only its packet id is still taken
  expect(queue.release("till", 8)?.durableId).toBe(8);
  expect(queue.release("till", 8)).toBeUndefined();
  expect([waiting(queue, "till"), queue.isInUse("till", 8)]).toEqual([[""], true]);
  expect(queue.clear("till", 8)?.durableId).toBe(8);
  queue.forget("phone");
  expect([queue.bytes(), queue.waiting()]).toEqual([0, 0]);
});

test("what is queued while the queue is walked comes along, also when it was empty in between", () => {
  const queue = createOutgoing();
  queue.enqueue("till", message("one", 1));
  const seen: string[] = [];
  for (const { payload, messageId } of queue.walk("till")) {
    seen.push(Buffer.from(payload).toString());
    queue.clear("till", messageId);
    if (seen.length < 3) queue.enqueue("till", message("next", 1 + seen.length));
  }
  expect(seen).toEqual(["one", "next", "next"]);
});

test("a few bytes of a socket's read do not keep all of it alive", () => {
  const read = Buffer.alloc(64 * 1024, "x");
  const queue = createOutgoing();
  queue.enqueue("till", { ...message("", 1), payload: read.subarray(10, 14) });
  expect([...queue.walk("till")][0]?.payload.buffer.byteLength).toBeLessThan(read.byteLength);
});
