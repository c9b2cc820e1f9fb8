import { type ReadonlySignal, signal } from "@preact/signals";
import type { MirrorHears, Reaction, Viewer } from "#wire/share-words.ts";

/** What one friend said, for a while. */
export type Said = { id: number; viewer: string; name: string } & ({ reaction: Reaction } | { text: string });

export type Hearing = {
  /** The newest last, `KEPT` at most. */
  said: ReadonlySignal<Said[]>;
  hear(message: MirrorHears): void;
  /** Takes off what one friend said, who was asked to leave. */
  forgetFrom(viewerId: string): void;
  /** Nothing that was said outlives the share. */
  forget(): void;
};

const KEPT = 3;
/** Long enough to be read twice from two steps away. */
const SHOWN_MS = { reaction: 10_000, words: 20_000 };

export function createHearing(): Hearing {
  const said = signal<Said[]>([]);
  const timers = new Set<ReturnType<typeof setTimeout>>();
  let count = 0;

  function add(one: Said, shownMs: number) {
    said.value = [...said.value, one].slice(-KEPT);
    const timer = setTimeout(() => {
      timers.delete(timer);
      said.value = said.value.filter(({ id }) => id !== one.id);
    }, shownMs);
    timers.add(timer);
  }

  return {
    said,
    hear(message) {
      if (message.kind !== "reaction" && message.kind !== "words") return;
      count += 1;
      const { kind, viewer, name } = message;
      const what = kind === "words" ? { text: message.text } : { reaction: message.reaction };
      add({ id: count, viewer, name, ...what }, SHOWN_MS[kind]);
    },
    forgetFrom(viewerId) {
      said.value = said.value.filter(({ viewer }) => viewer !== viewerId);
    },
    forget() {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      said.value = [];
    },
  };
}

/** What the gateway says beside the picture; undefined for what this page does not know (yet). */
export function readHeard(text: string): MirrorHears | undefined {
  const { kind, viewers, viewer, name, reaction, text: words } = fieldsOf(parse(text));
  switch (kind) {
    case "beat":
    case "pause":
    case "resume":
      return { kind };
    case "viewers":
      return { kind, viewers: readViewers(viewers) };
    case "reaction":
      if (typeof viewer !== "string" || typeof name !== "string") return undefined;
      return reaction === "yes" || reaction === "unsure" || reaction === "another"
        ? { kind, viewer, name, reaction }
        : undefined;
    case "words":
      if (typeof viewer !== "string" || typeof name !== "string" || typeof words !== "string") return undefined;
      return { kind, viewer, name, text: words };
    default:
      return undefined;
  }
}

export function readViewers(list: unknown): Viewer[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown) => {
    const { id, name, since, via } = fieldsOf(entry);
    if (typeof id !== "string" || typeof since !== "number") return [];
    return [{ id, since, name: typeof name === "string" ? name : "", via: via === "player" ? "player" : "page" }];
  });
}

const fieldsOf = (value: unknown): Record<string, unknown> => (typeof value === "object" && value ? { ...value } : {});

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
