import { randomInt } from "node:crypto";
import type { Noble } from "@stoprocent/noble";
import { connect, type IClientOptions } from "mqtt";
import { deviceTopic } from "#wire/topics.ts";
import { type Clock, systemClock } from "../clock.ts";
import type { Log } from "../log.ts";
import { type BleTimings, createBleReceiver } from "./ble-receiver.ts";

export type RunBleReceiverOptions = {
  /** For example mqtt://127.0.0.1:1883 */
  brokerUrl: string;
  username?: string;
  password?: string;
  storeId: string;
  deviceId: string;
  log: Log;
  /** noble's transport: default (this machine's adapter), uart, usb; `bindParams` belong to it. */
  hciDriver?: { name: string; bindParams?: object };
  /** Which adapter, 0 for hci0. */
  adapter?: number;
  clock?: Clock;
  timings?: Partial<BleTimings>;
};

/** 0: closed. Otherwise sysexits: 69 there is no usable adapter, 75 it hangs and a new process may help. */
export type BleExitCode = 0 | 69 | 75;
export type RunningBleReceiver = { finished: Promise<BleExitCode>; close(): Promise<void> };

const firmware = "vitrine-ble 1";

/**
 * The receiver process behind `vitrine ble`. A broker that is not there yet or goes away is waited for (mqtt.js).
 * Rejects only when noble's native part does not load.
 */
export async function runBleReceiver(options: RunBleReceiverOptions): Promise<RunningBleReceiver> {
  const { log, storeId, deviceId } = options;
  const boot = randomInt(2 ** 47);
  const { promise: finished, resolve: finish } = Promise.withResolvers<BleExitCode>();
  let ending: Promise<void> | undefined;
  const openNoble = await nobleOpener(options);
  const client = connect(options.brokerUrl, mqttOptions(options, boot));
  client.on("error", (error) => log.warn({ error, broker: options.brokerUrl }, "no connection to the broker yet"));

  const receiver = createBleReceiver({
    storeId,
    deviceId,
    boot,
    firmware,
    openNoble,
    publish: (topic, payload, { retain }) => client.publishAsync(topic, payload, { qos: 1, retain }),
    onFailed({ kind, sentence }) {
      log.error({ adapter: options.adapter ?? 0 }, sentence);
      void end(kind === "hung" ? 75 : 69);
    },
    log,
    clock: options.clock ?? systemClock,
    ...(options.timings ? { timings: options.timings } : {}),
  });
  client.on("connect", () => receiver.announce());
  receiver.start();
  log.info({ deviceId, broker: options.brokerUrl }, "the Bluetooth receiver listens");

  function end(code: BleExitCode): Promise<void> {
    ending ??= sayGoodbye().then(() => finish(code));
    return ending;
  }
  async function sayGoodbye() {
    receiver.close();
    if (client.connected) {
      const topic = deviceTopic(storeId, { kind: "ble", deviceId, channel: "status" });
      // A clean disconnect keeps the will back, so the word offline has to be said here.
      const said = client.publishAsync(topic, JSON.stringify({ state: "offline", firmware }), { qos: 1, retain: true });
      await Promise.race([said.catch(() => undefined), after(1_000)]);
    }
    await client.endAsync(true);
  }
  return { finished, close: () => end(0) };
}

function mqttOptions(options: RunBleReceiverOptions, boot: number): IClientOptions {
  const { storeId, deviceId, username, password } = options;
  return {
    clientId: deviceId,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    keepalive: 15,
    reconnectPeriod: 1_000,
    will: {
      topic: deviceTopic(storeId, { kind: "ble", deviceId, channel: "status" }),
      payload: Buffer.from(JSON.stringify({ state: "offline", firmware, boot })),
      qos: 1,
      retain: true,
    },
  };
}

/** noble loads native code as soon as it is imported, so it is imported only where Bluetooth is wanted. */
async function nobleOpener({ hciDriver, adapter }: RunBleReceiverOptions): Promise<() => Noble> {
  const { withBindings } = await import("@stoprocent/noble");
  return () =>
    hciDriver
      ? withBindings("hci", { hciDriver: hciDriver.name, bindParams: hciDriver.bindParams } as Parameters<
          typeof withBindings
        >[1])
      : withBindings("default", adapter === undefined ? {} : { deviceId: adapter });
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
