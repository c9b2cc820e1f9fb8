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
  const startedAt = lastId();
  /** entity -> journal id of its last change. Bounded by the entities that exist; alerts leave with the oldest. */
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
      if (changedAt.size > entitiesKept) changedAt.delete(changedAt.keys().next().value ?? "");
      const message = messageOf(change);
      if (message) for (const send of subscribers) send(message);
    }
  }

  return {
    /** From the bus: an event is on disk. */
    changed(event: DomainEvent, id: number) {
      for (const [name, keys] of Object.entries(changedBy(event)) as [keyof StreamEvents, Set<string>][]) {
        for (const key of keys) touch(name, key, id);
      }
    },
    /** Something that is no event of the journal: the video worker's progress, viewers of a mirror. */
    touched: (event: "media" | "mirror" | "device" | "stock", key: string) => touch(event, key, lastId()),

    lastJournalId: lastId,
    subscribe(send: (message: LiveMessage) => void): () => void {
      subscribers.add(send);
      return () => void subscribers.delete(send);
    },
    /** undefined: before this process started, so that everything must be sent. */
    since(id: number): LiveMessage[] | undefined {
      if (id < startedAt || id > lastId()) return undefined;
      return [...changedAt.values()]
        .filter((change) => change.id > id)
        .sort((a, b) => a.id - b.id)
        .flatMap((change) => messageOf(change) ?? []);
    },
  };
}

export type Live = ReturnType<typeof createLive>;
