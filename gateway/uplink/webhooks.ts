import { randomBytes } from "node:crypto";
import { isTypeFilter } from "#wire/cloud-event.ts";
import type { DomainEvent, JournalEntry } from "../events.ts";
import type { Log } from "../log.ts";
import { type AddressRules, judgeAddress, judgeUrl } from "./addresses.ts";
import { type Courier, createCourier, type Pace, type Page, requestOf, pace as usualPace } from "./courier.ts";
import { type About, gapEvent, publicEventOf, testEvent, toldTypes } from "./public-events.ts";
import { createSender } from "./send.ts";
import { isSecret, newSecret } from "./signature.ts";
import type { KeptSubscriptions, Subscription } from "./subscriptions.ts";

/** Each holds a page of events and a connection. */
const maxSubscriptions = 20;
/** A receiver has so long to learn the new secret. */
const bothSecretsMs = 24 * 3_600_000;
/** Cursors move on at least so often, although nothing that happens is public. */
const idleEntries = 1_000;

export type WebhookParts = {
  about: About;
  kept: KeptSubscriptions;
  journal: {
    readEvents(question: { after: number; limit: number; types?: readonly string[] }): Promise<Page>;
    lastId(): number;
    putFact(name: string, value: number): void;
    forgetFact(name: string): void;
  };
  /** Facts as they are on disk at the start. */
  facts: Readonly<Record<string, number>>;
  rules: AddressRules;
  now(): number;
  log: Log;
  random?: () => number;
  pace?: Pace;
};

export type NewWebhook = { url: string; types?: string[]; secret?: string; plainHttp?: boolean; by: string };
export type WebhookView = Pick<Subscription, "id" | "url" | "types" | "state" | "why" | "createdAt" | "by"> & {
  plainHttp: boolean;
  behind: number;
  delivered: number;
  refused: number;
  failed: number;
  gaps: number;
  failingSince?: number;
  lastDeliveredAt?: number;
  lastError?: string;
};
type Refused = { ok: false; reason: string };

export type Webhooks = ReturnType<typeof createWebhooks>;

