import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Log } from "../log.ts";
import type { Relays } from "./connect.ts";
import type { Quality } from "./quality.ts";
import type { Done, FromPeer, Job, Still, ToPeer } from "./words.ts";

type Refused = { ok: false; reason: string };
/** How a peer gets in with an offer of its own. `leave` is called once, whatever became of it. */
export type Join = (offer: string) => Promise<{ ok: true; answer: string; leave(): void } | Refused>;
/** How it gets in where the other side offers, as friends' pages do. */
export type Open = { open(): Promise<Opened> };
export type Opened =
  | { ok: true; offer: string; relays?: Relays; answer(sdp: string): Promise<{ ok: true } | Refused>; leave(): void }
  | Refused;
export type Failed = { ok: false; why: "refused" | "busy" | "failed"; reason: string };

export type HeadlessOptions = {
  log: Log;
  /** The process is ended when it had nothing to do for so long. */
  idleMs?: number;
  /** A job may take so long besides what it was asked to take; its process is ended then. */
  patienceMs?: number;
  /** What runs; tests give others, which hang or die. */
  program?: string;
};

export type Headless = {
  still(way: Join | Open): Promise<({ ok: true } & Still) | Failed>;
  /** Joins like a friend and measures for so many seconds. */
  probe(way: Join | Open, seconds: number): Promise<{ ok: true; quality: Quality } | Failed>;
  /** Shows colour bars until `stop`; resolves once they are on their way. `ended` resolves when they no longer are. */
  show(join: Join): Promise<{ ok: true; stop(): void; ended: Promise<string> } | Failed>;
  /** `pid` is undefined while no process runs. */
  stats(): { pid: number | undefined; starts: number; deaths: number };
  close(): void;
};

type Task = {
  job: Job;
  way: Join | Open;
  limitMs: number;
  settle(result: { ok: true; done: Done } | Failed): void;
  onConnected?(): void;
};
type Running = {
  task: Task;
  number: number;
  timer: NodeJS.Timeout;
  answer: (sdp: string) => Promise<{ ok: true; answer: string } | Refused>;
  leave?: () => void;
};

const defaultProgram = fileURLToPath(new URL("./peer.ts", import.meta.url));
/** One works, so many wait; whoever comes then is told to come later. */
const maxWaiting = 4;
/** node-webrtc does not give everything back: after so many jobs a fresh process goes on. */
const jobsEach = 100;
/** Colour bars are for tests of the way: nobody needs them longer. */
const showMs = 10 * 60_000;

/**
 * A WebRTC peer without a browser, in a process of its own: started when it is needed, ended when idle, and when it does
 * not do in time what it was asked. One job at a time.
 */
