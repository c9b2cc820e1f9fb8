import { type ReadonlySignal, signal } from "@preact/signals";
import type { StreamEvents } from "#wire/views.ts";

/** How the page stands with the gateway. `since` is epoch ms of the last sign of life. */
export type Connection =
  | { state: "connecting" }
  | { state: "live"; since: number }
  | { state: "lost"; since: number; attempts: number };

export type StreamName = keyof StreamEvents;
export type StreamMessage = { [N in StreamName]: { name: N; data: StreamEvents[N] } }[StreamName];

export type Link = { connection: ReadonlySignal<Connection>; close(): void };

export type LinkOptions = {
  url?: string;
  /** Answered with any 2xx while the gateway lives. Asked only when the stream is silent. */
  lifeUrl?: string;
  receive(message: StreamMessage): void;
};

const silentForMs = 20_000;
const lifeTimeoutMs = 5_000;
const retryMs = [500, 1_000, 2_000, 4_000, 8_000];

/**
 * One live connection to the gateway. The browser reconnects a broken stream itself and says the last id it saw; where
 * it gives up (a 5xx in between) a new stream is opened, which begins with the whole state. A phone that changed its
 * Wi-Fi keeps a dead socket for minutes without noticing, so silence is checked by asking for a sign of life.
 */
export function openLink({ url = "/api/v1/stream", lifeUrl = "/healthz", receive }: LinkOptions): Link {
  const connection = signal<Connection>({ state: "connecting" });
  let source: EventSource | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let lastSign = Date.now();
  let attempts = 0;
  let closed = false;

  const alive = () => {
    lastSign = Date.now();
    attempts = 0;
    if (connection.value.state !== "live") connection.value = { state: "live", since: lastSign };
  };
  const lost = () => {
    attempts += 1;
    const since = connection.value.state === "lost" ? connection.value.since : lastSign;
    connection.value = { state: "lost", since, attempts };
  };
  const reopen = () => {
    source?.close();
    source = undefined;
    clearTimeout(retry);
    if (!closed) retry = setTimeout(open, retryMs[Math.min(attempts, retryMs.length) - 1] ?? retryMs[0]);
  };

  function open(): void {
    if (closed) return;
    const stream = new EventSource(url);
    source = stream;
    stream.onopen = alive;
    stream.onerror = () => {
      lost();
      if (stream.readyState === EventSource.CLOSED) reopen();
    };
    const hear = <N extends StreamName>(name: N, tell: (data: StreamEvents[N]) => void) =>
      stream.addEventListener(name, (event: MessageEvent<string>) => {
        alive();
        const data: StreamEvents[N] = JSON.parse(event.data);
        tell(data);
      });
    hear("shop", (data) => receive({ name: "shop", data }));
    hear("stock", (data) => receive({ name: "stock", data }));
    hear("alert", (data) => receive({ name: "alert", data }));
    hear("zone", (data) => receive({ name: "zone", data }));
    hear("device", (data) => receive({ name: "device", data }));
    hear("media", (data) => receive({ name: "media", data }));
    hear("mirror", (data) => receive({ name: "mirror", data }));
    hear("inbox", (data) => receive({ name: "inbox", data }));
    hear("rollout", (data) => receive({ name: "rollout", data }));
    hear("planogram", (data) => receive({ name: "planogram", data }));
    hear("reservation", (data) => receive({ name: "reservation", data }));
    hear("doubt", (data) => receive({ name: "doubt", data }));
    hear("ready", (data) => receive({ name: "ready", data }));
  }

  const watch = setInterval(async () => {
    if (connection.value.state !== "live" || Date.now() - lastSign < silentForMs) return;
    const answered = await fetch(lifeUrl, { cache: "no-store", signal: deadline(lifeTimeoutMs) }).then(
      (response) => response.ok,
      () => false,
    );
    if (answered) lastSign = Date.now();
    else if (connection.value.state === "live") {
      lost();
      reopen();
    }
  }, silentForMs / 2);

  open();
  return {
    connection,
    close() {
      closed = true;
      clearTimeout(retry);
      clearInterval(watch);
      source?.close();
    },
  };
}

/** What the gateway refused, in its own words (RFC 9457). `status` 0: it could not be reached. */
export class ApiError extends Error {
  readonly status: number;
  readonly detail: string | undefined;
  constructor(status: number, title: string, detail: string | undefined) {
    super(title);
    this.name = "ApiError";
    this.status = status;
    this.detail = detail;
  }
}

export type ApiOptions = { bearer?: string; idempotencyKey?: string; timeoutMs?: number; keepalive?: boolean };

/** Aborts after `ms`. A phone of 2021 knows aborting, but not yet `AbortSignal.timeout`. */
export function deadline(ms: number): AbortSignal {
  if ("timeout" in AbortSignal) return AbortSignal.timeout(ms);
  const controller = new AbortController();
  setTimeout(() => controller.abort(), ms);
  return controller.signal;
}

/** Calls the gateway and returns its JSON (undefined when it has nothing to say). Throws ApiError, never anything else. */
export async function api<Answer = unknown>(
  method: "GET" | "POST" | "DELETE" | "PUT",
  path: string,
  body?: unknown,
  { bearer, idempotencyKey, timeoutMs = 10_000, keepalive = false }: ApiOptions = {},
): Promise<Answer> {
  const headers = new Headers({ accept: "application/json" });
  if (body !== undefined) headers.set("content-type", "application/json");
  if (bearer) headers.set("authorization", `Bearer ${bearer}`);
  if (idempotencyKey) headers.set("idempotency-key", idempotencyKey);
  const request: RequestInit = {
    method,
    headers,
    signal: deadline(timeoutMs),
    credentials: "same-origin",
    // A browser may keep a 404 or 410 and hand it to the next sign-in: the shop's state is never taken from a cache.
    cache: "no-store",
    keepalive,
  };
  if (body !== undefined) request.body = JSON.stringify(body);
  let response: Response;
  try {
    response = await fetch(path, request);
  } catch {
    throw new ApiError(0, "The gateway does not answer.", "Nothing was changed. Try again when the line is back.");
  }
  const answer = await response.json().catch(() => undefined);
  if (response.ok) return answer;
  const title = typeof answer?.title === "string" ? answer.title : `The gateway refused this (${response.status}).`;
  throw new ApiError(response.status, title, typeof answer?.detail === "string" ? answer.detail : undefined);
}