/** Receivers of what happens here, each followed by a courier of its own. */
export function createWebhooks(parts: WebhookParts) {
  const { about, kept, journal, now, log } = parts;
  const sender = createSender(parts.rules);
  const couriers = new Map<string, Courier>();
  /** The file as it was last read; subscriptions are changed by this process only. */
  let known: readonly Subscription[] = [];
  let quiet = 0;
  let closed = false;
  const factOf = (id: string) => `webhook:${id}`;
  const told = new Set(toldTypes);

  async function change<R>(edit: (subscriptions: Subscription[]) => R): Promise<R> {
    const result = await kept.change((content) => edit(content.subscriptions));
    known = (await kept.current()).subscriptions;
    return result;
  }
  const find = (id: string) => known.find((one) => one.id === id);

  function follow(first: Subscription) {
    const { id } = first;
    // an older backup may know less of the journal than the file of subscriptions does
    const cursor = Math.min(Math.max(parts.facts[factOf(id)] ?? 0, first.from), journal.lastId());
    couriers.set(
      id,
      createCourier({
        ...{ cursor, now, log, send: sender.send, pace: parts.pace ?? usualPace, random: parts.random ?? Math.random },
        subscription: () => find(id) ?? first,
        read: ({ after, limit }) => journal.readEvents({ after, limit, types: toldTypes }),
        eventOf: (entry: JournalEntry) => publicEventOf(entry, about),
        gapOf: (gap) => gapEvent(gap, about),
        keep: (at) => journal.putFact(factOf(id), at),
        end: (state, why) => settle(id, { state, why }),
      }),
    );
  }

  const settle = (id: string, { state, why }: { state: Subscription["state"]; why?: string }) =>
    change((all) => {
      const one = all.find((candidate) => candidate.id === id);
      if (!one) return;
      one.state = state;
      if (why === undefined) delete one.why;
      else one.why = why.slice(0, 200);
    });

  function viewOf(one: Subscription): WebhookView {
    const { id, url, types, state, why, createdAt, by } = one;
    const idle = { behind: 0, delivered: 0, refused: 0, failed: 0, gaps: 0 };
    const status = couriers.get(id)?.status(journal.lastId()) ?? idle;
    return {
      ...{ id, url, types, state, createdAt, by, plainHttp: one.plainHttp ?? false },
      ...(why === undefined ? {} : { why }),
      ...status,
    };
  }

  async function add({
    url: text,
    types = ["*"],
    secret = newSecret(),
    plainHttp = false,
    by,
  }: NewWebhook): Promise<{ ok: true; webhook: WebhookView; secret: string } | Refused> {
    const judged = judgeUrl(text, plainHttp);
    if (!judged.ok) return judged;
    const refused = whyNot(judged.url, parts.rules);
    if (refused !== undefined) return no(refused);
    const unknown = types.find((filter) => !isTypeFilter(filter));
    if (unknown !== undefined) return no(`No event has the type ${unknown}.`);
    if (!isSecret(secret)) return no("A secret is whsec_ and the base64 of 24 to 64 bytes.");
    const made: Subscription = {
      ...{ id: randomBytes(9).toString("base64url"), url: judged.url.href, types, secrets: [{ secret }] },
      ...{ state: "active", from: journal.lastId(), createdAt: now(), by },
      ...(plainHttp ? { plainHttp } : {}),
    };
    const full = await change((all) => {
      if (all.length >= maxSubscriptions) return true;
      all.push(made);
      return false;
    });
    if (full) return no(`There are ${maxSubscriptions} webhooks already.`);
    follow(made);
    return { ok: true, webhook: viewOf(made), secret };
  }

  return {
    async start() {
      const content = await kept.current().catch((error: unknown) => {
        // the shop opens all the same; what it did is told once the file is mended
        log.error({ error }, "nobody outside is told anything: the webhooks cannot be read");
        return undefined;
      });
      known = content?.subscriptions ?? [];
      for (const one of known) if (one.state === "active") follow(one);
    },

    /** Called for every committed event: costs nothing where nobody listens. */
    committed(event: DomainEvent) {
      if (couriers.size === 0) return;
      quiet += 1;
      if (!told.has(event.type) && quiet < idleEntries) return;
      quiet = 0;
      for (const courier of couriers.values()) courier.news();
    },

    list: () => known.map(viewOf),
    add,

    /** False where there is none. */
    async remove(id: string): Promise<boolean> {
      const removed = await change((all) => {
        const at = all.findIndex((one) => one.id === id);
        if (at >= 0) all.splice(at, 1);
        return at >= 0;
      });
      const courier = couriers.get(id);
      couriers.delete(id);
      await courier?.close();
      if (removed) journal.forgetFact(factOf(id));
      return removed;
    },

    /** A new secret. The one before it signs as well for a day; undefined: there is no such webhook. */
    async rotate(id: string): Promise<string | undefined> {
      const secret = newSecret();
      const until = now() + bothSecretsMs;
      return change((all) => {
        const one = all.find((candidate) => candidate.id === id);
        if (!one) return undefined;
        const [before] = one.secrets;
        one.secrets = [{ secret }, ...(before ? [{ secret: before.secret, until }] : [])];
        return secret;
      });
    },

    /** Sends one event now, past the queue. Where it arrives, a webhook that had ended begins again where it stopped. */
    async test(id: string) {
      const one = find(id);
      if (!one) return undefined;
      const event = testEvent(randomBytes(6).toString("hex"), now(), about);
      const signal = new AbortController().signal;
      const outcome = await sender.send(requestOf(one, event, JSON.stringify(event), now(), signal));
      if (!outcome.ok || one.state === "active") return outcome;
      // while it was asked it may have been removed, or begun again by another test
      const begins = await change((all) => {
        const same = all.find((candidate) => candidate.id === id);
        if (!same || same.state === "active" || closed) return false;
        same.state = "active";
        delete same.why;
        return true;
      });
      if (begins) follow({ ...one, state: "active", from: Math.max(one.from, couriers.get(id)?.cursor() ?? 0) });
      return outcome;
    },

    counters() {
      const views = known.map(viewOf);
      const of = (name: string, help: string, value: (view: WebhookView) => number) =>
        views.map((view) => ({ name: `vitrine_webhook_${name}`, help, value: value(view), labels: { id: view.id } }));
      return [
        ...of("delivered_total", "events that a receiver took", ({ delivered }) => delivered),
        ...of("failed_total", "tries that failed", ({ failed }) => failed),
        ...of("refused_total", "events that a receiver did not want", ({ refused }) => refused),
        ...of("gaps_total", "times that the journal had not everything any more", ({ gaps }) => gaps),
        ...of("behind", "journal entries that a receiver has not been told of", ({ behind }) => behind),
        ...of("active", "1 while a receiver is told", ({ state }) => (state === "active" ? 1 : 0)),
      ];
    },

    async close() {
      closed = true;
      await Promise.all([...couriers.values()].map((courier) => courier.close()));
      sender.close();
    },
  };
}

/** An address in numbers can be judged at once; a name is judged each time it is connected to. */
function whyNot(url: URL, rules: AddressRules): string | undefined {
  const secure = url.protocol === "https:";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port) || (secure ? 443 : 80);
  const numbers = host === "localhost" ? "127.0.0.1" : host;
  if (!/^[0-9.]+$|:/.test(numbers)) return undefined;
  const verdict = judgeAddress(numbers, port, secure, rules);
  return verdict.ok ? undefined : verdict.reason;
}

const no = (reason: string): Refused => ({ ok: false, reason });
