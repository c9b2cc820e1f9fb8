import { type ReadonlySignal, signal } from "@preact/signals";
import { ApiError } from "../link.ts";

/** One tap on its way to the gateway. */
export type Deed = {
  /** Sent along, so that it counts once however often it arrives. */
  key: string;
  /** The alert, or the place, it is about. */
  about: string;
  path: string;
  body: object;
  /** What the person did, in words: "Take Shelf C1". */
  says: string;
  /** Epoch ms of the tap. */
  at: number;
};

export type Dropped = { says: string; title: string; detail: string | undefined };

export type Outbox = {
  /** What could not be sent yet, in the order of the taps. */
  waiting: ReadonlySignal<readonly Deed[]>;
  /** What was not needed any more when the line came back; the newest last. */
  dropped: ReadonlySignal<readonly Dropped[]>;
  /** "kept": there is no line, it is sent as soon as there is. Throws what the gateway refuses, as ApiError. */
  send(deed: Omit<Deed, "key" | "at">, leaving?: boolean): Promise<"sent" | "kept">;
  /** Tries at once what waits. */
  retry(): Promise<void>;
  /** It is not wanted any more. */
  forget(about: string): void;
  /** Told of what had waited once it is over; `refused` when it came too late. */
  onEnd(listener: (deed: Deed, refused: unknown) => void): void;
  clearDropped(): void;
};

type Options = {
  /** Throws ApiError. */
  post(deed: Deed, leaving: boolean): Promise<unknown>;
  /** Where it outlives a reload. */
  shelf?: Pick<Storage, "getItem" | "setItem" | "removeItem"> | undefined;
  now?(): number;
};

const keptAs = "vitrine-staff-waiting";
/** More than a person does in a minute or two without a line; the next one is refused and says so. */
const mostWaiting = 20;
/** What was tapped longer ago than this is not what the shop needs now. */
const tooOldMs = 10 * 60_000;
const droppedKept = 3;
const retryMs = [1_000, 2_000, 4_000, 8_000];

/**
 * Taps outlive a lost line: they wait here in their order, and go out with their keys when the line is back. What has
 * become void by then is dropped, with the gateway's word for it.
 */
export function createOutbox({ post, shelf, now = Date.now }: Options): Outbox {
  const waiting = signal<readonly Deed[]>(recall(shelf, now()));
  const dropped = signal<readonly Dropped[]>([]);
  const listeners = new Set<(deed: Deed, refused: unknown) => void>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempts = 0;
  let running: Promise<void> | undefined;
  /** Somebody knows that the line is back, while an attempt that knew nothing of it is still under way. */
  let askedAgain = false;

  const set = (deeds: readonly Deed[]) => {
    waiting.value = deeds;
    remember(shelf, deeds);
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => void retry(), retryMs[Math.min(attempts, retryMs.length - 1)]);
    attempts += 1;
  };
  const end = (deed: Deed, refused: unknown) => {
    set(waiting.value.filter(({ key }) => key !== deed.key));
    if (refused instanceof ApiError) {
      const { message: title, detail } = refused;
      dropped.value = [...dropped.value, { says: deed.says, title, detail }].slice(-droppedKept);
    }
    for (const listener of listeners) listener(deed, refused);
  };

  function keep(deed: Deed): "kept" {
    if (waiting.value.length >= mostWaiting) {
      throw new ApiError(0, "Too much waits for the line already.", "Do this one again when the line is back.");
    }
    set([...waiting.value, deed]);
    later();
    return "kept";
  }

  function retry(): Promise<void> {
    askedAgain = true;
    running ??= run().finally(() => {
      running = undefined;
    });
    return running;
  }

  async function run(): Promise<void> {
    clearTimeout(timer);
    for (let deed = waiting.value[0]; deed; deed = waiting.value[0]) {
      askedAgain = false;
      const refused = await attempt(deed);
      if (refused !== "no-line") {
        attempts = 0;
        end(deed, refused);
      } else if (!askedAgain) return later();
    }
  }

  /** undefined: it is done. */
  async function attempt(deed: Deed): Promise<unknown> {
    if (now() - deed.at > tooOldMs) return new ApiError(0, "It waited too long for the line.", undefined);
    try {
      await post(deed, false);
      return undefined;
    } catch (error) {
      return mayStillPass(error) ? "no-line" : error;
    }
  }

  return {
    waiting,
    dropped,
    async send(asked, leaving = false) {
      const deed: Deed = { ...asked, key: newKey(), at: now() };
      // Behind what waits already: the order of the taps is the order of the deeds.
      if (waiting.value.length > 0) {
        const kept = keep(deed);
        void retry();
        return kept;
      }
      try {
        await post(deed, leaving);
        return "sent";
      } catch (error) {
        if (mayStillPass(error)) return keep(deed);
        throw error;
      }
    },
    retry,
    forget(about) {
      set(waiting.value.filter((deed) => deed.about !== about));
    },
    onEnd(listener) {
      listeners.add(listener);
    },
    clearDropped() {
      dropped.value = [];
    },
  };
}

/** No line, a gateway that starts anew, one that asks to wait, or a session that ended: another time it may pass. */
function mayStillPass(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return error.status === 0 || error.status === 401 || error.status === 429 || error.status >= 500;
}

/** 128 random bits; crypto.randomUUID is missing where a page has no https. */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function recall(shelf: Options["shelf"], now: number): Deed[] {
  try {
    const kept: unknown = JSON.parse(shelf?.getItem(keptAs) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isDeed).filter(({ at }) => now - at <= tooOldMs) : [];
  } catch {
    return [];
  }
}

function isDeed(kept: unknown): kept is Deed {
  if (typeof kept !== "object" || kept === null) return false;
  const fields = new Map<string, unknown>(Object.entries(kept));
  const isText = (name: string) => typeof fields.get(name) === "string";
  return ["key", "about", "path", "says"].every(isText) && typeof fields.get("at") === "number" && fields.has("body");
}

function remember(shelf: Options["shelf"], deeds: readonly Deed[]): void {
  try {
    if (deeds.length > 0) shelf?.setItem(keptAs, JSON.stringify(deeds));
    else shelf?.removeItem(keptAs);
  } catch {
    // A browser that keeps nothing loses what waits when it is closed, and only then.
  }
}
