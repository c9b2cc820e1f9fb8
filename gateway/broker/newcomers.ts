import type { Client } from "aedes";

/** So many may be connected without having said a word; the connection limit of the broker is for those who have. */
export const maxSilent = 500;
/** Long enough for 2,000 devices that come back together to be read, one after the other. */
const patienceMs = 3_000;

/** Connections that have not said CONNECT yet. When there are too many, the oldest has to go; all of them after 10 s anyway. */
export function createNewcomers() {
  const silent = new Map<Client, number>();

  return {
    add(client: Client) {
      const now = performance.now();
      silent.set(client, now);
      client.conn.once("close", () => silent.delete(client));
      if (silent.size <= maxSilent) return;
      for (const [oldest, since] of silent) {
        if (now - since < patienceMs) return;
        silent.delete(oldest);
        return oldest.conn.destroy();
      }
    },
    spoke: (client: Client) => void silent.delete(client),
    count: () => silent.size,
  };
}
