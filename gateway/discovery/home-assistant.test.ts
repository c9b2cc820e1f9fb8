import { expect, test } from "vitest";
import type { Device } from "#wire/views.ts";
import { eventually } from "../broker/test-eventually.ts";
import { startMosquitto } from "../broker/test-mosquitto.ts";
import { bootGateway, shopConfig, temporaryFolder } from "../test-gateway.ts";
import { createHomeAssistant, discoveryFilter } from "./home-assistant.ts";

const scale: Device = {
  id: "A1",
  kind: "shelf",
  format: "native",
  state: "online",
  health: { received: 1, lost: 0, restarts: 0, batteryPercent: 81 },
};

/** What Home Assistant would find at the broker. */
function open(devices: Device[] = [scale]) {
  const retained = new Map<string, string>();
  const published: string[] = [];
  const loaded = shopConfig();
  const homeAssistant = createHomeAssistant({
    config: loaded.config,
    discoveryPrefix: "homeassistant",
    publish(topic, payload) {
      published.push(topic);
      if (payload === "") retained.delete(topic);
      else retained.set(topic, payload);
    },
    publicUrl: () => "https://vitrine.local:8080",
    stock: () => loaded.items.slice(0, 3),
    devices: () => devices,
    openAlerts: () => 2,
  });
  homeAssistant.sayAll();
  const configs = () =>
    [...retained]
      .filter(([topic]) => topic.endsWith("/config"))
      .map(([topic, text]) => ({ topic, config: JSON.parse(text) }));
  return { homeAssistant, retained, published, configs };
}

test("every description has what Home Assistant's documentation demands, and no two are the same thing", () => {
  const { configs } = open();
  expect(configs().length).toBeGreaterThan(8);
  for (const { topic, config } of configs()) {
    expect(topic).toMatch(/^homeassistant\/(sensor|binary_sensor)\/[A-Za-z0-9_-]+\/[A-Za-z0-9_-]+\/config$/);
    expect(config).toMatchObject({
      name: expect.any(String),
      unique_id: expect.any(String),
      state_topic: expect.stringMatching(/^store\/main\//),
      value_template: expect.stringMatching(/^\{\{.*\}\}$/),
      availability_topic: "store/main/state/gateway",
      device: { identifiers: [expect.any(String)], name: expect.any(String) },
      origin: { name: "Vitrine" },
    });
    // a binary sensor has no unit and no state class
    if (topic.includes("/binary_sensor/")) expect(config).not.toHaveProperty("unit_of_measurement");
  }
  const ids = configs().map(({ config }) => config.unique_id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(new Set(configs().map(({ topic }) => topic)).size).toBe(ids.length);
});

test("a device shows whether it is there, and its battery once it has told it", () => {
  const { homeAssistant, retained } = open([]);
  const { health, ...young } = scale;
  homeAssistant.deviceChanged(young);
  const [online, battery] = ["binary_sensor", "sensor"].map(
    (component) =>
      `homeassistant/${component}/vitrine_main/device_A1_${component === "sensor" ? "battery" : "online"}/config`,
  );
  expect(retained.has(online ?? "")).toBe(true);
  expect(retained.has(battery ?? "")).toBe(false);
  homeAssistant.deviceChanged({ ...scale, state: "offline" });
  expect(retained.has(battery ?? "")).toBe(true);
  expect(JSON.parse(retained.get("store/main/state/device/A1") ?? "")).toEqual({
    state: "offline",
    batteryPercent: 81,
  });
});

test("a device that was retired is taken back, and one that nobody adopted was never there", () => {
  const { homeAssistant, retained } = open();
  homeAssistant.deviceChanged({ ...scale, id: "X9", state: "pending" });
  expect([...retained.keys()].filter((topic) => topic.includes("X9"))).toEqual([]);
  homeAssistant.deviceChanged({ ...scale, state: "retired" });
  expect([...retained.keys()].filter((topic) => topic.includes("A1"))).toEqual([]);
});

test("what has not changed is not said again", () => {
  const { homeAssistant, published } = open();
  const before = published.length;
  for (let i = 0; i < 10; i++) {
    homeAssistant.deviceChanged(scale);
    homeAssistant.alertsChanged();
  }
  expect(published).toHaveLength(before);
});

test("ids that a topic cannot carry stay apart", () => {
  const { configs } = open([
    { ...scale, id: "a:b" },
    { ...scale, id: "a.b" },
  ]);
  expect(configs().filter(({ topic }) => topic.includes("device_a_b_online"))).toHaveLength(2);
});

test("Home Assistant finds the shop at the broker when it is asked for, and nothing when it is not", async () => {
  const loaded = shopConfig();
  loaded.config.homeAssistant = { discoveryPrefix: "homeassistant" };
  const [shop, quiet] = [await bootGateway({ loaded }), await bootGateway()];
  const heard = async (from: typeof shop) => {
    const client = await from.mqtt(`ha-${from.mqttPort}`);
    const topics = new Map<string, string>();
    client.on("message", (topic, payload) => topics.set(topic, payload.toString()));
    await client.subscribeAsync([discoveryFilter("homeassistant", "main"), "store/main/state/#"]);
    return topics;
  };
  const [there, none] = [await heard(shop), await heard(quiet)];
  await eventually(() => there.get("store/main/state/gateway")).toBe("online");
  await eventually(() => [...there.keys()].filter((topic) => topic.endsWith("/config")).length).toBeGreaterThan(50);
  await eventually(() => none.size).toBeGreaterThan(0);
  expect([...none.keys()].filter((topic) => topic.endsWith("/config"))).toEqual([]);
});

test("at the shop's own broker it is told when the gateway goes, and all is taken back once it is switched off", async () => {
  const mosquitto = await startMosquitto();
  const dataFolder = temporaryFolder();
  const boot = (isOn: boolean) => {
    const loaded = shopConfig({ VITRINE_BROKER_URL: mosquitto.url });
    if (isOn) loaded.config.homeAssistant = { discoveryPrefix: "homeassistant" };
    return bootGateway({ loaded, dataFolder });
  };
  const retained = new Map<string, string>();
  const client = await mosquitto.client("home-assistant");
  client.on("message", (topic, payload) => {
    if (payload.length === 0) retained.delete(topic);
    else retained.set(topic, payload.toString());
  });
  await client.subscribeAsync(["homeassistant/#", "store/main/state/gateway"], { qos: 1 });
  const configs = () => [...retained.keys()].filter((topic) => topic.endsWith("/config")).length;

  const first = await boot(true);
  await eventually(() => retained.get("store/main/state/gateway")).toBe("online");
  await eventually(configs).toBeGreaterThan(50);
  await first.gateway.close();
  await eventually(() => retained.get("store/main/state/gateway")).toBe("offline");
  await boot(false);
  await eventually(configs).toBe(0);
});
