import { connectAsync } from "mqtt";
import { expect, onTestFinished, test } from "vitest";
import { decodeShelfReading } from "#wire/readings.ts";
import { openBroker } from "./test-broker.ts";
import { createTestShelf } from "./test-shelf.ts";
import { smallShop } from "./test-world.ts";

test("what is lifted off a test's shelf, and put back, shows in what its scale says over MQTT", async () => {
  const url = await openBroker();
  const listener = await connectAsync(url);
  onTestFinished(() => listener.endAsync(true));
  let grams = new Map<number, number>();
  listener.on("message", (_topic, payload) => {
    const read = decodeShelfReading(payload);
    if (read.ok) grams = new Map(read.value.plates.map((plate) => [plate.plate, plate.grams]));
  });
  await listener.subscribeAsync("store/test/shelf/scale-1/reading", { qos: 1 });

  const { config, itemBySku } = smallShop();
  const loaded = { config, items: [...itemBySku.values()] };
  const shelf = createTestShelf({ url, loaded, shelf: "A1", fill: { "HAT-FELT": 2, "SOAP-OAT": 3 } });
  onTestFinished(shelf.close);
  await shelf.ready();
  const whole = () => [...grams.values()].reduce((sum, plate) => sum + plate, 0);
  const weighs = (hats: number, soaps: number) =>
    expect.poll(() => Math.abs(whole() - hats * 110 - soaps * 125)).toBeLessThan(0.07 * (hats * 110 + soaps * 125) + 3);
  await weighs(2, 3);
  expect([...grams.keys()]).toEqual([1, 2]);

  expect(await shelf.lift("HAT-FELT", 5)).toBe(2);
  expect(shelf.count("HAT-FELT")).toBe(0);
  await weighs(0, 3);
  expect(await shelf.lift("HAT-FELT")).toBe(0);
  await shelf.put("HAT-FELT");
  await shelf.put("SOAP-OAT", 2);
  await weighs(1, 5);
});
