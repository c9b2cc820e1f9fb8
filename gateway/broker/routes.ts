import { filterMatches, hasWildcard } from "./topic-filter.ts";

/** So many topics are remembered with their subscribers; then all are looked up anew. */
const topicsKept = 10_000;

/** Which of the connected subscribers a topic goes to, each once. Looked up once a topic, until somebody's filters change. */
export function createRoutes<Subscriber>() {
  const exact = new Map<string, Set<Subscriber>>();
  const wild = new Map<string, Set<Subscriber>>();
  const known = new Map<string, readonly Subscriber[]>();

  function find(topic: string): readonly Subscriber[] {
    const found = new Set(exact.get(topic));
    for (const [filter, subscribers] of wild) {
      if (filterMatches(filter, topic)) for (const subscriber of subscribers) found.add(subscriber);
    }
    const route = [...found];
    if (known.size >= topicsKept) known.clear();
    known.set(topic, route);
    return route;
  }

  /** Of a filter without wildcards only its own topic is looked up anew: phones come and go by the hundred. */
  function forgetRoutes(filter: string) {
    if (hasWildcard(filter)) known.clear();
    else known.delete(filter);
  }

  return {
    add(subscriber: Subscriber, filter: string) {
      const table = hasWildcard(filter) ? wild : exact;
      const subscribers = table.get(filter) ?? new Set<Subscriber>();
      table.set(filter, subscribers.add(subscriber));
      forgetRoutes(filter);
    },
    remove(subscriber: Subscriber, filter: string) {
      const table = hasWildcard(filter) ? wild : exact;
      const subscribers = table.get(filter);
      if (!subscribers?.delete(subscriber)) return;
      if (subscribers.size === 0) table.delete(filter);
      forgetRoutes(filter);
    },
    of: (topic: string) => known.get(topic) ?? find(topic),
  };
}
