import type { MqttClient } from "mqtt";
import { expect, test } from "vitest";
import { createManualClock } from "../clock.ts";
import { bootGateway } from "../test-gateway.ts";
import { shopperClientId } from "./access.ts";

type Made = { username: string; password: string; url: string };
type Joined = { shopperId: string; token: string };
const hourMs = 3_600_000;
const closed = (client: MqttClient) => new Promise<void>((resolve) => client.once("close", () => resolve()));

test("a phone's connection ends with its token, and the token opens no other", async () => {
  const clock = createManualClock(Date.UTC(2026, 10, 20, 9));
  const shop = await bootGateway({ clock });
  const joined = await shop.api<Joined>("POST", "/api/v1/shoppers", { body: {} });
  const { shopperId, token } = joined.value;
  const phone = () => shop.mqtt(shopperClientId(shopperId), { username: shopperId, password: token });
  const [open, device] = [await phone(), await shop.mqtt("device")];
  await open.subscribeAsync(`store/main/shopper/${shopperId}/offer`, { qos: 1 });
  clock.advance(11 * hourMs);
  await expect(open.subscribeAsync(`store/main/shopper/${shopperId}/offer`)).resolves.toBeDefined();

  const over = closed(open);
  clock.advance(2 * hourMs);
  await over;
  await expect(phone()).rejects.toThrow(/bad username/i);
  expect(device.connected).toBe(true);
});

test("a phone hears its shopper's offers and says nothing", async () => {
  const shop = await bootGateway();
  const join = async () => (await shop.api<Joined>("POST", "/api/v1/shoppers", { body: {} })).value;
  const [mine, other] = [await join(), await join()];
  const phone = await shop.mqtt(shopperClientId(mine.shopperId), { username: mine.shopperId, password: mine.token });
  const ask = async (filter: string) => (await phone.subscribeAsync(filter, { qos: 1 }))[0]?.qos;
  expect(await ask(`store/main/shopper/${mine.shopperId}/offer`)).toBe(1);
  for (const filter of [`store/main/shopper/${other.shopperId}/offer`, "store/main/shopper/+/offer", "#", "$SYS/#"]) {
    await expect(ask(filter)).rejects.toThrow(/Unspecified error|refused|128/i);
  }
  const over = closed(phone);
  phone.publish("store/main/shelf/C1/reading", "{}");
  await over;
});

test("a device that retires loses its credentials with its place", async () => {
  const shop = await bootGateway();
  const own = { headers: { "sec-fetch-site": "same-origin" } };
  const made = await shop.api<Made>("POST", "/api/v1/devices/C1/credentials", { body: {}, ...own });
  const { username, password } = made.value;
  const device = await shop.mqtt("C1", { username, password });
  await device.publishAsync("store/main/shelf/C1/status", '{"state":"online"}', { qos: 1 });
  const over = closed(device);
  expect((await shop.api("POST", "/api/v1/devices/C1/retire", { body: {}, ...own })).status).toBeLessThan(300);
  await over;
  await expect(shop.mqtt("C1", { username, password })).rejects.toThrow();
  expect(await shop.gateway.access.credentials.hasDevice("C1")).toBe(false);
});

test("an engineer who takes a device's credentials back sees it go", async () => {
  const shop = await bootGateway();
  const path = "/api/v1/devices/C1/credentials";
  const own = { headers: { "sec-fetch-site": "same-origin" } };
  const made = await shop.api<Made>("POST", path, { body: {}, ...own });
  expect(made.status).toBe(201);
  const { username, password } = made.value;
  expect(new URL(made.value.url)).toMatchObject({ username: "C1", password });
  const device = await shop.mqtt("ESP_1", { username, password });
  await device.publishAsync("store/main/shelf/C1/status", '{"state":"online"}', { qos: 1 });

  // a new password ends what was opened with the old one
  const over = closed(device);
  const again = await shop.api<Made>("POST", path, { body: {}, ...own });
  await over;
  const renewed = await shop.mqtt("ESP_1", { username, password: again.value.password });
  const gone = closed(renewed);
  expect((await shop.api("DELETE", path, own)).status).toBe(204);
  await gone;
  await expect(shop.mqtt("ESP_1", { username, password: again.value.password })).rejects.toThrow();
});
