import type { DomainEvent, EventOf, JournalEntry } from "./events.ts";
import type { Log } from "./log.ts";

type Listener = (event: DomainEvent, id: number) => void;

/** Committed events, to every effect in the order subscribed. Synchronous; a listener that throws is logged and skipped. */
export type Bus = {
  on<T extends DomainEvent["type"]>(type: T, effect: (event: EventOf<T>, id: number) => void): () => void;
  onAny(effect: (event: DomainEvent, id: number) => void): () => void;
  emit(entry: JournalEntry): void;
};

export function createBus(log: Log): Bus {
  let subscriptions: { type: string | undefined; listener: Listener }[] = [];
  /** Per type, made on first use; there are as many as there are kinds of event. */
  const routes = new Map<string, Listener[]>();

  function subscribe(type: string | undefined, listener: Listener) {
    const subscription = { type, listener };
    subscriptions.push(subscription);
    routes.clear();
    return () => {
      subscriptions = subscriptions.filter((candidate) => candidate !== subscription);
      routes.clear();
    };
  }

  function routeOf(type: string): Listener[] {
    const known = routes.get(type);
    if (known) return known;
    const route = subscriptions.filter((one) => one.type === undefined || one.type === type).map((one) => one.listener);
    routes.set(type, route);
    return route;
  }

  return {
    on: (type, effect) => subscribe(type, effect as Listener),
    onAny: (effect) => subscribe(undefined, effect),
    emit({ event, id }) {
      for (const listener of routeOf(event.type)) {
        try {
          listener(event, id);
        } catch (error) {
          log.error({ error, event: event.type, journalId: id }, "an effect failed; the others go on");
        }
      }
    },
  };
}
