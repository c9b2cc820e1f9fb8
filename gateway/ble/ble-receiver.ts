import type { Noble, Peripheral } from "@stoprocent/noble";
import { bounds } from "#wire/readings.ts";
import { type Channel, deviceTopic } from "#wire/topics.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { createAdvertBatch } from "./advert-batch.ts";
import { createAdvertReader } from "./noble-adverts.ts";
import { createScanner, type ScannerFailure } from "./scanner.ts";

export type BleTimings = {
  /** Adverts are collected this long into one message. */
  batchMs: number;
  telemetryMs: number;
  silentAfterMs: number;
  maxRestarts: number;
  maxAddresses: number;
  maxBatch: number;
};
export const defaultBleTimings: BleTimings = {
  batchMs: 500,
  telemetryMs: 60_000,
  silentAfterMs: 30_000,
  maxRestarts: 4,
  maxAddresses: 5_000,
  maxBatch: Math.min(500, bounds.maxAdvertsPerMessage),
};

export type BleReceiverOptions = {
  storeId: string;
  deviceId: string;
  /** Random per power-on. */
  boot: number;
  firmware: string;
  openNoble(): Noble;
  /** Resolves when the broker has it. */
  publish(topic: string, payload: string, options: { retain: boolean }): Promise<unknown>;
  onFailed(failure: ScannerFailure): void;
  log: Log;
  clock: Clock;
  timings?: Partial<BleTimings>;
};

/** Messages that the broker has not acknowledged yet. Above this the batch waits, and drops its oldest when full. */
const maxInFlight = 2;

/** A Bluetooth adapter as a device of the shop: what it hears becomes batches on `ble/<device>/adverts`. */
export function createBleReceiver(options: BleReceiverOptions) {
  const { storeId, deviceId, boot, firmware, log, clock } = options;
  const timings = { ...defaultBleTimings, ...options.timings };
  const batch = createAdvertBatch(timings.maxBatch);
  const readAdvert = createAdvertReader();
  const timers: NodeJS.Timeout[] = [];
  let seq = 0;
  let inFlight = 0;
  let heard = 0;
  let scanning = false;
  let statusDue = false;

  const scanner = createScanner({
    ...timings,
    openNoble: options.openNoble,
    onFailed: options.onFailed,
    log,
    onDiscover,
    onScanning(now) {
      if (now === scanning) return;
      scanning = now;
      announce();
    },
  });

  function onDiscover(peripheral: Peripheral) {
    heard += 1;
    for (const data of readAdvert(peripheral)) {
      batch.add({ mac: peripheral.address, rssi: peripheral.rssi, data, at: clock.now() });
    }
  }

  /** What waits goes out when the broker has kept up; while it is away, only the newest status and batch wait. */
  function flush() {
    if (statusDue && inFlight < maxInFlight) {
      statusDue = false;
      send("status", { state: scanning ? "online" : "offline", firmware, boot }, true);
    }
    if (inFlight >= maxInFlight) return;
    const adverts = batch.take();
    if (adverts.length === 0) return;
    send("adverts", { boot, seq, at: clock.now(), adverts });
    seq += 1;
  }

  function announce() {
    statusDue = true;
  }

  function sendTelemetry() {
    if (inFlight >= maxInFlight) return;
    send("telemetry", {
      boot,
      heard,
      published: seq,
      dropped: batch.dropped(),
      restarts: scanner.restarts(),
      memoryMb: Math.round(process.memoryUsage.rss() / 1e6),
    });
  }

  function send(channel: Channel, payload: object, retain = false) {
    inFlight += 1;
    options
      .publish(deviceTopic(storeId, { kind: "ble", deviceId, channel }), JSON.stringify(payload), { retain })
      .catch((error: unknown) => log.warn({ error, channel }, "the broker did not take a message"))
      .finally(() => {
        inFlight -= 1;
      });
  }

  return {
    start() {
      timers.push(setInterval(flush, timings.batchMs), setInterval(sendTelemetry, timings.telemetryMs));
      scanner.start();
    },
    /** Says how things stand, for example after the broker has published our will. */
    announce,
    close() {
      for (const timer of timers.splice(0)) clearInterval(timer);
      scanner.close();
    },
  };
}
