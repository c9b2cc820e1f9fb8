import type { Log } from "../log.ts";

const everyMs = 1_000;

/** Says at most once a second who publishes faster than it may. */
export function createLoudness({ log, loudest }: { log: Log; loudest(client: string): void }) {
  /** Client id -> pauses since the last word. Bounded by the connections, and emptied every second. */
  const pauses = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  let total = 0;

  function say() {
    timer = undefined;
    let client = "";
    let most = 0;
    for (const [id, count] of pauses) if (count > most) [client, most] = [id, count];
    log.warn(
      { client, pauses: most, clients: pauses.size },
      "publishes faster than a device may: it is read more slowly, nothing is dropped",
    );
    pauses.clear();
    loudest(client);
  }

  return {
    paused(client: string) {
      total++;
      pauses.set(client, (pauses.get(client) ?? 0) + 1);
      timer ??= setTimeout(say, everyMs).unref();
    },
    total: () => total,
    close: () => clearTimeout(timer),
  };
}
