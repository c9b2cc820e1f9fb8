import { type ReadonlySignal, signal } from "@preact/signals";
import type { Alert } from "#wire/views.ts";

/** What an alert is waiting for. `leaving` closes after the time for second thoughts. */
export type Doing = { kind: "taking" } | { kind: "giving-back" } | { kind: "leaving"; refuted: boolean; until: number };

export type Trouble = { alertId: string; title: string; detail: string | undefined };

export type Actions = {
  doing: ReadonlySignal<ReadonlyMap<string, Doing>>;
  /** Alerts I took a moment ago: giving one back is then called "Undo". */
  fresh: ReadonlySignal<ReadonlySet<string>>;
  trouble: ReadonlySignal<Trouble | undefined>;
  take(alertId: string): Promise<void>;
  giveBack(alertId: string): Promise<void>;
  /** Closes it after `undoMs`; until then undo() forgets it. */
  finish(alertId: string, refuted: boolean): void;
  undo(alertId: string): void;
  /** The stream said how an alert stands: what waited for that is over. */
  heard(alerts: ReadonlyMap<string, Alert>): void;
  /** Sends at once what is still waiting, because the page is going away. */
  flush(): void;
};

const settleMs = 2_000;

type Post = (path: string, body: unknown, leaving: boolean) => Promise<unknown>;

type Options = {
  post: Post;
  /** Staff id of whoever holds this page. */
  me(): string | undefined;
  explain(error: unknown): { title: string; detail: string | undefined };
  undoMs?: number;
};

/**
 * What staff do with alerts. The gateway decides; the page shows what it was told. A closed alert cannot be opened
 * again, so closing is sent only when the time to undo it is over.
 */
export function createActions({ post, me, explain, undoMs = 8_000 }: Options): Actions {
  const doing = signal<ReadonlyMap<string, Doing>>(new Map());
  const fresh = signal<ReadonlySet<string>>(new Set());
  const trouble = signal<Trouble | undefined>(undefined);
  const timers = new Map<string, ReturnType<typeof setTimeout>>();

  const set = (alertId: string, what: Doing | undefined) => {
    const next = new Map(doing.value);
    if (what) next.set(alertId, what);
    else next.delete(alertId);
    doing.value = next;
  };
  const remember = (alertId: string, is: boolean) => {
    const next = new Set(fresh.value);
    if (is) next.add(alertId);
    else next.delete(alertId);
    fresh.value = next;
  };
  const later = (alertId: string, ms: number, then: () => void) => {
    clearTimeout(timers.get(alertId));
    timers.set(
      alertId,
      setTimeout(() => {
        timers.delete(alertId);
        then();
      }, ms),
    );
  };
  const stopTimer = (alertId: string) => {
    clearTimeout(timers.get(alertId));
    timers.delete(alertId);
  };

  async function send(alertId: string, verb: string, extra: object = {}, leaving = false): Promise<boolean> {
    try {
      await post(`/api/v1/alerts/${encodeURIComponent(alertId)}/${verb}`, { by: me(), ...extra }, leaving);
      if (trouble.value?.alertId === alertId) trouble.value = undefined;
      return true;
    } catch (error) {
      trouble.value = { alertId, ...explain(error) };
      set(alertId, undefined);
      return false;
    }
  }
  /** The stream says how it ended, mostly before the answer; should it stay silent, the buttons come back anyway. */
  const settle = (alertId: string) => {
    if (doing.value.has(alertId)) later(`${alertId} settles`, settleMs, () => set(alertId, undefined));
  };
  async function close(alertId: string, refuted: boolean, leaving = false): Promise<void> {
    if (await send(alertId, "resolve", refuted ? { refuted } : {}, leaving)) settle(alertId);
  }

  async function take(alertId: string): Promise<void> {
    if (doing.value.has(alertId)) return;
    set(alertId, { kind: "taking" });
    if (!(await send(alertId, "assign"))) return;
    remember(alertId, true);
    later(alertId, undoMs, () => remember(alertId, false));
    settle(alertId);
  }
  async function giveBack(alertId: string): Promise<void> {
    if (doing.value.has(alertId)) return;
    stopTimer(alertId);
    remember(alertId, false);
    set(alertId, { kind: "giving-back" });
    if (await send(alertId, "release")) settle(alertId);
  }

  return {
    doing,
    fresh,
    trouble,
    take,
    giveBack,
    finish(alertId, refuted) {
      if (doing.value.has(alertId)) return;
      remember(alertId, false);
      set(alertId, { kind: "leaving", refuted, until: Date.now() + undoMs });
      // The row stays "filled" until the stream confirms it; heard() then lets it go.
      later(alertId, undoMs, () => void close(alertId, refuted));
    },
    undo(alertId) {
      if (doing.value.get(alertId)?.kind !== "leaving" || !timers.has(alertId)) return;
      stopTimer(alertId);
      set(alertId, undefined);
    },
    heard(alerts) {
      for (const [alertId, what] of doing.value) {
        const alert = alerts.get(alertId);
        if (!alert || alert.state === "closed") {
          stopTimer(alertId);
          remember(alertId, false);
        } else if (!settled(what, alert)) continue;
        stopTimer(`${alertId} settles`);
        set(alertId, undefined);
      }
    },
    flush() {
      for (const [alertId, what] of doing.value) {
        if (what.kind !== "leaving" || !timers.has(alertId)) continue;
        stopTimer(alertId);
        void close(alertId, what.refuted, true);
      }
    },
  };
}

function settled(what: Doing, alert: Alert): boolean {
  if (what.kind === "taking") return alert.state === "assigned";
  return what.kind === "giving-back" && alert.state !== "assigned";
}
