import type { StoreConfig } from "#wire/store-config.ts";
import { createHeadless, type Failed, type Open } from "../headless/headless.ts";
import type { Quality } from "../headless/quality.ts";
import type { Log } from "../log.ts";
import type { Media } from "../media/media.ts";
import type { Posters } from "../media/poster.ts";

type Share = { shareId: string; mirrorId: string };
type Options = {
  log: Log;
  config: StoreConfig;
  media: Media;
  posters: Pick<Posters, "still">;
  /** The share of this mirror that is open now. */
  openShare(mirrorId: string): Share | undefined;
  now(): number;
};
type Counter = { name: string; help: string; value: number; labels?: Record<string, string> };
type Looked = { at: number; quality?: Quality };
type Sampled = Awaited<ReturnType<Media["stats"]>>;

/** How long a test friend watches. */
const probeSecondsEach = 5;
/** The video server is asked for its numbers so often; /metrics prints the last ones. */
const sampleMs = 10_000;

/** Pictures of live looks for their mirrors, a test friend now and then, and what /metrics says of video. */
export function wireHeadless({ log, config, media, posters, openShare, now }: Options) {
  const headless = createHeadless({ log: log.child("headless") });
  /** One a share, and a mirror has one share at a time. */
  const previews = new Map<string, Buffer>();
  /** The last look at each mirror that is shown; a mirror that is not shown any more has none. */
  const looked = new Map<string, Looked>();
  let looks = { made: 0, failed: 0 };
  let sampled: Sampled | undefined;
  let timers: NodeJS.Timeout[] = [];
  let isProbing = false;

  function way({ mirrorId, shareId }: Share): Open {
    return {
      async open() {
        const watching = { streamId: mirrorId, audience: shareId, maxViewers: 1, via: "probe" } as const;
        const offered = await media.offer(watching);
        if (!offered.ok) return { ok: false, reason: offered.title };
        const { sessionId, offer } = offered;
        return {
          ok: true,
          offer,
          async answer(sdp) {
            const taken = await media.answer(sessionId, sdp);
            return taken.ok ? taken : { ok: false, reason: taken.title };
          },
          leave: () => void media.end(sessionId),
        };
      },
    };
  }

  /** One mirror after the other: what a test friend sees must not be what test friends cost. */
  async function probe() {
    if (isProbing) return;
    isProbing = true;
    try {
      for (const { id } of config.mirrors) {
        const share = openShare(id);
        if (!share || !media.stream(id).live) looked.delete(id);
        else note(id, await headless.probe(way(share), probeSecondsEach));
      }
    } finally {
      isProbing = false;
    }
  }

  function note(mirrorId: string, result: { ok: true; quality: Quality } | Failed) {
    looks = { made: looks.made + 1, failed: looks.failed + (result.ok ? 0 : 1) };
    if (!result.ok) log.warn({ mirrorId, reason: result.reason }, "the test friend saw nothing");
    looked.set(mirrorId, { at: now(), ...(result.ok ? { quality: result.quality } : {}) });
  }

  async function sample() {
    sampled = await media.stats().catch(() => undefined);
  }

  return {
    stills: {
      take: (mirrorId: string, shareId: string) => headless.still(way({ mirrorId, shareId })),
      async keepPreview(shareId: string, jpeg: Uint8Array) {
        const drawn = await posters.still(jpeg, config.store.name);
        // the share may have ended while it was drawn
        if (drawn && config.mirrors.some(({ id }) => openShare(id)?.shareId === shareId)) previews.set(shareId, drawn);
        return drawn !== undefined;
      },
      dropPreview: (shareId: string) => void previews.delete(shareId),
    },
    /** 1200 × 630, when the shopper wants their picture in the link's preview. */
    preview: (shareId: string) => previews.get(shareId),
    /** Nothing of a share that ended is kept. */
    forget: (shareId: string) => void previews.delete(shareId),
    counters: (): Counter[] => [...serverCounters(sampled), ...probeCounters(looked, looks), ...peerCounters(headless)],
    start() {
      timers = [setInterval(() => void sample(), sampleMs)];
      const everyMs = config.media.probeSeconds * 1_000;
      if (everyMs > 0) timers.push(setInterval(() => void probe(), everyMs));
      for (const timer of timers) timer.unref();
    },
    close() {
      for (const timer of timers) clearInterval(timer);
      headless.close();
      previews.clear();
    },
  };
}

