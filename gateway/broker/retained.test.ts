import { expect, test } from "vitest";
import { createRetained, formerClient } from "./retained.ts";

const limits = { topics: 6, bytes: 1_000, clientTopics: 3, clientBytes: 400 };
const message = (topic: string, bytes: number) => ({
  cmd: "publish",
  topic,
  payload: Buffer.alloc(bytes, "x"),
  qos: 1,
  retain: true,
});

function open() {
  const refused: string[] = [];
  const retained = createRetained({ limits, refused: (client) => void refused.push(client) });
  const topics = () => [...retained.matching(["#"])].map(({ topic }) => topic);
  return { ...retained, refused, topics };
}

test("one device cannot fill the memory for retained messages with topics", () => {
  const shop = open();
  for (let n = 0; n < 10; n++) shop.keep(message(`rubbish/${n}`, 1), "loud");
  shop.keep(message("shelf/A1/status", 1), "A1");
  expect(shop.topics()).toEqual(["rubbish/0", "rubbish/1", "rubbish/2", "shelf/A1/status"]);
  expect(shop.refused).toEqual(Array(7).fill("loud"));
  expect(shop.stats()).toEqual({ retained: 4, retainedRefused: 7 });
});

test("nor with bytes, and what it replaces or clears counts no more", () => {
  const shop = open();
  shop.keep(message("a", 300), "loud");
  shop.keep(message("b", 300), "loud");
  shop.keep(message("a", 400), "loud");
  shop.keep(message("a", 401), "loud");
  expect([...shop.matching(["a"])][0]?.payload.length).toBe(400);
  shop.keep(message("a", 0), "loud");
  shop.keep(message("b", 400), "loud");
  expect(shop.topics()).toEqual(["b"]);
  expect(shop.refused).toEqual(["loud", "loud"]);
});

test("what another device took over counts for that one", () => {
  const shop = open();
  for (const topic of ["a", "b", "c"]) shop.keep(message(topic, 1), "old");
  shop.keep(message("a", 1), "new");
  shop.keep(message("d", 1), "old");
  expect(shop.topics().toSorted()).toEqual(["a", "b", "c", "d"]);
  expect(shop.refused).toEqual([]);
});

test("what an earlier version kept is nobody's share, and goes with the others after a failed commit", () => {
  const shop = open();
  for (let n = 0; n < 5; n++) shop.keep(message(`t/${n}`, 1), formerClient);
  shop.keep(message("own", 1), undefined);
  expect(shop.topics()).toHaveLength(6);
  shop.forgetClients();
  expect(shop.topics()).toEqual(["own"]);
});

test("all together stay within 16 MB and 10,000 topics, however many they are", () => {
  const shop = open();
  for (let n = 0; n < 8; n++) shop.keep(message(`t/${n}`, 1), `device-${n}`);
  expect(shop.topics()).toHaveLength(limits.topics);
  const large = open();
  for (let n = 0; n < 4; n++) large.keep(message(`t/${n}`, 400), `device-${n}`);
  expect(large.topics()).toEqual(["t/0", "t/1"]);
  // room again, once something is cleared
  large.keep(message("t/0", 0), "somebody");
  large.keep(message("t/3", 400), "device-3");
  expect(large.topics()).toEqual(["t/1", "t/3"]);
});

test("the gateway's own words count for nobody, and stay when the clients' are read from the disk again", () => {
  const shop = open();
  for (let n = 0; n < 5; n++) shop.keep(message(`state/${n}`, 1), undefined);
  shop.keep(message("shelf/A1/status", 1), "A1");
  shop.forgetClients();
  expect(shop.topics()).toHaveLength(5);
  expect(shop.topics()).not.toContain("shelf/A1/status");
});
