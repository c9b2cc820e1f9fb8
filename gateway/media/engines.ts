import type { MediaStatus } from "#wire/views.ts";
import type { Log } from "../log.ts";
import { createEngine, type Engine, type EngineOptions } from "./engine.ts";

export type EnginesOptions = Pick<EngineOptions, "listenIp" | "addresses" | "likelyAddress"> & {
  log: Log;
  /** How many worker processes; each has one port, counted up from the first. */
  workers: number;
  /** 0 = free ones, kept for the life of this object. */
  port: number;
  onStatus(status: MediaStatus): void;
};

export type Engines = {
  /** Starts all workers. Never rejects: what went wrong is in the status, and it is tried again. */
  start(bin: string): Promise<void>;
  close(): void;
  status(): MediaStatus;
  /** The one with the least to do; undefined when none runs. */
  pick(load: (engine: Engine) => number): Engine | undefined;
  /** Whether it runs still. */
  runs(engine: Engine): boolean;
  /** One entry a worker, also for those that are down just now. */
  list(): { port: number; restarts: number; engine: Engine | undefined }[];
};

type Slot = {
  port: number;
  engine: Engine | undefined;
  /** Failed starts and deaths since it last ran steadily. */
  deaths: number;
  restarts: number;
  timer: NodeJS.Timeout | undefined;
  /** The last start did not succeed. */
  failed: boolean;
};

/** Waits before the 1st, 2nd, … restart of a worker that keeps dying. */
const restartMs = [0, 500, 2_000, 10_000];
const steadyMs = 60_000;
const checkEveryMs = 2_000;
/** A question costs a worker microseconds; on a crowded computer it may have to wait for its turn. */
const answerWithinMs = 6_000;

/** The worker processes. One that dies takes its own streams with it, nobody else's, and is started again on its port. */
export function createEngines(options: EnginesOptions): Engines {
  const { log, listenIp, addresses, likelyAddress } = options;
  const slots: Slot[] = Array.from({ length: options.workers }, (_, index) => ({
    port: options.port === 0 ? 0 : options.port + index,
    engine: undefined,
    deaths: 0,
    restarts: 0,
    timer: undefined,
    failed: false,
  }));
  let current: MediaStatus = { state: "preparing", step: "Waiting for the video worker", progress: 0 };
  let started = false;
  let closed = false;

  /** A worker that is there and does nothing is worse than a dead one, so it becomes that. */
  async function check(slot: Slot) {
    const { engine } = slot;
    if (!engine || (await answers(engine)) || slot.engine !== engine) return;
    log.error({ pid: engine.pid, port: slot.port }, "a video worker does not answer; it is ended");
    try {
      process.kill(engine.pid, "SIGKILL");
    } catch (error) {
      log.debug({ error }, "it had ended by itself");
    }
  }
  const checks = setInterval(() => {
    for (const slot of slots) void check(slot);
  }, checkEveryMs);
  checks.unref();

  function tell() {
    const next = describe(slots);
    if (next.state === current.state && next.step === current.step) return;
    current = next;
    options.onStatus(next);
  }

  async function open(slot: Slot, bin: string) {
    try {
      const engine = await createEngine({
        bin,
        listenIp,
        addresses,
        ...(likelyAddress === undefined ? {} : { likelyAddress }),
        port: slot.port,
        onDeath: (reason) => revive(slot, bin, reason),
        onWarning: (text) => log.warn({ text }, "a video worker complains"),
      });
      if (closed) return engine.close();
      slot.engine = engine;
      slot.port = engine.port;
      slot.failed = false;
      slot.timer = setTimeout(() => {
        slot.deaths = 0;
      }, steadyMs);
      slot.timer.unref();
      log.info({ pid: engine.pid, port: slot.port }, "video worker ready");
    } catch (error) {
      if (closed) return;
      log.error({ error, port: slot.port }, "a video worker does not start");
      slot.failed = true;
      again(slot, bin);
    }
    if (started) tell();
  }

  function revive(slot: Slot, bin: string, reason: string) {
    slot.engine = undefined;
    if (closed) return;
    log.warn({ reason, port: slot.port, deaths: slot.deaths }, "a video worker ended; starting another");
    slot.restarts += 1;
    tell();
    again(slot, bin);
  }

  function again(slot: Slot, bin: string) {
    const waitMs = restartMs[Math.min(slot.deaths, restartMs.length - 1)];
    slot.deaths += 1;
    clearTimeout(slot.timer);
    slot.timer = setTimeout(() => void open(slot, bin), waitMs);
  }

  return {
    async start(bin) {
      if (closed || started) return;
      await Promise.all(slots.map((slot) => open(slot, bin)));
      started = true;
      if (!closed) tell();
    },
    close() {
      closed = true;
      clearInterval(checks);
      for (const slot of slots) {
        clearTimeout(slot.timer);
        slot.engine?.close();
        slot.engine = undefined;
      }
    },
    status: () => current,
    pick(load) {
      let best: { engine: Engine; load: number } | undefined;
      for (const { engine } of slots) {
        if (!engine) continue;
        const now = load(engine);
        if (!best || now < best.load) best = { engine, load: now };
      }
      return best?.engine;
    },
    runs: (engine) => slots.some((slot) => slot.engine === engine),
    list: () => slots.map(({ port, restarts, engine }) => ({ port, restarts, engine })),
  };
}

async function answers(engine: Engine): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), answerWithinMs);
    timer.unref();
  });
  // one that is closed in the meantime rejects: that is an answer, too
  const answer = engine.usage().then(
    () => true,
    () => true,
  );
  const answered = await Promise.race([answer, silence]);
  clearTimeout(timer);
  return answered;
}

/** One sentence for people, whatever number of workers there is. */
function describe(slots: Slot[]): MediaStatus {
  const up = slots.filter(({ engine }) => engine).length;
  const failed = slots.find((slot) => slot.failed)?.port;
  const progress = up / slots.length;
  if (up === slots.length) return { state: "ready", step: "Video is ready", progress: 1 };
  if (up > 0) {
    const rest =
      failed === undefined ? "the rest is starting again" : `port ${failed} does not start and is tried again`;
    return { state: "ready", step: `Video is ready on ${up} of ${slots.length} ports; ${rest}.`, progress };
  }
  if (failed !== undefined) {
    return { state: "failed", step: `Video does not start on port ${failed}. It is tried again.`, progress };
  }
  return { state: "preparing", step: "Video stopped and is starting again", progress };
}
