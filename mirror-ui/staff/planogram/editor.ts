import { computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Planogram } from "#wire/stock-views.ts";
import { ApiError, api } from "../../link.ts";
import type { Trouble } from "../devices/asking.ts";
import type { Page } from "../page.ts";
import { rebase, type Shelves, type Spot } from "./draft.ts";

/** What somebody is editing here. It lives as long as the page, so that a look at an alert loses nothing. */
export type Editor = {
  /** As it is in the shop; undefined until it has come. */
  live: ReadonlySignal<Planogram | undefined>;
  /** As it stands here: the shop's, or with what was changed. */
  shelves: ReadonlySignal<Shelves>;
  isChanged: ReadonlySignal<boolean>;
  /** Somebody else has saved since the first change here. */
  overtakenBy: ReadonlySignal<Planogram | undefined>;
  /** What the changes begin from. */
  base: ReadonlySignal<Planogram | undefined>;
  chosen: Signal<Spot | undefined>;
  trouble: Signal<Trouble | undefined>;
  busy: ReadonlySignal<boolean>;
  edit(change: (shelves: Shelves) => Shelves, chosen?: Spot): void;
  /** Puts the changes on top of what somebody else has saved. */
  putOnTop(): void;
  throwAway(): void;
  save(note: string): Promise<void>;
  /** Asks what is in force, when the page opens. */
  ask(): void;
};

const editors = new WeakMap<Page, Editor>();

export function editorOf(page: Page): Editor {
  const known = editors.get(page) ?? createEditor(page.planogram);
  editors.set(page, known);
  return known;
}

function createEditor(heard: ReadonlySignal<Planogram | undefined>): Editor {
  const asked = signal<Planogram | undefined>(undefined);
  const draft = signal<{ base: Planogram; shelves: Shelves } | undefined>(undefined);
  const chosen = signal<Spot | undefined>(undefined);
  const trouble = signal<Trouble | undefined>(undefined);
  const busy = signal(false);
  const live = computed(() => newer(heard.value, asked.value));
  const shelves = computed(() => draft.value?.shelves ?? live.value?.shelves ?? []);
  const overtakenBy = computed(() =>
    draft.value && live.value && live.value.version > draft.value.base.version ? live.value : undefined,
  );
  // what I saved comes back as news: then nothing is a change any more
  effect(() => {
    const [mine, now] = [draft.value, live.value];
    if (mine && now && now !== mine.base && isSame(mine.shelves, now.shelves)) draft.value = undefined;
  });
  const fail = (error: unknown) => {
    const known = error instanceof ApiError ? error : { status: 0, message: "That did not work.", detail: undefined };
    trouble.value = { status: known.status, title: known.message, detail: known.detail };
  };
  return {
    ...{ live, shelves, overtakenBy, chosen, trouble, busy },
    isChanged: computed(() => draft.value !== undefined),
    base: computed(() => draft.value?.base ?? live.value),
    edit(change, next) {
      const base = draft.value?.base ?? live.value;
      if (!base) return;
      const edited = change(shelves.value);
      trouble.value = undefined;
      if (next) chosen.value = next;
      if (edited === shelves.value) return;
      draft.value = isSame(edited, base.shelves) ? undefined : { base, shelves: edited };
    },
    putOnTop() {
      const theirs = live.value;
      const mine = draft.value;
      if (theirs && mine)
        draft.value = { base: theirs, shelves: rebase(mine.base.shelves, mine.shelves, theirs.shelves) };
    },
    throwAway() {
      draft.value = undefined;
      trouble.value = undefined;
    },
    async save(note) {
      const mine = draft.value;
      if (!mine || busy.value) return;
      busy.value = true;
      try {
        const body = {
          basedOn: mine.base.version,
          shelves: mine.shelves,
          ...(note.trim() ? { note: note.trim() } : {}),
        };
        asked.value = await api<Planogram>("PUT", "/api/v1/planogram", body);
        trouble.value = undefined;
        if (draft.value === mine) draft.value = undefined;
      } catch (error) {
        // who was faster is said by the note above the buttons, once it has come
        if (error instanceof ApiError && error.status === 409) void fetchNow(asked).catch(fail);
        else fail(error);
      } finally {
        busy.value = false;
      }
    },
    ask: () => void fetchNow(asked).catch(fail),
  };
}

async function fetchNow(asked: Signal<Planogram | undefined>): Promise<void> {
  asked.value = newer(await api<Planogram>("GET", "/api/v1/planogram"), asked.peek());
}

function newer(one: Planogram | undefined, other: Planogram | undefined): Planogram | undefined {
  if (!one || !other) return one ?? other;
  return one.version >= other.version ? one : other;
}

const isSame = (one: Shelves, other: Shelves) => JSON.stringify(one) === JSON.stringify(other);
