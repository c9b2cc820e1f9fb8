import { connect } from "node:net";
import mqttPacket from "mqtt-packet";
import type { LoadedConfig } from "#wire/store-config.ts";
import { accountOf, readerAccount } from "./accounts.ts";
import type { Jobs } from "./load-jobs.ts";
import { connectRaw } from "./raw-mqtt.ts";
import { createReadings, dealOut, platesOf } from "./shelf-load.ts";

const neighbours = 10;
const perSecond = 200;
const tickMs = 1;
const loudAtOnce = 5;
const loudQueueBytes = 256 * 1024;
/** What is measured before this is code that is not compiled yet, and the trouble only beginning. */
const settleMs = 1_000;

/** Ordinary devices publish at an ordinary pace; how long each waits for its PUBACK, while somebody else is trouble. */
export async function neighboursOf(
  shop: LoadedConfig,
  ask: Jobs["neighbours"]["ask"],
): Promise<Jobs["neighbours"]["answer"]> {
  const { port, trouble, seconds } = ask;
  const storeId = shop.config.store.id;
  const boot = Date.now();
  const milliseconds: number[] = [];
  const from = performance.now();
  const plates = platesOf(shop);
  const devices = [...new Set(plates.map(({ deviceId }) => deviceId))].slice(0, neighbours);
  const clients = await Promise.all(
    dealOut(
      plates.filter(({ deviceId }) => devices.includes(deviceId)),
      neighbours,
    ).map(async (own) => {
      const waiting: number[] = [];
      const deviceId = own[0]?.deviceId ?? "";
      const acknowledged = (count: number) => {
        const now = performance.now();
        for (const at of waiting.splice(0, count)) if (at - from > settleMs) milliseconds.push(now - at);
      };
      const client = await connectRaw(port, deviceId, { acknowledged }, accountOf(deviceId));
      return { client, waiting, readings: createReadings(storeId, own, boot) };
    }),
  );
  const troublemaker = await startTrouble(port, storeId, trouble);
  await every(seconds * 1_000, perSecond, (n) => {
    const one = clients[n % clients.length];
    if (!one) return;
    const { topic, payload } = one.readings.next(1);
    one.waiting.push(performance.now());
    one.client.publish(topic, payload);
    one.client.flush();
  });
  const published = troublemaker?.stop() ?? 0;
  for (const { client } of clients) client.close();
  return { milliseconds, published };
}

/** Calls `send` at a steady pace for so long, or until it answers false. */
function every(durationMs: number, rate: number, send: (n: number) => unknown): Promise<void> {
  const from = performance.now();
  let sent = 0;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const elapsed = performance.now() - from;
      let goesOn = true;
      for (const due = Math.floor((elapsed * rate) / 1_000); goesOn && sent < due; sent++)
        goesOn = send(sent) !== false;
      if (goesOn && elapsed < durationMs) return;
      clearInterval(timer);
      resolve();
    }, tickMs);
  });
}

async function startTrouble(port: number, storeId: string, trouble: Jobs["neighbours"]["ask"]["trouble"]) {
  switch (trouble) {
    case "none":
      return undefined;
    case "frozen":
      return freeze(port, storeId);
    case "loud": {
      let acknowledged = 0;
      const count = (more: number) => {
        acknowledged += more;
      };
      const client = await connectRaw(port, "X1", { acknowledged: count }, accountOf("X1"));
      const boot = Date.now();
      let stopped = false;
      void every(60_000, 5_000, (n) => {
        // as a device does whose own memory ends: what it cannot get rid of it does not even say
        if (stopped) return false;
        if (client.unsentBytes() > loudQueueBytes) return;
        const plates = [{ plate: 1, grams: 100 * (4 + (n % 4)) }];
        client.publish(`store/${storeId}/shelf/X1/reading`, JSON.stringify({ boot, seq: n + 1, plates }));
        if (n % loudAtOnce === 0) client.flush();
      });
      return {
        stop() {
          stopped = true;
          client.close();
          return acknowledged;
        },
      };
    }
  }
}

/** Subscribes to everything and never reads again. */
function freeze(port: number, storeId: string) {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  const { username, password } = readerAccount;
  socket.write(
    Buffer.concat([
      mqttPacket.generate({
        cmd: "connect",
        protocolId: "MQTT",
        protocolVersion: 4,
        clean: true,
        clientId: "frozen",
        keepalive: 0,
        username,
        password: Buffer.from(password),
      }),
      mqttPacket.generate({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: `store/${storeId}/#`, qos: 1 }] }),
    ]),
  );
  // CONNACK and SUBACK fit into the first read; nothing is read after it
  socket.once("data", () => socket.pause());
  return {
    stop() {
      socket.destroy();
      return 0;
    },
  };
}
