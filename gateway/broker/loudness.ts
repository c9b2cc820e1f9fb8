import type { Log } from "../log.ts";

const everyMs = 1_000;

/** Says at most once a second who publishes faster than it may: the log names the loudest, `loud` is told of each. */
export function createLoudness<Who>({ log, loud }: { log: Log; loud(client: string, who: Who): void }) {
  /** Client id -> pauses since the last word. Bounded by the connections, and emptied every second. */
  const pauses = new Map<string, { count: number; who: Who }>();
  let timer: NodeJS.Timeout | undefined;
  let total = 0;

  function say() {
    timer = undefined;
    let client = "";
    let most = 0;
    for (const [id, { count }] of pauses) if (count > most) [client, most] = [id, count];
    log.warn(
      { client, pauses: most, clients: pauses.size },
      "publishes faster than a device may: it is read more slowly, nothing is dropped",
    );
    for (const [id, { who }] of pauses) loud(id, who);
    pauses.clear();
  }

  return {
    paused(client: string, who: Who) {
      total++;
      pauses.set(client, { count: (pauses.get(client)?.count ?? 0) + 1, who });
      timer ??= setTimeout(say, everyMs).unref();
    },
    total: () => total,
    close: () => clearTimeout(timer),
  };
}
