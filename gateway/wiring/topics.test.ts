import { expect, test } from "vitest";
import { bootGateway } from "../test-gateway.ts";

test("an alert stands on its topic while it is open, and the topic is empty again afterwards", async () => {
  const shop = await bootGateway();
  const shelf = shop.loaded.config.shelves[0];
  const plate = shelf?.plates[0];
  const grams = shop.loaded.items.find(({ sku }) => sku === plate?.sku)?.grams ?? 0;
  const till = await shop.mqtt("till");
  const heard: { topic: string; text: string }[] = [];
  till.on("message", (topic, payload) => heard.push({ topic, text: payload.toString() }));
  await till.subscribeAsync(["store/main/alert/+", "store/main/state/#"], { qos: 1 });
  const weigh = (seq: number, count: number) =>
    till.publishAsync(
      `store/main/shelf/${shelf?.device}/reading`,
      JSON.stringify({ boot: 1, seq, plates: [{ plate: plate?.plate, grams: grams * count }] }),
      { qos: 1 },
    );

  await weigh(1, 0);
  const alerts = () => heard.filter(({ topic }) => topic.startsWith("store/main/alert/"));
  await expect.poll(alerts).toHaveLength(1);
  const { topic, text } = alerts()[0] ?? { topic: "", text: "{}" };
  expect(JSON.parse(text)).toMatchObject({ kind: "empty", severity: "stop", sku: plate?.sku, state: "open" });
  expect(topic).toBe(`store/main/alert/${JSON.parse(text).id}`);

  await weigh(2, plate?.capacity ?? 1);
  await expect.poll(() => alerts().slice(1)).toEqual([{ topic, text: "" }]);
  const stock = () => heard.filter((message) => message.topic === `store/main/state/stock/${plate?.sku}`).at(-1)?.text;
  await expect.poll(() => JSON.parse(stock() ?? "{}")).toMatchObject({ onShelf: plate?.capacity, reserved: 0 });

  // whoever comes later hears nothing of a closed alert
  const late = await shop.mqtt("late");
  const retained: string[] = [];
  late.on("message", (retainedTopic) => retained.push(retainedTopic));
  await late.subscribeAsync(["store/main/alert/+", "store/main/state/stock/+"], { qos: 1 });
  await expect.poll(() => retained).toContain(`store/main/state/stock/${plate?.sku}`);
  expect(retained).not.toContain(topic);
});
