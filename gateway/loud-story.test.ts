import { expect, onTestFinished, test } from "vitest";
import { nativeGrant } from "#wire/formats/grants.ts";
import type { Device } from "#wire/views.ts";
import { createCredentials } from "./access/credentials.ts";
import { publish, rawClient } from "./broker/test-broker.ts";
import { eventually } from "./broker/test-eventually.ts";
import { createManualClock } from "./clock.ts";
import { type Booted, bootGateway } from "./test-gateway.ts";
import { count, device, first, gramsOf, noon, shelf, weigh } from "./test-registry.ts";

/** The device as an open page has it: what the list said, and the news since. */
async function watch(shop: Booted, id: string) {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const { body } = await fetch(`${shop.url}/api/v1/stream`, { signal: stop.signal });
  const told: Device[] = [];
  const read = async () => {
    let text = "";
    for await (const part of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const events = (text + part).split("\n\n");
      text = events.pop() ?? "";
      for (const event of events) {
        const data = /^event: device\ndata: (.*)$/m.exec(event)?.[1];
        if (data !== undefined && JSON.parse(data).id === id) told.push(JSON.parse(data));
      }
    }
  };
  read().catch(() => undefined);
  return { health: () => told.at(-1)?.health };
}

test("a device that shouts is slowed down and loses nothing, its neighbour is served meanwhile, and pages name it until it has been quiet for a minute", async () => {
  const clock = createManualClock(noon);
  const shop = await bootGateway({ clock });
  const credentials = createCredentials(shop.dataFolder);
  const signIn = async (id: string) => {
    const password = await credentials.addDevice(id, { grant: nativeGrant("main", "shelf", id), format: "native" });
    return rawClient(shop.mqttPort, { clientId: id, username: id, password: Buffer.from(password) });
  };
  const [loud, quiet] = [await signIn(shelf.device), await signIn("spare-7")];
  const page = await watch(shop, shelf.device);
  const saying = (id: string, seq: number, grams: number) =>
    publish(`store/main/shelf/${id}/reading`, seq, 1, JSON.stringify(weigh(first.plate, grams, seq)));

  // 1,500 more may pass, at twice the pace; 600 a second after them
  const many = 5_000;
  const unit = gramsOf(first.sku);
  loud.send(...Array.from({ length: many }, (_, n) => saying(shelf.device, n + 1, (n % 2) * unit)));
  await eventually(() => loud.ids("puback").length).toBeGreaterThan(1_000);
  quiet.send(saying("spare-7", 1, 0));
  await eventually(() => quiet.ids("puback")).toEqual([1]);
  expect(loud.ids("puback").length).toBeLessThan(many);

  await eventually(async () => (await device(shop, shelf.device))?.health).toMatchObject({ loud: true });
  await eventually(page.health).toMatchObject({ loud: true });
  await eventually(() => loud.ids("puback")).toEqual(Array.from({ length: many }, (_, n) => n + 1));
  expect(loud.isClosed()).toBe(false);
  expect(await count(shop, first)).toBe(1);
  expect((await device(shop, shelf.device))?.health).toMatchObject({ received: many, lost: 0 });
  expect(await device(shop, "spare-7")).toMatchObject({ state: "pending", health: { received: 1 } });
  expect((await device(shop, "spare-7"))?.health).not.toHaveProperty("loud");
  const metrics = await (await fetch(`${shop.url}/metrics`)).text();
  expect(Number(/^vitrine_broker_throttled_total (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(0);

  // the last pauses of a shout are counted up to a second later
  const aMinuteLater = () => {
    clock.advance(61_000);
    return page.health();
  };
  await eventually(aMinuteLater).not.toHaveProperty("loud");
  await eventually(async () => {
    clock.advance(61_000);
    return (await device(shop, shelf.device))?.health;
  }).not.toHaveProperty("loud");
});
