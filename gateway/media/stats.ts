import type { Engines } from "./engines.ts";
import type { Session } from "./sessions.ts";
import type { Words } from "./words.ts";

/** What /metrics says of the video part. */
export type MediaStats = {
  workers: WorkerStats[];
  /** Friends on our own page, friends with a player of their own, probes. */
  viewers: { page: number; player: number; probe: number };
  /** What friends sent over the data channel since the start. */
  words: ReturnType<Words["counts"]>;
};
export type WorkerStats = {
  port: number;
  /** 0 while it is down. */
  pid: number;
  restarts: number;
  /** Processor time of this process since its start. */
  cpuMs: number;
  maxRssKb: number;
  streams: number;
  viewers: number;
  relays: number;
  /** What goes out to all who watch, over the last second or so. */
  sentBitsPerSecond: number;
};

/** Asks every worker; one that does not answer because it just died counts as down. */
export async function readStats(engines: Engines, sessions: Session[], words: Words): Promise<MediaStats> {
  const viewers = { page: 0, player: 0, probe: 0 };
  for (const { watching, connected } of sessions) {
    if (watching && connected) viewers[watching.viewer?.via ?? "probe"] += 1;
  }
  const workers = engines.list().map(async ({ port, restarts, engine }): Promise<WorkerStats> => {
    const down = {
      port,
      pid: 0,
      restarts,
      cpuMs: 0,
      maxRssKb: 0,
      streams: 0,
      viewers: 0,
      relays: 0,
      sentBitsPerSecond: 0,
    };
    const usage = await engine?.usage().catch(() => undefined);
    if (!engine || !usage) return down;
    const here = sessions.filter((session) => session.engine === engine);
    const streams = here.filter(({ kind }) => kind === "publish").length;
    const { pid, relays } = engine;
    const viewers = here.length - streams;
    return {
      port,
      pid,
      restarts,
      ...usage,
      streams,
      viewers,
      relays: relays.count(),
      sentBitsPerSecond: await sentTo(here),
    };
  });
  return { workers: await Promise.all(workers), viewers, words: words.counts() };
}

/** One that ends while we ask gets nothing any more. */
async function sentTo(sessions: Session[]): Promise<number> {
  const players = sessions.filter(({ kind }) => kind === "play");
  const rates = players.map(({ transport }) =>
    transport.getStats().then(
      ([stat]) => stat?.sendBitrate ?? 0,
      () => 0,
    ),
  );
  return (await Promise.all(rates)).reduce((sum, rate) => sum + rate, 0);
}
