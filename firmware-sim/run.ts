import type { Message, PoweredDevice } from "./device.ts";
import type { DeviceLink } from "./device-link.ts";
import { type Simulation, tickMs } from "./simulation.ts";

/** Behind by more than this (a laptop that slept), simulated time lets the real time go instead of racing after it. */
const mostBehindMs = 5_000;

/**
 * Drives a simulation: at `speed` times real time, or as fast as everything is acknowledged when speed is 0.
 * Ends after `minutes` of simulated time, or when `signal` says so.
 */
export async function runSimulation(options: {
  simulation: Simulation;
  links: ReadonlyMap<string, DeviceLink>;
  speed: number;
  minutes: number;
  record?: (message: Message) => void;
  signal: AbortSignal;
}): Promise<void> {
  const { simulation, links, speed, minutes, record, signal } = options;
  const endMs = simulation.shop.now() + minutes * 60_000;

  function publish(messages: Message[]): Promise<void>[] {
    return messages.map((message) => {
      record?.(message);
      return links.get(linkKey(message))?.publish(message) ?? Promise.resolve();
    });
  }
  /** Who is back, what the devices say, and then who of them is still there: last words go before the power does. */
  function step(): Promise<void>[] {
    const messages = simulation.step();
    const follow = (device: PoweredDevice) => links.get(linkKey(device))?.follow(device.air());
    for (const device of simulation.devices) if (device.air() === "up") follow(device);
    const sent = publish(messages);
    simulation.devices.forEach(follow);
    return sent;
  }
  // A broker that never acknowledges must not keep us from stopping.
  const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  let realMs = performance.now();
  let simulatedMs = simulation.shop.now();
  while (!signal.aborted && simulation.shop.now() < endMs) {
    if (speed === 0) {
      await Promise.race([Promise.all(step()), aborted]);
      continue;
    }
    let targetMs = simulatedMs + (performance.now() - realMs) * speed;
    if (targetMs - simulation.shop.now() > mostBehindMs * Math.max(1, speed)) {
      realMs = performance.now();
      simulatedMs = simulation.shop.now();
      targetMs = simulatedMs;
    }
    while (simulation.shop.now() + tickMs <= targetMs && simulation.shop.now() < endMs) {
      for (const sent of step()) void sent;
    }
    await sleep(tickMs / Math.max(1, speed), signal);
  }
  simulation.end();
}

export const linkKey = (device: { kind: string; deviceId: string }) => `${device.kind}/${device.deviceId}`;

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(finish, Math.max(5, ms));
    function finish() {
      clearTimeout(timer);
      signal.removeEventListener("abort", finish);
      resolve();
    }
    signal.addEventListener("abort", finish);
  });
}
