import type { StreamEvents } from "#wire/views.ts";
import type { DomainEvent } from "./events.ts";
import { changedBy, type Views } from "./views.ts";

export type LiveMessage = {
  [Name in keyof StreamEvents]: { id: number; event: Name; data: StreamEvents[Name] };
}[keyof StreamEvents];

/**
 * What changed, told once per commit with the newest state of each entity: a thousand readings of one
 * shelf are one message. A reader who was away gets what changed since, again only as it is now.
 */
export function createLive({ views, lastId }: { views: Views; lastId(): number }) {
  const subscribers = new Set<(message: LiveMessage) => void>();
  /** The newest event on disk. The journal itself may be further: ids it has given out can still be lost with a commit. */
  let newest = lastId();
  /** Before this id it is not known any more what changed. */
  let knownSince = newest;
  /** entity -> journal id of its last change, `entitiesKept` at the most: then the one that has been still for longest leaves. */
  const changedAt = new Map<string, { event: keyof StreamEvents; key: string; id: number }>();
  const entitiesKept = 5_000;
  const pending = new Map<string, { event: keyof StreamEvents; key: string; id: number }>();

  function touch(event: keyof StreamEvents, key: string, id: number) {
    const name = `${event}:${key}`;
    if (pending.size === 0) queueMicrotask(flush);
    pending.set(name, { event, key, id });
  }

  function messageOf({
    id,
    event,
    key,
  }: {
    id: number;
    event: keyof StreamEvents;
    key: string;
  }): LiveMessage | undefined {
    const data = views.entity(event, key);
    // views.entity pairs each name with its own type
    return data === undefined ? undefined : ({ id, event, data } as LiveMessage);
  }

  function flush() {
    const batch = [...pending];
    pending.clear();
    for (const [name, change] of batch) {
      changedAt.delete(name);
      changedAt.set(name, change);
      forgetOldest();
      const message = messageOf(change);
      if (message) for (const send of subscribers) send(message);
    }
  }

  function forgetOldest() {
    if (changedAt.size <= entitiesKept) return;
    for (const [name, { id }] of changedAt) {
      changedAt.delete(name);
      knownSince = Math.max(knownSince, id);
      return;
    }
  }

  return {
    /** From the bus: an event is on disk. */
    changed(event: DomainEvent, id: number) {
      newest = id;
      for (const [name, keys] of Object.entries(changedBy(event)) as [keyof StreamEvents, Set<string>][]) {
        for (const key of keys) touch(name, key, id);
      }
      if (event.type === "planogram-changed") for (const sku of views.planogramTouches()) touch("stock", sku, id);
    },
    /** Something that is no event of the journal: the video worker's progress, viewers of a mirror. */
    touched: (event: "media" | "mirror" | "device" | "stock" | "inbox", key: string) => touch(event, key, newest),

    lastJournalId: () => newest,
    subscribe(send: (message: LiveMessage) => void): () => void {
      subscribers.add(send);
      return () => void subscribers.delete(send);
    },
    /** undefined: what changed since then is not known, or something has gone altogether; everything must be sent. */
    since(id: number): LiveMessage[] | undefined {
      if (id < knownSince || id > newest) return undefined;
      const messages: LiveMessage[] = [];
      for (const change of changedAt.values()) {
        if (change.id <= id) continue;
        const message = messageOf(change);
        if (!message) return undefined;
        messages.push(message);
      }
      return messages.sort((a, b) => a.id - b.id);
    },
  };
}

export type Live = ReturnType<typeof createLive>;
