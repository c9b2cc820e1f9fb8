import { type Meeting, openPeer, type Theirs } from "./connect.ts";
import { showBars } from "./showing.ts";
import { measure, takeStill } from "./watching.ts";
import type { Done, FromPeer, Job, ToPeer } from "./words.ts";

/**
 * The peer's process: node-webrtc, and pictures as pixels. It is always ended hard: an orderly exit of node-webrtc has
 * crashed before. When the gateway is gone, so is this.
 */
const die = () => process.kill(process.pid, "SIGKILL");
process.on("disconnect", die);
if (!process.connected) die();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, die);

let current = 0;
let answered: (sdp: string) => void = () => {};
let stop: () => void = () => {};

// nobody to hear it: "disconnect" follows
const say = (word: FromPeer) => void process.send?.(word, undefined, {}, () => {});

// the first connection of a process loads libwebrtc: that must not count as time to the first picture
openPeer().close();
say({ say: "ready" });

process.on("message", (word: ToPeer) => {
  if (word.say === "start") {
    current = word.job;
    void work(word.job, word.what, word.theirs);
  } else if (word.job !== current) return;
  else if (word.say === "answer") answered(word.sdp);
  else stop();
});

async function work(job: number, what: Job, theirs: Theirs | undefined) {
  const ask = (sdp: string) =>
    new Promise<string>((resolve) => {
      answered = resolve;
      say({ say: "sdp", job, sdp });
    });
  const onConnected = () => say({ say: "connected", job });
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  try {
    say({ say: "done", job, done: await run(what, { ask, theirs, onConnected, stopped }) });
  } catch (error) {
    say({ say: "failed", job, reason: error instanceof Error ? error.message : String(error) });
  }
}

type Hooks = Meeting & { stopped: Promise<void> };

async function run(what: Job, { stopped, ...meeting }: Hooks): Promise<Done> {
  switch (what.kind) {
    case "still":
      return { kind: "still", still: await takeStill(meeting) };
    case "probe":
      return { kind: "probe", quality: await measure(meeting, what.seconds) };
    case "show":
      await showBars(meeting, stopped);
      return { kind: "show" };
  }
}
