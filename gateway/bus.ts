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
  const byType = new Map<string, Listener[]>();
  const any: Listener[] = [];

  function run(listeners: Listener[], { event, id }: JournalEntry) {
    for (const listener of listeners) {
      try {
        listener(event, id);
      } catch (error) {
        log.error({ error, event: event.type, journalId: id }, "an effect failed; the others go on");
      }
    }
  }
  function add(list: Listener[], listener: Listener) {
    list.push(listener);
    return () => {
      const index = list.indexOf(listener);
      if (index >= 0) list.splice(index, 1);
    };
  }
  return {
    on(type, effect) {
      const list = byType.get(type) ?? [];
      byType.set(type, list);
      return add(list, effect as Listener);
    },
    onAny: (effect) => add(any, effect),
    emit(entry) {
      const list = byType.get(entry.event.type);
      if (list) run(list, entry);
      run(any, entry);
    },
  };
}
