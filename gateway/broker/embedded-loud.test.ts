import { expect, test } from "vitest";
import { publish, rawClient, startBroker } from "./test-broker.ts";
import { eventually } from "./test-eventually.ts";

// One device that shouts: it is read more slowly, and everybody else as before.

const rate = { perSecond: 500, burst: 100 };

test("a device that publishes too fast loses nothing, is named, and others are served before it is done", async () => {
  const named: string[] = [];
  const identify = ({ username = "" }) => ({ name: username, may: () => true });
  const shop = await startBroker({ identify, rate, onLoud: (client) => void named.push(client) });
  const loud = await rawClient(shop.port, { clientId: "loud", username: "loud" });
  const quiet = await shop.client("quiet");
  loud.send(...Array.from({ length: 1_500 }, (_, n) => publish("shelf/loud", n + 1, 1, `${n}`)));
  await eventually(() => shop.broker.stats().throttled).toBeGreaterThan(0);
  await quiet.publishAsync("shelf/counts", "{}", { qos: 1 });
  await eventually(() => loud.ids("puback")).toEqual(Array.from({ length: 1_500 }, (_, n) => n + 1));
  // by its turn, not by its acknowledgement: that one waits for the disk, and the loud one's do not
  expect(shop.judged.findIndex(({ topic }) => topic === "shelf/counts")).toBeLessThan(1_500);
  const said = shop.judged.filter(({ topic }) => topic === "shelf/loud").map(({ payload }) => Number(`${payload}`));
  expect(said).toEqual(Array.from({ length: 1_500 }, (_, n) => n));
  await eventually(() => named).toContain("loud");
  expect(new Set(named)).toEqual(new Set(["loud"]));
});

test("a device that stays below its rate is never held up", async () => {
  const identify = ({ username = "" }) => ({ name: username, may: () => true });
  const shop = await startBroker({ identify, rate });
  const reader = await rawClient(shop.port, { clientId: "reader", username: "loud" });
  for (let n = 1; n <= rate.burst; n++) reader.send(publish("shelf/counts", n, 1));
  await eventually(() => reader.ids("puback")).toHaveLength(rate.burst);
  expect(shop.broker.stats().throttled).toBe(0);
});

test("one read full of small messages does not keep the others waiting until its end", async () => {
  const shop = await startBroker();
  const other = await rawClient(shop.port, { clientId: "other" });
  const flood = await rawClient(shop.port, { clientId: "flood" });
  // "{}" at QoS 0 is 14 bytes: thousands in one read of the socket
  const many = Array.from({ length: 8_000 }, () => ({ ...publish("shelf/counts", 1, 1), qos: 0 as const }));
  flood.send(...many);
  other.send(publish("shelf/counts", 7, 1));
  await eventually(() => other.ids("puback")).toEqual([7]);
  await eventually(() => shop.judged.length).toBe(8_001);
  const turn = shop.judged.findIndex(({ client }) => client === "other");
  expect(turn).toBeLessThan(8_000);
});
