import { expect, test } from "vitest";
import { bootGateway } from "../test-gateway.ts";

// What an account may do comes from what the registry knows of the device; nobody types topics.

type Made = { username: string; password: string; topics: { publish: string[]; subscribe: string[] }; advice?: string };
const own = { headers: { "sec-fetch-site": "same-origin" } };

async function credentialsOf(shop: Awaited<ReturnType<typeof bootGateway>>, id: string) {
  return shop.api<Made>("POST", `/api/v1/devices/${encodeURIComponent(id)}/credentials`, { body: {}, ...own });
}

test("a shelf of the configuration gets its own subtree, without anybody saying what it is", async () => {
  const shop = await bootGateway();
  const { status, value } = await credentialsOf(shop, "C1");
  expect(status).toBe(201);
  expect(value.topics.publish).toContain("store/main/shelf/C1/reading");
  expect(value.topics.subscribe).toEqual(["store/main/shelf/C1/command"]);
});

test("a Tasmota that was heard gets the topics it was heard on, however its name is spelt", async () => {
  const shop = await bootGateway();
  const scale = await shop.mqtt("scale");
  await scale.publishAsync("tele/Fitting room/SENSOR", '{"HX711":{"Weight":1.2}}', { qos: 1 });
  const [device] = (await shop.api<{ id: string; format: string }[]>("GET", "/api/v1/devices", own)).value.filter(
    ({ format }) => format === "tasmota",
  );
  const { value } = await credentialsOf(shop, device?.id ?? "");
  expect(value).toMatchObject({
    username: device?.id,
    topics: { publish: ["tele/Fitting room/+", "stat/Fitting room/+"] },
  });
  expect(value.advice).toContain("SetOption19");
});

test("a device that was mapped may say its own topic, and nobody else's", async () => {
  const shop = await bootGateway();
  const [shelf] = shop.loaded.config.shelves;
  const topic = "acme/cellar-7/state";
  const device = await shop.mqtt("acme-7");
  await device.publishAsync(topic, '{"load_g":500}', { qos: 1 });
  const mapping = {
    topic,
    kind: "shelf",
    fields: [{ path: "load_g", unit: "g", yields: { reading: "weight", plate: 1 } }],
  };
  const place = { at: "shelf", id: shelf?.id };
  const adopted = await shop.api("POST", "/api/v1/devices/acme-7/adopt", {
    body: { name: "Cellar scale", kind: "shelf", place, plates: { 1: 1 }, mapping },
    ...own,
  });
  expect(adopted.status).toBe(200);
  const { value } = await credentialsOf(shop, "acme-7");
  const known = await shop.mqtt("acme-7", { username: value.username, password: value.password });
  await known.publishAsync(topic, '{"load_g":400}', { qos: 1 });
  // of what is nobody's it may talk, and nobody hears it; for the shop's own it is shown out
  const heard: string[] = [];
  const listener = await shop.mqtt("listener");
  listener.on("message", (topic) => heard.push(topic));
  await listener.subscribeAsync("acme/#", { qos: 1 });
  await known.publishAsync("acme/cellar-8/state", "{}", { qos: 1 });
  await known.publishAsync(topic, '{"load_g":300}', { qos: 1 });
  await expect.poll(() => heard).toEqual([topic]);
  const over = new Promise<void>((resolve) => known.once("close", () => resolve()));
  known.publish("store/main/shelf/C1/reading", "{}");
  await over;
});

test("a device that nobody ever heard of gets none before somebody says what it is", async () => {
  const shop = await bootGateway();
  expect((await credentialsOf(shop, "X9")).status).toBe(409);
  const path = "/api/v1/devices/X9/credentials";
  const { status } = await shop.api("POST", path, { body: { kind: "shelf" }, ...own });
  expect(status).toBe(201);
});

test("a mirror whose credentials are changed or taken back is signed out, and its links end", async () => {
  const shop = await bootGateway();
  const id = shop.loaded.config.mirrors[0]?.id ?? "";
  async function share() {
    const { password } = (await credentialsOf(shop, id)).value;
    const path = `/api/v1/mirrors/${id}`;
    const session = await shop.api<{ token: string }>("POST", `${path}/sessions`, { token: password });
    const { token } = session.value;
    const made = await shop.api<{ url: string }>("POST", `${path}/shares`, { token });
    expect(made.status).toBe(201);
    const link = shop.url + made.value.url.slice(made.value.url.indexOf("/s/"));
    return {
      link: async () => (await fetch(link)).status,
      signedIn: async () => (await shop.api("POST", `${path}/shares`, { token })).status === 201,
    };
  }
  const first = await share();
  expect(await first.link()).toBe(200);
  const second = await share();
  expect(await first.link()).toBe(410);
  expect(await first.signedIn()).toBe(false);
  expect(await second.link()).toBe(200);

  // on the command line it is the same file
  await shop.gateway.access.credentials.removeDevice(id);
  await expect.poll(second.link).toBe(410);
  expect(await second.signedIn()).toBe(false);
});
