import { accountOf } from "./accounts.ts";
import type { Jobs } from "./load-jobs.ts";
import { connectRaw, type RawClient } from "./raw-mqtt.ts";

/** Devices X1, X2, … all at once, each with its own credentials, as after a power cut. */
export async function reconnect({ port, connections }: Jobs["reconnect"]["ask"]): Promise<Jobs["reconnect"]["answer"]> {
  const clients: RawClient[] = [];
  const milliseconds: number[] = [];
  let refused = 0;
  const from = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async (_, index) => {
      const id = `X${index + 1}`;
      const client = await connectRaw(port, id, {}, accountOf(id)).catch(() => undefined);
      if (!client) return void refused++;
      clients.push(client);
      milliseconds.push(performance.now() - from);
    }),
  );
  for (const client of clients) client.close();
  return { milliseconds, refused };
}
