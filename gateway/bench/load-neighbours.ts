import type { LoadedConfig } from "#wire/store-config.ts";
import { accountOf } from "./accounts.ts";
import type { Jobs } from "./load-jobs.ts";
import { connectRaw } from "./raw-mqtt.ts";
import { createReadings, dealOut, platesOf } from "./shelf-load.ts";
import { every } from "./steady.ts";

const neighbours = 10;
const perSecond = 200;
/** What is measured before this is code that is not compiled yet, and the trouble only beginning. */
const settleMs = 1_000;

/** Ordinary devices publish at an ordinary pace; how long each waits for its PUBACK. */
export async function neighboursOf(
  shop: LoadedConfig,
  ask: Jobs["neighbours"]["ask"],
): Promise<Jobs["neighbours"]["answer"]> {
  const { port, seconds } = ask;
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
  await every(seconds * 1_000, perSecond, (n) => {
    const one = clients[n % clients.length];
    if (!one) return;
    const { topic, payload } = one.readings.next(1);
    one.waiting.push(performance.now());
    one.client.publish(topic, payload);
    one.client.flush();
  });
  for (const { client } of clients) client.close();
  return { milliseconds };
}
