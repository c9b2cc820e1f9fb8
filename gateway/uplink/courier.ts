import { type CloudEvent, cloudEventContentType, matchesType } from "#wire/cloud-event.ts";
import type { JournalEntry } from "../events.ts";
import type { Log } from "../log.ts";
import type { Outcome, Send } from "./send.ts";
import { signaturesOf } from "./signature.ts";
import type { Subscription } from "./subscriptions.ts";

export type Page = { events: JournalEntry[]; upTo: number; first: number; more: boolean };

export type Pace = {
  /** Wait before the second try; twice as long before each further one. */
  firstMs: number;
  longestMs: number;
  /** Nothing but failures for so long: it is given up. */
  giveUpMs: number;
};
export const pace: Pace = { firstMs: 1_000, longestMs: 5 * 60_000, giveUpMs: 72 * 3_600_000 };

/** What a receiver finds wrong with one message it finds wrong again; so many times it is asked, then the next one goes. */
const refusalsOfOne = 5;
/** An answer about what was sent. All others are about the receiver, or about how it was set up, and can be mended. */
const aboutTheMessage = new Set([400, 409, 413, 415, 422]);
const pageSize = 200;

export type CourierParts = {
  /** As it is now: secrets may change. */
  subscription(): Subscription;
  cursor: number;
  read(question: { after: number; limit: number }): Promise<Page>;
  eventOf(entry: JournalEntry): CloudEvent | undefined;
  gapOf(gap: { from: number; to: number; at: number }): CloudEvent;
  send: Send;
  /** Remembers how far it came. */
  keep(cursor: number): void;
  /** It is over, by the receiver's word or after too long a silence. */
  end(state: "gone" | "given-up", why: string): Promise<void>;
  now(): number;
  random(): number;
  pace: Pace;
  log: Log;
};

export type Courier = ReturnType<typeof createCourier>;

/**
 * Carries what is public of the journal to one receiver: in order, one at a time, each at least once. It reads from its
 * own place in the journal, so a receiver that is slow or gone costs a page of memory and holds nobody up.
 */
export function createCourier(parts: CourierParts) {
  const { read, keep, now, log } = parts;
  let { cursor } = parts;
  let fresh = true;
  let idle = false;
  let wake = () => {};
  let failingSince: number | undefined;
  let lastDeliveredAt: number | undefined;
  let lastError: string | undefined;
  const count = { delivered: 0, refused: 0, failed: 0, gaps: 0 };
  const stop = new AbortController();
  const { signal } = stop;
  signal.addEventListener("abort", () => wake());

  function moveTo(id: number) {
    cursor = id;
    keep(id);
  }

  /** True once it has arrived or is not wanted there; false when everything is over. */
  async function deliver(event: CloudEvent): Promise<boolean> {
    const body = JSON.stringify(event);
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      const outcome = await parts.send(requestOf(parts.subscription(), event, body, now(), signal));
      if (signal.aborted) return false;
      if (outcome.ok) {
        failingSince = undefined;
        lastError = undefined;
        lastDeliveredAt = now();
        count.delivered += 1;
        return true;
      }
      count.failed += 1;
      lastError = outcome.reason;
      const status = "status" in outcome ? outcome.status : 0;
      if (status === 410) return giveUp("gone", "the receiver answered 410 Gone");
      if (aboutTheMessage.has(status) && attempt + 1 >= refusalsOfOne) {
        count.refused += 1;
        log.warn({ event: event.id, status }, "a receiver does not want an event; the next one goes");
        return true;
      }
      failingSince ??= now();
      if (now() - failingSince >= parts.pace.giveUpMs)
        return giveUp("given-up", `three days of failures, at last: ${outcome.reason}`);
      await sleep(waitOf(attempt, outcome), signal);
    }
    return false;
  }

  async function giveUp(state: "gone" | "given-up", why: string): Promise<false> {
    // the rest of the address may be a secret
    log.warn({ host: new URL(parts.subscription().url).host, why }, "a webhook ends");
    stop.abort();
    await parts.end(state, why);
    return false;
  }

  function waitOf(attempt: number, outcome: Outcome): number {
    const { firstMs, longestMs } = parts.pace;
    const wait = Math.min(longestMs, firstMs * 2 ** Math.min(attempt, 30)) * (0.5 + parts.random() / 2);
    return "retryAfterMs" in outcome ? Math.max(wait, outcome.retryAfterMs ?? 0) : wait;
  }

  async function work(): Promise<void> {
    fresh = false;
    const page = await read({ after: cursor, limit: pageSize });
    if (signal.aborted) return;
    if (page.first > cursor + 1) {
      count.gaps += 1;
      if (!(await deliver(parts.gapOf({ from: cursor + 1, to: page.first - 1, at: now() })))) return;
      moveTo(page.first - 1);
    }
    for (const entry of page.events) {
      const event = parts.eventOf(entry);
      const wanted = event && parts.subscription().types.some((filter) => matchesType(filter, event.type));
      if (wanted && !(await deliver(event))) return;
      moveTo(entry.id);
    }
    if (page.upTo > cursor) moveTo(page.upTo);
    if (page.more || fresh || signal.aborted) return;
    idle = true;
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
    idle = false;
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      await work().catch(async (error: unknown) => {
        log.error({ error }, "a webhook cannot read the journal; it tries again");
        await sleep(parts.pace.firstMs, signal);
      });
    }
  }
  const done = run();

  return {
    /** Something was committed. */
    news() {
      fresh = true;
      wake();
    },
    cursor: () => cursor,
    status: (lastId: number) => ({
      behind: idle ? 0 : Math.max(0, lastId - cursor),
      ...(failingSince === undefined ? {} : { failingSince }),
      ...(lastDeliveredAt === undefined ? {} : { lastDeliveredAt }),
      ...(lastError === undefined ? {} : { lastError }),
      ...count,
    }),
    async close() {
      stop.abort();
      await done;
    },
  };
}

/** The headers of Standard Webhooks; the time is that of this try, the id that of the event. */
export function requestOf(
  subscription: Subscription,
  event: CloudEvent,
  body: string,
  nowMs: number,
  signal: AbortSignal,
) {
  const timestampS = Math.floor(nowMs / 1000);
  const secrets = subscription.secrets.filter(({ until }) => until === undefined || until > nowMs);
  const signature = signaturesOf(
    secrets.map(({ secret }) => secret),
    event.id,
    timestampS,
    body,
  );
  return {
    url: subscription.url,
    plainHttp: subscription.plainHttp ?? false,
    body,
    signal,
    headers: {
      "content-type": cloudEventContentType,
      "user-agent": "Vitrine",
      "webhook-id": event.id,
      "webhook-timestamp": String(timestampS),
      "webhook-signature": signature,
    },
  };
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    timer.unref();
    signal.addEventListener("abort", end, { once: true });
  });
}
