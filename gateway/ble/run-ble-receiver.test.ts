import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { Aedes } from "aedes";
import { connectAsync, type MqttClient } from "mqtt";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Decoded, Reading } from "#wire/decoded.ts";
import { createDecoder } from "#wire/formats.ts";
import { type Log, silentLog } from "../log.ts";
import { type RunBleReceiverOptions, runBleReceiver } from "./run-ble-receiver.ts";
import { createVirtualController, installVirtualHciDriver, type VirtualController } from "./virtual-controller.ts";

installVirtualHciDriver();

/** AprilBrother's guide: an iBeacon as their gateway prints it. */
const ibeacon = Buffer.from("0201061AFF4C000215B5B182C7EAB14988AA99B5C1517008D90001CF64C5", "hex");
const ibeaconId = "ibeacon:b5b182c7-eab1-4988-aa99-b5c1517008d9:1:53092";
/** A phone's nearby-action frame: nobody's business. */
const phone = Buffer.from("02011a0aff4c0010050b1c8f4d3a", "hex");

async function openBroker() {
  const broker = await Aedes.createBroker();
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    broker.handle(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const url = `mqtt://127.0.0.1:${address.port}`;
  onTestFinished(async () => {
    await new Promise<void>((resolve) => broker.close(() => resolve()));
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { url, sockets };
}

type Message = { topic: string; retain: boolean; text: string; decoded: Decoded };

/** The gateway's side: everything on this receiver's topics, decoded as the gateway decodes it. */
async function listen(
  url: string,
): Promise<{ messages: Message[]; until(wanted: (m: Message) => boolean): Promise<Message> }> {
  const client: MqttClient = await connectAsync(url);
  onTestFinished(async () => void (await client.endAsync(true)));
  const decode = createDecoder("main");
  const messages: Message[] = [];
  const waiting: { wanted: (m: Message) => boolean; found: (m: Message) => void }[] = [];
  client.on("message", (topic, bytes, { retain }) => {
    const decoded = decode(topic, bytes);
    if (!decoded.ok) throw new Error(`${topic}: ${decoded.reason}`);
    const message = { topic, retain, text: bytes.toString("utf8"), decoded: decoded.value };
    messages.push(message);
    for (const { wanted, found } of waiting) if (wanted(message)) found(message);
  });
  await client.subscribeAsync("store/main/ble/#", { qos: 1 });
  return {
    messages,
    until: (wanted) =>
      new Promise((found) => {
        const already = messages.find(wanted);
        if (already) found(already);
        else waiting.push({ wanted, found });
      }),
  };
}

async function startReceiver(url: string, controller: VirtualController, more: Partial<RunBleReceiverOptions> = {}) {
  const receiver = await runBleReceiver({
    brokerUrl: url,
    storeId: "main",
    deviceId: "ble-1",
    log: silentLog,
    hciDriver: { name: "virtual", bindParams: { controller } },
    ...more,
    timings: { batchMs: 20, ...more.timings },
  });
  onTestFinished(() => receiver.close());
  return receiver;
}

function readingsOf<K extends Reading["kind"]>(message: Message, kind: K) {
  return message.decoded.readings.filter((reading): reading is Extract<Reading, { kind: K }> => reading.kind === kind);
}
const isStatus = (state: string) => (message: Message) => readingsOf(message, "status")[0]?.state === state;
const hasSightings = (message: Message) => (readingsOf(message, "sightings")[0]?.sightings.length ?? 0) > 0;

/** Repeats until the condition holds: an advertiser does not know who listens either. */
function repeatUntil<T>(work: () => void, done: Promise<T>): Promise<T> {
  const timer = setInterval(work, 10);
  return done.finally(() => clearInterval(timer));
}

describe.each([
  { name: "a Bluetooth 4 adapter", extended: false },
  { name: "a Bluetooth 5 adapter", extended: true },
])("$name", ({ extended }) => {
  test("a basket's beacon on the air arrives at the gateway as that basket's sighting", async () => {
    const { url } = await openBroker();
    const gateway = await listen(url);
    const controller = createVirtualController({ extended });
    await startReceiver(url, controller);
    expect((await gateway.until(isStatus("online"))).decoded.deviceId).toBe("ble-1");

    const message = await repeatUntil(() => {
      controller.advertise({ address: "c0:00:00:00:00:01", rssi: -63, data: ibeacon });
      controller.advertise({ address: "5a:31:02:03:04:05", rssi: -40, data: phone });
    }, gateway.until(hasSightings));

    expect(readingsOf(message, "sightings")[0]?.sightings[0]).toMatchObject({
      beacon: ibeaconId,
      rssiDbm: -63,
      measuredPowerDbm: -59,
    });
    expect(message.decoded).toMatchObject({ kind: "ble", format: "native", boot: expect.any(Number), seq: 0 });
    // A phone that passes by is heard, but its address leaves the process in no message.
    expect(gateway.messages.some(({ text }) => text.includes("5a:31:02"))).toBe(false);
  });
});

test("an adapter that hangs is restarted and hears again", async () => {
  const { url } = await openBroker();
  const gateway = await listen(url);
  const controller = createVirtualController();
  await startReceiver(url, controller, { timings: { silentAfterMs: 200 } });
  await gateway.until(isStatus("online"));
  controller.hang("reset");
  const message = await repeatUntil(
    () => void controller.advertise({ address: "c0:00:00:00:00:01", rssi: -63, data: ibeacon }),
    gateway.until(hasSightings),
  );
  expect(readingsOf(message, "sightings")[0]?.sightings[0]?.beacon).toBe(ibeaconId);
});

test("an adapter that stays silent ends the process with the code for try again, and says offline", async () => {
  const { url } = await openBroker();
  const gateway = await listen(url);
  const controller = createVirtualController();
  controller.hang("none");
  const receiver = await startReceiver(url, controller, { timings: { silentAfterMs: 20, maxRestarts: 2 } });
  expect(await receiver.finished).toBe(75);
  await gateway.until(isStatus("offline"));
});

test("without an adapter it says so in a sentence and ends with the code for not available", async () => {
  const { url } = await openBroker();
  const said: string[] = [];
  const log: Log = { ...silentLog, error: (_fields, message) => void said.push(message) };
  // No controller behind the driver: binding throws, as it does without hardware.
  const receiver = await startReceiver(url, createVirtualController(), { log, hciDriver: { name: "virtual" } });
  expect(await receiver.finished).toBe(69);
  expect(said).toEqual([expect.stringMatching(/no Bluetooth adapter here/)]);
});

test("when the receiver loses power the broker says offline for it, and whoever asks later still learns how it is", async () => {
  const { url, sockets } = await openBroker();
  const gateway = await listen(url);
  await startReceiver(url, createVirtualController());
  await gateway.until(isStatus("online"));
  // The cable is pulled: no DISCONNECT packet, so the broker publishes the will.
  sockets.at(-1)?.destroy();
  await gateway.until(isStatus("offline"));
  const late = await listen(url);
  expect((await late.until(({ retain }) => retain)).decoded.deviceId).toBe("ble-1");
});
