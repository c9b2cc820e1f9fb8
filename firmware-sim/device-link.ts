import { connect, type MqttClient } from "mqtt";
import { deviceTopic } from "#wire/topics.ts";
import { type Device, type Message, offlineStatus } from "./device.ts";

/** One device's own connection to the broker: QoS 1, its last will, and patience when the broker is away. */
export type DeviceLink = {
  /** Resolves when the broker has acknowledged it, or when it was given up because the queue was full. */
  publish(message: Message): Promise<void>;
  /** Says goodbye (status offline) and closes; safe to call twice. */
  close(): Promise<void>;
};

export type LinkOptions = {
  url: string;
  username: string;
  password: string;
  storeId: string;
  warn(text: string): void;
};

/** Unacknowledged at once, and waiting behind them. When the queue is full the oldest waiting message is given up. */
const mostInFlight = 16;
const mostWaiting = 400;
const firstRetryMs = 300;
const slowestRetryMs = 15_000;

type Waiting = { message: Message; done: () => void };

export function createDeviceLink(
  { kind, deviceId }: Pick<Device, "kind" | "deviceId">,
  options: LinkOptions,
): DeviceLink {
  const { url, username, password, storeId, warn } = options;
  const statusTopic = deviceTopic(storeId, { kind, deviceId, channel: "status" });
  const waiting: Waiting[] = [];
  let inFlight = 0;
  let dropped = 0;
  let retryMs = firstRetryMs;
  let retry: NodeJS.Timeout | undefined;
  let closed = false;
  let greeting: Message | undefined;

  const client: MqttClient = connect(url, {
    clientId: `sim-${deviceId}`,
    username,
    password,
    clean: true,
    keepalive: 30,
    // mqtt.js retries at one pace; a shop full of devices must back off.
    reconnectPeriod: 0,
    connectTimeout: 10_000,
    will: { topic: statusTopic, payload: Buffer.from(offlineStatus), qos: 1, retain: true },
  });
  client.on("connect", () => {
    if (dropped > 0) warn(`${deviceId}: connected again, ${dropped} messages were given up meanwhile`);
    dropped = 0;
    retryMs = firstRetryMs;
    // The will of the lost connection has said "offline" in between.
    if (greeting) send({ message: greeting, done() {} });
    fill();
  });
  client.on("close", () => {
    if (closed || retry) return;
    if (retryMs === firstRetryMs) warn(`${deviceId}: no connection to the broker, trying again`);
    retry = setTimeout(() => {
      retry = undefined;
      client.reconnect();
    }, retryMs);
    retryMs = Math.min(slowestRetryMs, retryMs * 2);
  });
  // Every failure also closes the connection, which is where it is handled.
  client.on("error", () => {});

  function send({ message, done }: Waiting) {
    inFlight += 1;
    if (message.topic === statusTopic) greeting = message;
    client.publish(message.topic, message.payload, { qos: 1, retain: message.retain }, () => {
      inFlight -= 1;
      done();
      fill();
    });
  }
  function fill() {
    while (client.connected && inFlight < mostInFlight) {
      const next = waiting.shift();
      if (!next) return;
      send(next);
    }
  }
  return {
    publish: (message) =>
      new Promise((done) => {
        waiting.push({ message, done });
        if (waiting.length > mostWaiting) {
          dropped += 1;
          waiting.shift()?.done();
        }
        fill();
      }),
    async close() {
      if (closed) return;
      closed = true;
      clearTimeout(retry);
      for (const { done } of waiting.splice(0)) done();
      if (client.connected) {
        await Promise.race([
          client.publishAsync(statusTopic, offlineStatus, { qos: 1, retain: true }),
          pause(1_000),
        ]).catch(() => {});
      }
      await Promise.race([client.endAsync(true), pause(1_000)]);
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