function peerCounters(headless: ReturnType<typeof createHeadless>): Counter[] {
  const { starts, deaths } = headless.stats();
  return [
    counter("headless_starts_total", "processes of the headless peer started", starts),
    counter("headless_deaths_total", "processes of the headless peer that died at work", deaths),
  ];
}

function serverCounters(sampled: Sampled | undefined): Counter[] {
  if (!sampled) return [];
  const { workers, viewers, words } = sampled;
  const sum = (of: (worker: Sampled["workers"][number]) => number) => workers.reduce((all, one) => all + of(one), 0);
  return [
    counter("media_workers_up", "video workers that run", workers.filter(({ pid }) => pid !== 0).length),
    counter(
      "media_publishers",
      "mirrors that show their picture",
      sum(({ streams }) => streams),
    ),
    ...Object.entries(viewers).map(([via, count]) =>
      counter("media_viewers", "who watches, and how they came", count, { via }),
    ),
    counter(
      "media_sent_bits_per_second",
      "video that goes out to all who watch",
      sum(({ sentBitsPerSecond }) => sentBitsPerSecond),
    ),
    counter("media_words_passed_total", "reactions and lines of friends that reached a mirror", words.passed),
    counter(
      "media_words_refused_total",
      "reactions and lines of friends that were too many or too long",
      words.refused,
    ),
    ...workers.flatMap(({ port, restarts, cpuMs, maxRssKb, relays }) => {
      const labels = { port: String(port) };
      return [
        counter("media_worker_restarts_total", "times a video worker was started again", restarts, labels),
        counter(
          "media_worker_cpu_seconds",
          "processor time of the video worker since its start",
          cpuMs / 1_000,
          labels,
        ),
        counter("media_worker_memory_bytes", "largest resident memory of the video worker", maxRssKb * 1_024, labels),
        counter("media_relays", "routers for players that number codecs in their own way", relays, labels),
      ];
    }),
  ];
}

function probeCounters(looked: Map<string, Looked>, looks: { made: number; failed: number }): Counter[] {
  const each = [...looked].flatMap(([mirror, { at, quality }]) => {
    const gauge = (name: string, help: string, value: number) => counter(`probe_${name}`, help, value, { mirror });
    const always = [
      gauge("up", "1 when the test friend saw the mirror's picture at its last look", quality ? 1 : 0),
      gauge("at_seconds", "when it looked last, Unix time", at / 1_000),
    ];
    if (!quality) return always;
    const { roundTripMs } = quality;
    return [
      ...always,
      gauge("first_frame_seconds", "from asking to the first decoded frame", quality.firstFrameMs / 1_000),
      gauge("frames", "frames decoded while it looked", quality.frames),
      gauge("frames_per_second", "frames decoded a second", quality.framesPerSecond),
      gauge("freezes", "stops of the picture while it looked, as W3C's freezeCount has them", quality.freezes),
      gauge("frozen_seconds", "all these stops together", quality.frozenMs / 1_000),
      gauge("bits_per_second", "video that came", quality.bitsPerSecond),
      gauge("lost_ratio", "packets that never came, of all", quality.lossShare),
      ...(roundTripMs === undefined
        ? []
        : [gauge("round_trip_seconds", "to the video port and back", roundTripMs / 1_000)]),
    ];
  });
  return [
    ...each,
    counter("probe_looks_total", "looks of the test friend", looks.made),
    counter("probe_failures_total", "looks at a live mirror that showed nothing", looks.failed),
  ];
}

function counter(name: string, help: string, value: number, labels?: Record<string, string>): Counter {
  return { name: `vitrine_${name}`, help, value, ...(labels ? { labels } : {}) };
}
