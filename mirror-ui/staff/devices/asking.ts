import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError, api } from "../../link.ts";

export type Trouble = { status: number; title: string; detail: string | undefined };
export type Polled<Answer> = { value: Answer | undefined; trouble: Trouble | undefined; refresh(): void };

/**
 * What the gateway answers to a GET, asked again `everyMs` after each answer while the page is seen, and at once when
 * `newsKey` changes. A failed question keeps the last answer and says what went wrong.
 */
export function usePolled<Answer>(path: string | undefined, everyMs: number, newsKey: unknown = 0): Polled<Answer> {
  const [value, setValue] = useState<{ path: string | undefined; answer: Answer } | undefined>(undefined);
  const [trouble, setTrouble] = useState<Trouble | undefined>(undefined);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (path === undefined) return;
    let gone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      try {
        const answer = await api<Answer>("GET", path);
        if (gone) return;
        setValue({ path, answer });
        setTrouble(undefined);
      } catch (error) {
        if (gone) return;
        setTrouble(troubleOf(error));
      }
      timer = setTimeout(() => void ask(), document.hidden ? everyMs * 10 : everyMs);
    };
    void ask();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [path, everyMs, newsKey, turn]);
  const refresh = useCallback(() => setTurn((before) => before + 1), []);
  return { value: value?.path === path ? value?.answer : undefined, trouble, refresh };
}

export type Ask = {
  /** What is being asked now, by the name given to it. */
  busy: string | undefined;
  trouble: Trouble | undefined;
  /** Resolves to `{ ok: true, answer }`, or `{ ok: false }` with the reason in `trouble`. One at a time. */
  ask<Answer>(
    name: string,
    method: "POST" | "DELETE" | "PUT" | "GET",
    path: string,
    body?: unknown,
  ): Promise<{ ok: true; answer: Answer } | { ok: false }>;
  clear(): void;
};

/** One request at a time to the gateway, with what is waiting and what was refused. */
export function useAsk(): Ask {
  const [busy, setBusy] = useState<string | undefined>(undefined);
  const [trouble, setTrouble] = useState<Trouble | undefined>(undefined);
  const waiting = useRef(false);
  return {
    busy,
    trouble,
    clear: () => setTrouble(undefined),
    async ask<Answer>(name: string, method: "POST" | "DELETE" | "PUT" | "GET", path: string, body?: unknown) {
      if (waiting.current) return { ok: false };
      waiting.current = true;
      setBusy(name);
      setTrouble(undefined);
      try {
        return { ok: true, answer: await api<Answer>(method, path, body) };
      } catch (error) {
        setTrouble(troubleOf(error));
        return { ok: false };
      } finally {
        waiting.current = false;
        setBusy(undefined);
      }
    },
  };
}

/** What went wrong, in words. */
export function troubleOf(error: unknown): Trouble {
  if (error instanceof ApiError) return { status: error.status, title: error.message, detail: error.detail };
  return { status: 0, title: "That did not work.", detail: undefined };
}

/** `/api/v1/devices/<id>/<verb>`. */
export const devicePath = (id: string, verb = "") =>
  `/api/v1/devices/${encodeURIComponent(id)}${verb === "" ? "" : `/${verb}`}`;
