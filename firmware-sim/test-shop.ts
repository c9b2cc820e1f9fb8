import type { MqttClient } from "mqtt";
import { onTestFinished } from "vitest";
import type { Decoded } from "#wire/decoded.ts";
import { createDecoder, type DecoderSetup } from "#wire/formats.ts";
import { type Booted, bootGateway } from "../gateway/test-gateway.ts";
import { createDeviceLink, type DeviceLink } from "./device-link.ts";
import { linkKey, runSimulation } from "./run.ts";
import type { Scenario } from "./scenario.ts";
import { quiet } from "./scenarios/quiet.ts";
import { createSimulation, type Simulation } from "./simulation.ts";
import type { Truth } from "./truth.ts";
import { createWorld } from "./world.ts";

/** Nobody touches anything; one person carries basket 1 about. */
export const still: Scenario = {
  ...quiet,
  name: "still",
  arrivals: [{ afterMinutes: 0, perMinute: 0 }],
  startInside: 0,
  staff: 0,
  tour: { dwellMs: 4_000 },
};

export type SimulatedShop = {
  gateway: Booted;
  simulation: Simulation;
  truths: Truth[];
  links: ReadonlyMap<string, DeviceLink>;
  run(minutes: number): Promise<void>;
};

/** The shipped shop's true gateway, and the simulated shop around it on real connections; both on the simulated clock. */
export async function simulatedShop(scenario: Scenario): Promise<SimulatedShop> {
  const truths: Truth[] = [];
  let simulation: Simulation | undefined;
  const startMs = Date.UTC(2026, 4, 12, 9, 0);
  const gateway = await bootGateway({ clock: { now: () => simulation?.shop.now() ?? startMs } });
  const world = createWorld(gateway.loaded);
  const running = createSimulation({ world, scenario, seed: "1", startMs, tell: (truth) => truths.push(truth) });
  simulation = running;
  const links = new Map<string, DeviceLink>();
  const account = {
    url: `mqtt://127.0.0.1:${gateway.mqttPort}`,
    username: "demo",
    password: "demo",
    warn() {},
    slowestRetryMs: 20,
  };
  for (const device of running.devices) links.set(linkKey(device), createDeviceLink(device, account));
  onTestFinished(async () => {
    await Promise.all([...links.values()].map((link) => link.close()));
  });
  const signal = new AbortController().signal;
  return {
    gateway,
    simulation: running,
    truths,
    links,
    run: (minutes) => runSimulation({ simulation: running, links, speed: 0, minutes, signal }),
  };
}

/** Somebody who hears everything at the broker and reads it as the gateway does. */
export async function witness({ gateway, simulation }: SimulatedShop, setup: DecoderSetup = {}) {
  const decode = createDecoder(gateway.loaded.config.store.id, setup);
  const heard: Decoded[] = [];
  const unread: { topic: string; reason: string }[] = [];
  const client: MqttClient = await gateway.mqtt("witness");
  client.on("message", (topic, payload) => {
    if (/^store\/[^/]+\/(state|alert|shopper)\//.test(topic)) return;
    const read = decode(topic, payload, simulation.shop.now());
    if (read.ok) heard.push(read.value, ...(read.also ?? []));
    else unread.push({ topic, reason: read.reason });
  });
  await client.subscribeAsync("#", { qos: 1 });
  const of = (deviceId: string) => heard.filter((message) => message.deviceId === deviceId);
  return { heard, unread, of };
}
