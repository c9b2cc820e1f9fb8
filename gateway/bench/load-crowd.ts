import type { Jobs } from "./load-jobs.ts";
import { connectRaw, type RawClient } from "./raw-mqtt.ts";

const slots = 100;

/** Devices of a large shop: each on its own connection, a reading a second. `gateway-process.ts` knows them as X1, X2, … */
export function createCrowd(storeId: string) {
  let clients: RawClient[] = [];
  let timer: NodeJS.Timeout | undefined;

  async function leave() {
    clearInterval(timer);
    for (const client of clients) client.close();
    clients = [];
    return {};
  }

  return {
    leave,
    async gather({ port, connections, seconds }: Jobs["crowd"]["ask"]): Promise<Jobs["crowd"]["answer"]> {
      const boot = Date.now();
      for (let n = 1; n <= connections; n++) clients.push(await connectRaw(port, `crowd-${boot}-${n}`));
      // each at its own moment of the second, as devices that were switched on at different times
      let slot = 0;
      timer = setInterval(() => {
        const seq = 1 + Math.floor(slot / slots);
        for (let index = slot % slots; index < clients.length; index += slots) {
          const plates = [{ plate: 1, grams: 100 * (4 + (seq % 4)) }];
          const client = clients[index];
          client?.publish(`store/${storeId}/shelf/X${index + 1}/reading`, JSON.stringify({ boot, seq, plates }));
          client?.flush();
        }
        slot++;
      }, 1_000 / slots);
      await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
      return { connected: clients.length };
    },
  };
}
