import { expect, test } from "vitest";
import type { InboxTopic } from "#wire/views.ts";
import { type Booted, bootGateway, shopConfig } from "./test-gateway.ts";
import { ask, config, device, devices, shelf, speaker, weigh } from "./test-registry.ts";

// What lies in the inbox is worth an engineer's look, and says why it lies there.

const inbox = async (shop: Booted) => (await shop.api<InboxTopic[]>("GET", "/api/v1/inbox")).value;

async function metric(shop: Booted, name: string): Promise<number> {
  const text = await (await fetch(`${shop.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
}

test("what Home Assistant and others' devices tell each other is counted and not shown; a reading below its prefix is", async () => {
  const shop = await bootGateway();
  const say = await speaker(shop);
  await say("homeassistant/status", "online");
  await say("homeassistant/sensor/garden/config", { name: "Garden", state_topic: "garden/state" });
  await say("homeassistant/binary_sensor/0x00158d/door/config", "");
  expect(await inbox(shop)).toEqual([]);
  expect(await metric(shop, "vitrine_not_for_us_total")).toBe(3);
  expect(await metric(shop, "vitrine_undecodable_total")).toBe(0);
  await say("homeassistant/sensor/garden/state", { moisture: 31 });
  expect(await inbox(shop)).toMatchObject([{ topic: "homeassistant/sensor/garden/state", count: 1 }]);
});

test("under another prefix the same holds, and the usual one is a topic like any other", async () => {
  const loaded = shopConfig();
  loaded.config.homeAssistant = { discoveryPrefix: "ha" };
  const shop = await bootGateway({ loaded });
  const say = await speaker(shop);
  await say("ha/sensor/garden/config", "{}");
  await say("homeassistant/sensor/garden/config", "{}");
  expect((await inbox(shop)).map(({ topic }) => topic)).toEqual(["homeassistant/sensor/garden/config"]);
});

test("a scale and a mirror of the configuration that speak after another took their place say who has it", async () => {
  const shop = await bootGateway();
  const say = await speaker(shop);
  const mirror = config.mirrors[0]?.id ?? "";
  await say("store/main/shelf/spare-1/reading", weigh(1, 0, 1));
  await say("store/main/mirror/pi-1/event", { boot: 1, seq: 1, kind: "presence", present: true });
  const place = (at: string, id: string) => ({ name: "New one", kind: at, place: { at, id } });
  expect((await ask(shop, "spare-1", "adopt", place("shelf", shelf.id))).status).toBe(200);
  expect((await ask(shop, "pi-1", "adopt", place("mirror", mirror))).status).toBe(200);
  expect(await inbox(shop)).toEqual([]);

  await say(`store/main/shelf/${shelf.device}/reading`, weigh(1, 0, 1));
  await say(`store/main/mirror/${mirror}/event`, { boot: 1, seq: 1, kind: "presence", present: true });
  const reasons = (await inbox(shop)).map(({ reason }) => reason).sort();
  expect(reasons).toEqual(
    [
      `device ${shelf.device} counts nowhere: spare-1 has its place`,
      `device ${mirror} counts nowhere: pi-1 has its place`,
    ].sort(),
  );
});

test("a stranger that says nothing for a shop is no device that waits, and no line in the inbox", async () => {
  const shop = await bootGateway();
  const say = await speaker(shop);
  const known = (await devices(shop)).length;
  const sealed = { address: "54:48:e6:8f:80:a5", encryption: true, rssi: -60 };
  const params = { ts: 1_763_000_000.1, events: [{ event: "shelly-blu", data: sealed }] };
  await say("shellyplus1-a8032abe54dc/events/rpc", { method: "NotifyEvent", params });
  expect(await inbox(shop)).toEqual([]);
  expect(await devices(shop)).toHaveLength(known);
});

test("a receiver of the configuration whose first word is that it is there is listed with what it speaks", async () => {
  const shop = await bootGateway();
  const say = await speaker(shop);
  const room = config.receivers.find(({ espresenseRoom }) => espresenseRoom !== undefined)?.espresenseRoom;
  await say(`espresense/rooms/${room}/status`, "online");
  expect(await device(shop, `espresense-${room}`)).toMatchObject({ state: "online", format: "espresense" });
});
