import { connect, type MqttClient } from "mqtt";
import type { Air, Device, Message } from "./device.ts";

/** One device's own connection to the broker: its last will, and patience when the broker is away. */
export type DeviceLink = {
  /**
   * Resolves when the broker has acknowledged it, when it was given up (the queue was full, the power went, or it is of
   * QoS 0 and there is no connection), or when it waits for a network that is away.
   */
  publish(message: Message): Promise<void>;
  /** Connected, cut off or at rest, as the device is now. */
  follow(air: Air): void;
  /** Says goodbye and closes; safe to call twice. */
  close(): Promise<void>;
};

export type LinkOptions = {
  url: string;
  username: string;
  password: string;
  warn(text: string): void;
  /** Where simulated time runs faster than real time, so must whoever comes back. */
  slowestRetryMs?: number;
};

/** Unacknowledged at once, and waiting behind them. When the queue is full the oldest waiting message is given up. */
const mostInFlight = 16;
const mostWaiting = 400;
const defaultFirstRetryMs = 300;
const defaultSlowestRetryMs = 15_000;
/** A connection this old was a good one: the next loss starts with a short wait again. Two shops with one name back off instead. */
const steadyMs = 10_000;

type Waiting = { message: Message; done: () => void };

export function createDeviceLink(device: Device, options: LinkOptions): DeviceLink {
  const { deviceId } = device;
  const { slowestRetryMs = defaultSlowestRetryMs } = options;
  const firstRetryMs = Math.min(defaultFirstRetryMs, slowestRetryMs);
  const waiting: Waiting[] = [];
  const inFlight = new Set<Waiting>();
  /** Said before there was a first connection; the greeting of that connection says the same. */
  const early: (() => void)[] = [];
  let will = device.will();
  let client: MqttClient | undefined = open();
  let dropped = 0;
  let retryMs = firstRetryMs;
  let connectedAtMs = Number.POSITIVE_INFINITY;
  let retry: NodeJS.Timeout | undefined;
  let closed = false;
  let air: Air = "up";

  /** A new client for every connection: what the last one had not seen acknowledged is sent again, in its order. */
  function open(): MqttClient {
    const opened = connect(options.url, {
      clientId: `sim-${deviceId}`,
      username: options.username,
      password: options.password,
      // What is asked of a device while it is away waits for it.
      clean: !device.listensTo,
      keepalive: 30,
      reconnectPeriod: 0,
      connectTimeout: 10_000,
      ...(will ? { will: { ...will, payload: Buffer.from(will.payload) } } : {}),
    });
    opened.on("connect", () => {
      if (dropped > 0) options.warn(`${deviceId}: connected again, ${dropped} messages were given up meanwhile`);
      dropped = 0;
      connectedAtMs = performance.now();
      // Any error ends the connection too, and the next one asks again.
      if (device.listensTo) opened.subscribe([...device.listensTo], { qos: 1 }, () => {});
      // The will of the lost connection has said "offline" in between.
      const said = early.splice(0);
      const greeting = device.greet();
      greeting.forEach((message, index) => {
        const last = index === greeting.length - 1;
        send({ message, done: last ? () => said.forEach((done) => void done()) : () => {} });
      });
      fill();
    });
    opened.on("message", (topic, payload) => device.hear?.(topic, payload));
    opened.on("close", () => {
      if (!closed && opened === client) tryAgain();
    });
    // Every failure also closes the connection, which is where it is handled.
    opened.on("error", () => {});
    return opened;
  }
  function tryAgain() {
    if (retry || air !== "up") return;
    if (performance.now() - connectedAtMs > steadyMs) retryMs = firstRetryMs;
    connectedAtMs = Number.POSITIVE_INFINITY;
    if (retryMs === firstRetryMs) options.warn(`${deviceId}: no connection to the broker, trying again`);
    hangUp();
    retry = setTimeout(() => {
      retry = undefined;
      reopen();
    }, retryMs);
    retryMs = Math.min(slowestRetryMs, retryMs * 2);
  }
  function reopen() {
    will = device.will();
    client = open();
  }
  function hangUp() {
    // What waits for a network that is away holds nobody up.
    if (air === "away") for (const { done } of [...inFlight, ...waiting]) done();
    // A greeting belongs to its connection: the next one has its own.
    const unsent = [...inFlight];
    inFlight.clear();
    for (const { message, done } of unsent) if (message.greeting || message.qos === 0) done();
    waiting.unshift(...unsent.filter(({ message }) => !message.greeting && message.qos !== 0));
    const ended = client;
    client = undefined;
    ended?.end(true);
  }
  function send(entry: Waiting) {
    const { message } = entry;
    inFlight.add(entry);
    const { topic, payload, retain, qos = 1 } = message;
    client?.publish(topic, typeof payload === "string" ? payload : Buffer.from(payload), { qos, retain }, (error) => {
      // An entry of a connection that has ended is waiting again: only its next acknowledgement counts.
      if (error || !inFlight.delete(entry)) return;
      entry.done();
      fill();
    });
  }
  function fill() {
    while (client?.connected && inFlight.size < mostInFlight) {
      const next = waiting.shift();
      if (!next) return;
      send(next);
    }
  }
  function forget() {
    for (const { done } of [...inFlight, ...waiting.splice(0)]) done();
    inFlight.clear();
    for (const done of early.splice(0)) done();
  }
  async function sayGoodbye() {
    const leaving = client;
    client = undefined;
    if (will && leaving?.connected) {
      await atMostASecond(
        leaving.publishAsync(will.topic, Buffer.from(will.payload), { qos: will.qos, retain: will.retain }),
      );
    }
    if (leaving) await atMostASecond(leaving.endAsync(!leaving.connected));
    leaving?.end(true);
  }

  return {
    publish: (message) =>
      new Promise((done) => {
        if (message.greeting && !client?.connected) {
          if (closed || air !== "up") done();
          else early.push(done);
          return;
        }
        if (message.greeting || (message.qos === 0 && client?.connected)) {
          send({ message, done });
          return;
        }
        if (message.qos === 0) {
          done();
          return;
        }
        if (closed || air === "cut" || air === "resting") {
          done();
          return;
        }
        if (air === "away") done();
        waiting.push({ message, done });
        if (waiting.length > mostWaiting) {
          if (dropped === 0) options.warn(`${deviceId}: the broker does not keep up; the oldest messages are given up`);
          dropped += 1;
          waiting.shift()?.done();
        }
        fill();
      }),
    follow(next) {
      if (closed || next === air) return;
      air = next;
      clearTimeout(retry);
      retry = undefined;
      if (next === "up") {
        retryMs = firstRetryMs;
        reopen();
        return;
      }
      if (next === "resting") void sayGoodbye().finally(forget);
      else hangUp();
      if (next === "cut") forget();
    },
    async close() {
      if (closed) return;
      closed = true;
      clearTimeout(retry);
      forget();
      await sayGoodbye();
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
