import { type ReadonlySignal, signal } from "@preact/signals";
import type { MirrorHears } from "#wire/share-words.ts";
import { readHeard } from "./heard.ts";
import type { Publication, Published, PublishOptions } from "./whip.ts";

/** One share's line to the gateway. It breaks, and comes back by itself, with the same link, until the share is over. */
export type ShareLine = {
  broken: ReadonlySignal<boolean>;
  /** Somebody else has a reason to think that the picture does not arrive. */
  doubt(): void;
  /** A beat is overdue already. */
  isQuiet(): boolean;
  setSound(track: MediaStreamTrack | undefined): void;
  close(): void;
};

export type LineOptions = {
  publish: (hooks: Pick<PublishOptions, "sound" | "onMessage" | "onTrouble">) => Promise<Published>;
  /** How the gateway sees the share; "unknown" when it does not answer. */
  ask: () => Promise<"live" | "waiting" | "over" | "unknown">;
  onHeard: (message: MirrorHears) => void;
  /** The share is over; nothing will come back. */
  onOver: () => void;
};

/** The gateway says twice a second that it is there. */
const SILENT_AFTER_MS = 1_600;
const QUIET_AFTER_MS = 900;
const LISTEN_EVERY_MS = 300;
/** A restarted path carries the next beat within a second, or it carries nothing. */
const MENDED_WITHIN_MS = 2_000;
/** A worker is back within moments, a gateway within seconds, a cable when somebody plugs it in. */
const PAUSES_MS = [200, 300, 500, 800, 1_200, 1_500];

/** Publishes for the first time; undefined when that does not work at all. */
export async function openShareLine(options: LineOptions): Promise<ShareLine | undefined> {
  const { ask, onHeard, onOver } = options;
  const broken = signal(false);
  let publication: Publication | undefined;
  let sound: MediaStreamTrack | undefined;
  /** Undefined until the first beat: who never hears one must not miss it. */
  let lastBeatMs: number | undefined;
  let silences = 0;
  let mending = false;
  let closed = false;
  /** Rises with every publication: what an older one still says does not count. */
  let generation = 0;

  async function begin(): Promise<boolean> {
    publication?.close();
    publication = undefined;
    generation += 1;
    const mine = generation;
    lastBeatMs = undefined;
    const published = await options.publish({
      sound,
      onMessage: (text) => mine === generation && hear(text),
      onTrouble: () => mine === generation && doubt(),
    });
    if (!published.ok) return false;
    if (closed) {
      published.publication.close();
      return false;
    }
    publication = published.publication;
    return true;
  }

  function hear(text: string) {
    const message = readHeard(text);
    if (!message) return;
    lastBeatMs = performance.now();
    if (message.kind === "pause" || message.kind === "resume") publication?.setWatched(message.kind === "resume");
    onHeard(message);
  }

  /** Twice in a row: a page that was busy hears what has waited in between. */
  const listening = setInterval(() => {
    const silent = lastBeatMs !== undefined && performance.now() - lastBeatMs > SILENT_AFTER_MS;
    silences = silent ? silences + 1 : 0;
    if (silences >= 2) doubt();
  }, LISTEN_EVERY_MS);

  function doubt() {
    if (mending || closed || !publication) return;
    mending = true;
    const done = () => {
      mending = false;
    };
    mend().then(done, done);
  }

  /** The session is known and its path is not: new paths are tried before a new session. */
  async function restart(): Promise<boolean> {
    const before = lastBeatMs;
    if (!(await publication?.restart())) return false;
    const until = performance.now() + MENDED_WITHIN_MS;
    while (!closed && performance.now() < until) {
      await pause(100);
      if (lastBeatMs !== before) return true;
    }
    return false;
  }

  async function mend(): Promise<void> {
    broken.value = true;
    for (let attempt = 0; !closed; attempt++) {
      const stands = await ask();
      if (closed) return;
      if (stands === "over") return onOver();
      const back =
        (attempt === 0 && stands === "live" && (await restart())) || (stands !== "unknown" && (await begin()));
      if (back) break;
      await pause(PAUSES_MS[Math.min(attempt, PAUSES_MS.length - 1)] ?? 0);
    }
    silences = 0;
    broken.value = false;
  }

  const close = () => {
    closed = true;
    clearInterval(listening);
    publication?.close();
    publication = undefined;
  };
  if (!(await begin())) {
    close();
    return undefined;
  }
  return {
    broken,
    doubt,
    isQuiet: () => lastBeatMs !== undefined && performance.now() - lastBeatMs > QUIET_AFTER_MS,
    setSound(track) {
      sound = track;
      publication?.setSound(track);
    },
    close,
  };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
