import type { LoadedConfig } from "#wire/store-config.ts";
import { accountOf, readerAccount } from "./accounts.ts";
import type { Jobs } from "./load-jobs.ts";
import { connectRaw } from "./raw-mqtt.ts";
import { createReadings, dealOut, platesOf } from "./shelf-load.ts";

/** Time for what is still on its way when the publishers stop; a server that needs more lost something. */
const drainSeconds = 20;

/**
 * The load looks at its connections once in so many milliseconds and sleeps in between, as if it were other machines on
 * the network: a server that answers in many small pieces must not be slowed by what they cost to read on this one. With
 * a thousand messages in flight no server runs dry meanwhile.
 */
const napMs = 1;
const nap = () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, napMs);

/** Keeps `inFlight` QoS 1 readings unacknowledged on every connection for `seconds`, then waits until all have arrived. */
export async function flood(shop: LoadedConfig, ask: Jobs["flood"]["ask"]): Promise<Jobs["flood"]["answer"]> {
  const { port, share, seconds, connections, inFlight, accounts = false } = ask;
  const storeId = shop.config.store.id;
  const boot = Date.now();
  let sent = 0;
  let acknowledged = 0;
  let received = 0;
  let failed = "";
  const settled = Promise.withResolvers<void>();
  const check = () => {
    if (stopping && acknowledged >= sent && received >= sent) settled.resolve();
  };
  let stopping = false;

  const hearing = { published: () => void received++, closed: () => fail("the subscriber was disconnected") };
  const subscriber = await connectRaw(port, `bench-subscriber-${boot}`, hearing, accounts ? readerAccount : undefined);
  await subscriber.subscribe(`store/${storeId}/shelf/+/reading`, 1);

  const publishers = await Promise.all(
    dealOut(platesOf(shop), connections).map(async (plates, index) => {
      const readings = createReadings(storeId, plates, boot);
      const send = (count: number) => {
        if (stopping) return check();
        for (let i = 0; i < count; i++) {
          const { topic, payload } = readings.next(share);
          client.publish(topic, payload);
        }
        sent += count;
        client.flush();
      };
      const handlers = {
        acknowledged(count: number) {
          acknowledged += count;
          send(count);
        },
        closed: () => fail("a publisher was disconnected"),
      };
      const own = accounts ? accountOf(plates[0]?.deviceId ?? "") : undefined;
      const client = await connectRaw(port, `bench-publisher-${boot}-${index}`, handlers, own);
      return { send, close: client.close };
    }),
  );

  function fail(reason: string) {
    if (done) return;
    failed = reason;
    settled.resolve();
  }

  let done = false;
  const napping = () => {
    if (done) return;
    nap();
    setImmediate(napping);
  };
  napping();
  const from = performance.now();
  for (const publisher of publishers) publisher.send(inFlight);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  stopping = true;
  const poll = setInterval(check, 1);
  const drained = setTimeout(
    () => fail(`${sent} sent, ${acknowledged} acknowledged, ${received} received`),
    drainSeconds * 1_000,
  );
  check();
  await settled.promise;
  const took = (performance.now() - from) / 1_000;
  done = true;
  clearInterval(poll);
  clearTimeout(drained);
  subscriber.close();
  for (const publisher of publishers) publisher.close();
  if (failed) throw new Error(failed);
  return { messages: sent, seconds: took, duplicates: received - sent };
}
