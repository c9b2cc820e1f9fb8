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
/** A connection this old was a good one: the next loss starts with a short wait again. Two shops with one name back off instead. */
const steadyMs = 10_000;

type Waiting = { message: Message; done: () => void };

export function createDeviceLink(device: Pick<Device, "kind" | "deviceId">, options: LinkOptions): DeviceLink {
  const { kind, deviceId } = device;
  const statusTopic = deviceTopic(options.storeId, { kind, deviceId, channel: "status" });
  const waiting: Waiting[] = [];
  const inFlight = new Set<Waiting>();
  let client = open();
  let dropped = 0;
  let retryMs = firstRetryMs;
  let connectedAtMs = Number.POSITIVE_INFINITY;
  let retry: NodeJS.Timeout | undefined;
  let closed = false;
  let greeting: Waiting | undefined;

  /** A new client for every connection: what the last one had not seen acknowledged is sent again, in its order. */
  function open(): MqttClient {
    const opened = connect(options.url, {
      clientId: `sim-${deviceId}`,
      username: options.username,
      password: options.password,
      clean: true,
      keepalive: 30,
      reconnectPeriod: 0,
      connectTimeout: 10_000,
      will: { topic: statusTopic, payload: Buffer.from(offlineStatus), qos: 1, retain: true },
    });
    opened.on("connect", () => {
      if (dropped > 0) options.warn(`${deviceId}: connected again, ${dropped} messages were given up meanwhile`);
      dropped = 0;
      connectedAtMs = performance.now();
      // The will of the lost connection has said "offline" in between.
      if (greeting) send(greeting);
      fill();
    });
    opened.on("close", () => {
      if (!closed && opened === client) tryAgain();
    });
    // Every failure also closes the connection, which is where it is handled.
    opened.on("error", () => {});
    return opened;
  }
  function tryAgain() {
    if (retry) return;
    if (performance.now() - connectedAtMs > steadyMs) retryMs = firstRetryMs;
    connectedAtMs = Number.POSITIVE_INFINITY;
    if (retryMs === firstRetryMs) options.warn(`${deviceId}: no connection to the broker, trying again`);
    waiting.unshift(...[...inFlight].filter((entry) => entry !== greeting));
    inFlight.clear();
    client.end(true);
    retry = setTimeout(() => {
      retry = undefined;
      client = open();
    }, retryMs);
    retryMs = Math.min(slowestRetryMs, retryMs * 2);
  }
  function send(entry: Waiting) {
    const { message } = entry;
    inFlight.add(entry);
    client.publish(message.topic, message.payload, { qos: 1, retain: message.retain }, (error) => {
      // An entry of a connection that has ended is waiting again: only its next acknowledgement counts.
      if (error || !inFlight.delete(entry)) return;
      entry.done();
      fill();
    });
  }
  function fill() {
    while (client.connected && inFlight.size < mostInFlight) {
      const next = waiting.shift();
      if (!next) return;
      send(next);
    }
  }
  return {
    publish: (message) =>
      new Promise((done) => {
        if (message.topic === statusTopic) {
          greeting = { message, done };
          if (client.connected) send(greeting);
          return;
        }
        waiting.push({ message, done });
        if (waiting.length > mostWaiting) {
          if (dropped === 0) options.warn(`${deviceId}: the broker does not keep up; the oldest messages are given up`);
          dropped += 1;
          waiting.shift()?.done();
        }
        fill();
      }),
    async close() {
      if (closed) return;
      closed = true;
      clearTimeout(retry);
      for (const { done } of [...inFlight, ...waiting.splice(0)]) done();
      if (client.connected) {
        const goodbye = client.publishAsync(statusTopic, offlineStatus, { qos: 1, retain: true });
        await atMostASecond(goodbye);
      }
      await atMostASecond(client.endAsync(true));
    },
  };
}

/** A broker that is leaving itself may never answer. The timer keeps the process alive meanwhile: whoever awaits us goes on. */
async function atMostASecond(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, 1_000);
  });
  await Promise.race([work, patience]).catch(() => {});
  clearTimeout(timer);
}
