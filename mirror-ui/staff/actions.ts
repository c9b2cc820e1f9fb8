import { type ReadonlySignal, signal } from "@preact/signals";
import type { Alert } from "#wire/views.ts";
import type { Outbox } from "./outbox.ts";

/**
 * What an alert is waiting for. `leaving` is sent after the time for second thoughts; `waiting` as soon as there is a line.
 */
export type Doing =
  | { kind: "taking" }
  | { kind: "giving-back" }
  | { kind: "leaving"; says: string; answer: Answer }
  | { kind: "waiting"; says: string };

/** How an alert is answered, and what the page says of it meanwhile. */
export type Answer = { path: string; body?: object; says: string };

export type Trouble = { alertId: string; title: string; detail: string | undefined };

export type Actions = {
  doing: ReadonlySignal<ReadonlyMap<string, Doing>>;
  /** Alerts I took a moment ago: giving one back is then called "Undo". */
  fresh: ReadonlySignal<ReadonlySet<string>>;
  trouble: ReadonlySignal<Trouble | undefined>;
  take(alertId: string): Promise<void>;
  giveBack(alertId: string): Promise<void>;
  /** Sends the answer after `undoMs`; until then undo() forgets it. */
  finish(alertId: string, answer: Answer): void;
  undo(alertId: string): void;
  /** The stream said how an alert stands: what waited for that is over. */
  heard(alerts: ReadonlyMap<string, Alert>): void;
  /** Sends at once what is still waiting, because the page is going away. */
  flush(): void;
};

const settleMs = 2_000;
const ownsName = /^\/api\/v1\/alerts\/[^/]+\/(assign|release|resolve)$/;

type Options = {
  outbox: Outbox;
  /** Staff id of whoever holds this page. */
  me(): string | undefined;
  /** What an alert is about, for what has to wait. */
  subject(alertId: string): string;
  explain(error: unknown): { title: string; detail: string | undefined };
  undoMs?: number;
};

export const alertPath = (alertId: string, verb: string) => `/api/v1/alerts/${encodeURIComponent(alertId)}/${verb}`;

/**
 * What staff do with alerts. The gateway decides; the page shows what it was told. A closed alert cannot be opened
 * again, so closing is sent only when the time to undo it is over.
 */
export function createActions({ outbox, me, subject, explain, undoMs = 8_000 }: Options): Actions {
  const doing = signal<ReadonlyMap<string, Doing>>(
    new Map(outbox.waiting.peek().map(({ about, says }) => [about, { kind: "waiting", says }])),
  );
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
  /** The stream says how it ended, mostly before the answer; should it stay silent, the buttons come back anyway. */
  const settle = (alertId: string) => {
    if (doing.value.has(alertId)) later(`${alertId} settles`, settleMs, () => set(alertId, undefined));
  };

  /** True: the gateway took it. */
  async function send(alertId: string, { path, body, says }: Answer, leaving = false): Promise<boolean> {
    try {
      // Whose it is carries a name: a tablet that several share is signed in once.
      const signed = ownsName.test(path) ? { by: me(), ...body } : { ...body };
      const how = await outbox.send({ about: alertId, path, says, body: signed }, leaving);
      if (trouble.value?.alertId === alertId) trouble.value = undefined;
      if (how === "kept") set(alertId, { kind: "waiting", says });
      else settle(alertId);
      return how === "sent";
    } catch (error) {
      trouble.value = { alertId, ...explain(error) };
      set(alertId, undefined);
      return false;
    }
  }
  outbox.onEnd(({ about }, refused) => {
    if (doing.value.get(about)?.kind !== "waiting") return;
    if (refused) set(about, undefined);
    else settle(about);
  });

  async function take(alertId: string): Promise<void> {
    if (doing.value.has(alertId)) return;
    set(alertId, { kind: "taking" });
    const says = `Take ${subject(alertId)}`;
    if (!(await send(alertId, { path: alertPath(alertId, "assign"), says }))) return;
    remember(alertId, true);
    later(alertId, undoMs, () => remember(alertId, false));
  }
  async function giveBack(alertId: string): Promise<void> {
    if (doing.value.has(alertId)) return;
    stopTimer(alertId);
    remember(alertId, false);
    set(alertId, { kind: "giving-back" });
    await send(alertId, { path: alertPath(alertId, "release"), says: `Give back ${subject(alertId)}` });
  }

  return {
    doing,
    fresh,
    trouble,
    take,
    giveBack,
    finish(alertId, answer) {
      if (doing.value.has(alertId)) return;
      remember(alertId, false);
      set(alertId, { kind: "leaving", says: answer.says, answer });
      // The row keeps these words until the stream confirms them; heard() then lets it go.
      later(alertId, undoMs, () => void send(alertId, answer));
    },
    undo(alertId) {
      const what = doing.value.get(alertId);
      if (what?.kind === "waiting") outbox.forget(alertId);
      else if (what?.kind !== "leaving" || !timers.has(alertId)) return;
      stopTimer(alertId);
      set(alertId, undefined);
    },
    heard(alerts) {
      for (const [alertId, what] of doing.value) {
        // What was said before the line went is no answer to what waits for it.
        if (what.kind === "waiting" && outbox.waiting.peek().some(({ about }) => about === alertId)) continue;
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
        void send(alertId, what.answer, true);
      }
    },
  };
}

function settled(what: Doing, alert: Alert): boolean {
  if (what.kind === "taking") return alert.state === "assigned";
  if (what.kind === "giving-back") return alert.state !== "assigned";
  // What waited for the line is sent by now; what is put off stands in another list.
  return what.kind === "waiting" || (what.kind === "leaving" && alert.state === "snoozed");
}
