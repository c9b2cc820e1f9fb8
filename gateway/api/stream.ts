import type { IncomingMessage, ServerResponse } from "node:http";
import type { StreamEvents } from "#wire/views.ts";
import type { Log } from "../log.ts";
import type { Counter, Stream, StreamMessage, Views } from "./ports.ts";

export type StreamHub = ReturnType<typeof createStreamHub>;

type HubOptions = {
  stream: Stream;
  views: Views;
  log: Log;
  heartbeatMs?: number;
  maxStreams?: number;
  /** A reader this far behind is dropped: it comes back by itself and resumes. */
  maxBehindBytes?: number;
};

/**
 * Server-sent events to staff pages. One subscription feeds all of them: a message is written as text once, and what
 * happens together leaves in one write per reader.
 */
export function createStreamHub({
  stream,
  views,
  log,
  heartbeatMs = 15_000,
  maxStreams = 200,
  maxBehindBytes = 1024 * 1024,
}: HubOptions) {
  /** Each reader with how many bytes it may be behind: more at first, for a large shop's state is large. */
  const readers = new Map<ServerResponse, number>();
  let pending: { id: number; text: string }[] = [];
  /** Everything up to here has been told. The journal may be further already, its news still on the way to us. */
  let told = stream.lastJournalId();
  let dropped = 0;

  const unsubscribe = stream.subscribe(({ id, event, data }) => {
    told = Math.max(told, id);
    if (readers.size === 0) return;
    if (pending.length === 0) queueMicrotask(flush);
    pending.push({ id, text: frame(event, data, id) });
  });
  const heartbeat = setInterval(() => broadcast(": still here\n\n"), heartbeatMs).unref();

  function flush() {
    // By id, so that a line cut anywhere leaves a last id below which nothing is missing.
    const texts = pending.sort((a, b) => a.id - b.id).map(({ text }) => text);
    pending = [];
    broadcast(texts.join(""));
  }
  function broadcast(text: string) {
    for (const reader of readers.keys()) write(reader, text);
  }
  function write(reader: ServerResponse, text: string) {
    reader.write(text);
    if (reader.writableLength <= (readers.get(reader) ?? 0)) return;
    dropped += 1;
    readers.delete(reader);
    log.warn({ behindBytes: reader.writableLength, dropped }, "a page reads too slowly and was dropped");
    reader.destroy();
  }

  /** The whole state, or what was missed since `lastEventId`; then `ready`; then news. */
  function open(request: IncomingMessage, response: ServerResponse, headers: Record<string, string>) {
    response.writeHead(200, {
      ...headers,
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    });
    request.socket.setNoDelay(true);
    const missed = missedSince(request.headers["last-event-id"]);
    const state = missed
      ? [...missed.map(({ id, event, data }) => frame(event, data, id)), ...lasting()]
      : everything();
    const journalId = stream.lastJournalId();
    const first = `retry: 2000\n\n${state.join("")}${frame("ready", { journalId }, told)}`;
    readers.set(response, maxBehindBytes + 2 * Buffer.byteLength(first));
    response.on("drain", () => readers.has(response) && readers.set(response, maxBehindBytes));
    response.once("close", () => readers.delete(response));
    write(response, first);
  }

  /** From the last seen id on, that one included: a line cut between two messages of one event loses neither. */
  function missedSince(header: string | string[] | undefined): StreamMessage[] | undefined {
    if (typeof header !== "string" || !/^\d{1,15}$/.test(header)) return undefined;
    // An id we have not reached yet belongs to a journal that was restored or replaced.
    if (Number(header) > stream.lastJournalId()) return undefined;
    return stream.since(Math.max(0, Number(header) - 1));
  }
  function everything(): string[] {
    return [
      frame("shop", views.shop()),
      frame("planogram", views.planogram()),
      ...views.stock().map((item) => frame("stock", item)),
      ...views.alerts().map((alert) => frame("alert", alert)),
      ...views
        .reservations()
        .filter(({ state }) => state === "made" || state === "ready")
        .map((held) => frame("reservation", held)),
      ...views.doubts().map((doubt) => frame("doubt", doubt)),
      ...views.zones().map((zone) => frame("zone", zone)),
      ...views.rollouts().map((rollout) => frame("rollout", rollout)),
      ...lasting(),
    ];
  }
  /** What changes without the journal knowing, and is therefore sent again to those who come back. */
  function lasting(): string[] {
    return [
      ...views.devices().map((device) => frame("device", device)),
      frame("media", views.media()),
      frame("inbox", views.inboxCounts()),
      ...views.mirrors().map((mirror) => frame("mirror", mirror)),
    ];
  }

  return {
    open,
    isFull: () => readers.size >= maxStreams,
    counters: (): Counter[] => [
      { name: "vitrine_streams", help: "Live pages connected.", value: readers.size },
      { name: "vitrine_streams_dropped_total", help: "Pages dropped because they read too slowly.", value: dropped },
    ],
    close() {
      clearInterval(heartbeat);
      unsubscribe();
      for (const reader of readers.keys()) reader.end();
      readers.clear();
    },
  };
}

function frame<E extends keyof StreamEvents>(event: E, data: unknown, id?: number): string {
  return `${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