export function createHeadless(options: HeadlessOptions): Headless {
  const { log, idleMs = 30_000, patienceMs = 15_000, program = defaultProgram } = options;
  const waiting: Task[] = [];
  let child: ChildProcess | undefined;
  let running: Running | undefined;
  let idle: NodeJS.Timeout | undefined;
  let jobs = 0;
  let served = 0;
  let isLoaded = Promise.resolve();
  let [starts, deaths] = [0, 0];
  let closed = false;

  function start(): ChildProcess {
    const made = fork(program, [], { serialization: "advanced", stdio: ["ignore", "ignore", "inherit", "ipc"] });
    starts += 1;
    served = 0;
    let loaded = () => {};
    isLoaded = new Promise((resolve) => {
      loaded = resolve;
    });
    made.on("message", (word: FromPeer) => {
      if (word.say === "ready") loaded();
      else if (made === child) hear(word);
    });
    const gone = (reason: string) => {
      if (made !== child) return;
      child = undefined;
      if (!running) return;
      deaths += 1;
      log.warn({ reason }, "the headless peer ended; the next job starts another");
      finish({ ok: false, why: "failed", reason: `the headless peer ended (${reason})` });
    };
    made.once("error", (error) => gone(error.message));
    made.once("exit", (code, signal) => gone(String(signal ?? code)));
    return made;
  }

  function end() {
    const old = child;
    child = undefined;
    old?.kill("SIGKILL");
  }

  function tell(word: ToPeer) {
    // a channel that closed in the meantime says so by "exit"
    if (child?.connected) child.send(word, () => {});
  }

  function next() {
    if (running || closed) return;
    const task = waiting.shift();
    if (!task) {
      idle = setTimeout(end, idleMs);
      idle.unref();
      return;
    }
    clearTimeout(idle);
    child ??= start();
    jobs += 1;
    const timer = setTimeout(() => {
      end();
      finish({ ok: false, why: "failed", reason: `no result within ${Math.round(task.limitMs / 1_000)} s` });
    }, task.limitMs);
    const { way } = task;
    const now: Running = { task, number: jobs, timer, answer: join };
    running = now;
    if ("open" in way) void offered(now, way);
    else tell({ say: "start", job: jobs, what: task.job });

    async function join(offer: string) {
      if ("open" in way) return { ok: false as const, reason: "nobody asked for an offer" };
      const joined = await way(offer);
      if (joined.ok) mayLeave(now, joined.leave);
      return joined;
    }
  }

  /** A job that ended while somebody was being asked leaves at once. */
  function mayLeave(now: Running, leave: () => void) {
    if (running === now) now.leave = leave;
    else leave();
  }

  async function offered(now: Running, way: Open) {
    await isLoaded;
    if (running !== now) return;
    const startedMs = performance.now();
    const opened = await way.open().catch(refusal);
    if (opened.ok) mayLeave(now, opened.leave);
    if (running !== now) return;
    if (!opened.ok) return finish({ ok: false, why: "refused", reason: opened.reason });
    now.answer = async (sdp) => {
      const taken = await opened.answer(sdp);
      return taken.ok ? { ok: true, answer: "" } : taken;
    };
    const { offer, relays } = opened;
    const theirs = { offer, spentMs: performance.now() - startedMs, ...(relays ? { relays } : {}) };
    tell({ say: "start", job: now.number, what: now.task.job, theirs });
  }

  function finish(result: { ok: true; done: Done } | Failed) {
    const was = running;
    if (!was) return;
    running = undefined;
    clearTimeout(was.timer);
    was.leave?.();
    was.task.settle(result);
    served += 1;
    if (served >= jobsEach) end();
    next();
  }

  function hear(word: Exclude<FromPeer, { say: "ready" }>) {
    const now = running;
    if (!now || word.job !== now.number) return;
    switch (word.say) {
      case "sdp":
        void pass(now, word.sdp);
        return;
      case "connected":
        now.task.onConnected?.();
        return;
      case "done":
        finish({ ok: true, done: word.done });
        return;
      case "failed":
        // what is left of the connection goes with the process
        end();
        finish({ ok: false, why: "failed", reason: word.reason });
    }
  }

  async function pass(now: Running, sdp: string) {
    const answered = await now.answer(sdp).catch(refusal);
    if (running !== now) return;
    if (answered.ok) return tell({ say: "answer", job: now.number, sdp: answered.answer });
    end();
    finish({ ok: false, why: "refused", reason: answered.reason });
  }

  function run(job: Job, way: Join | Open, more: { limitMs: number; onConnected?(): void }) {
    return new Promise<{ ok: true; done: Done } | Failed>((settle) => {
      if (closed) return settle({ ok: false, why: "failed", reason: "the gateway is closing" });
      if (waiting.length >= maxWaiting) {
        return settle({ ok: false, why: "busy", reason: "Too many pictures are being taken at once." });
      }
      waiting.push({ job, way, settle, ...more });
      next();
    });
  }

  return {
    async still(way) {
      const result = await run({ kind: "still" }, way, { limitMs: patienceMs });
      if (!result.ok) return result;
      return result.done.kind === "still" ? { ok: true, ...result.done.still } : strange;
    },
    async probe(way, seconds) {
      const result = await run({ kind: "probe", seconds }, way, { limitMs: patienceMs + seconds * 1_000 });
      if (!result.ok) return result;
      return result.done.kind === "probe" ? { ok: true, quality: result.done.quality } : strange;
    },
    show(join) {
      return new Promise((resolve) => {
        const onConnected = () => {
          const now = running;
          const stop = () => tell({ say: "stop", job: now?.number ?? 0 });
          resolve({ ok: true, stop, ended: over });
        };
        const shown = run({ kind: "show" }, join, { limitMs: showMs, onConnected });
        const over = shown.then((result) => (result.ok ? "stopped" : result.reason));
        void shown.then((result) => {
          if (!result.ok) resolve(result);
        });
      });
    },
    stats: () => ({ pid: child?.pid, starts, deaths }),
    close() {
      closed = true;
      clearTimeout(idle);
      for (const { settle } of waiting.splice(0)) {
        settle({ ok: false, why: "failed", reason: "the gateway is closing" });
      }
      end();
      finish({ ok: false, why: "failed", reason: "the gateway is closing" });
    },
  };
}

function refusal(error: unknown): Refused {
  return { ok: false, reason: error instanceof Error ? error.message : String(error) };
}

const strange: Failed = { ok: false, why: "failed", reason: "the headless peer answered something else" };
