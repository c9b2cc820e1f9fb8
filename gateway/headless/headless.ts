import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Log } from "../log.ts";
import type { Quality } from "./quality.ts";
import type { Done, FromPeer, Job, Still, ToPeer } from "./words.ts";

/** How a peer gets in: its offer for an answer. `leave` is called once, whatever became of it. */
export type Joined = { ok: true; answer: string; leave(): void } | { ok: false; reason: string };
export type Join = (offer: string) => Promise<Joined>;
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
  still(join: Join): Promise<({ ok: true } & Still) | Failed>;
  /** Joins like a friend and measures for so many seconds. */
  probe(join: Join, seconds: number): Promise<{ ok: true; quality: Quality } | Failed>;
  /** Shows colour bars until `stop`; resolves once they are on their way. `ended` resolves when they no longer are. */
  show(join: Join): Promise<{ ok: true; stop(): void; ended: Promise<string> } | Failed>;
  /** `pid` is undefined while no process runs. */
  stats(): { pid: number | undefined; starts: number; deaths: number };
  close(): void;
};

type Task = {
  job: Job;
  join: Join;
  limitMs: number;
  settle(result: { ok: true; done: Done } | Failed): void;
  onConnected?(): void;
};
type Running = { task: Task; number: number; timer: NodeJS.Timeout; leave?: () => void };

const defaultProgram = fileURLToPath(new URL("./peer.ts", import.meta.url));
/** One works, so many wait; whoever comes then is told to come later. */
const maxWaiting = 4;
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
  let [starts, deaths] = [0, 0];
  let closed = false;

  function start(): ChildProcess {
    const made = fork(program, [], { serialization: "advanced", stdio: ["ignore", "ignore", "inherit", "ipc"] });
    starts += 1;
    made.on("message", (word: FromPeer) => {
      if (made === child) hear(word);
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
    running = { task, number: jobs, timer };
    tell({ say: "start", job: jobs, what: task.job });
  }

  function finish(result: { ok: true; done: Done } | Failed) {
    const was = running;
    if (!was) return;
    running = undefined;
    clearTimeout(was.timer);
    was.leave?.();
    was.task.settle(result);
    next();
  }

  function hear(word: FromPeer) {
    const now = running;
    if (!now || word.job !== now.number) return;
    switch (word.say) {
      case "offer":
        void answer(now, word.sdp);
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

  async function answer(now: Running, offer: string) {
    const joined = await now.task
      .join(offer)
      .catch((error: unknown) => ({
        ok: false as const,
        reason: error instanceof Error ? error.message : String(error),
      }));
    if (running !== now) {
      if (joined.ok) joined.leave();
      return;
    }
    if (joined.ok) {
      now.leave = joined.leave;
      tell({ say: "answer", job: now.number, sdp: joined.answer });
      return;
    }
    end();
    finish({ ok: false, why: "refused", reason: joined.reason });
  }

  function run(job: Job, join: Join, more: { limitMs: number; onConnected?(): void }) {
    return new Promise<{ ok: true; done: Done } | Failed>((settle) => {
      if (closed) return settle({ ok: false, why: "failed", reason: "the gateway is closing" });
      if (waiting.length >= maxWaiting) {
        return settle({ ok: false, why: "busy", reason: "Too many pictures are being taken at once." });
      }
      waiting.push({ job, join, settle, ...more });
      next();
    });
  }

  return {
    async still(join) {
      const result = await run({ kind: "still" }, join, { limitMs: patienceMs });
      if (!result.ok) return result;
      return result.done.kind === "still" ? { ok: true, ...result.done.still } : strange;
    },
    async probe(join, seconds) {
      const result = await run({ kind: "probe", seconds }, join, { limitMs: patienceMs + seconds * 1_000 });
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

const strange: Failed = { ok: false, why: "failed", reason: "the headless peer answered something else" };
