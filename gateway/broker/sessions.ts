import { filterMatches, hasWildcard } from "./topic-filter.ts";

/** What a session that outlives its connection is subscribed to. Only QoS 1 and 2 are queued while it sleeps. */
export type Subscription = { clientId: string; topic: string; qos: number };

/** Beyond this many sessions that outlive their connection, the one that was away longest is forgotten. */
const sessionsLimit = 5_000;
/** Beyond this many, a session's further subscriptions are refused. */
const filtersPerSession = 100;

/** Subscriptions of persistent sessions. Exact topics by map, because a shop has thousands of phones and few wildcards. */
export function createSessions() {
  const byClient = new Map<string, Map<string, number>>();
  const exact = new Map<string, Map<string, number>>();
  const wild = new Map<string, Map<string, number>>();

  const tableOf = (filter: string) => (hasWildcard(filter) ? wild : exact);

  function add(clientId: string, filter: string, qos: number): boolean {
    const own = byClient.get(clientId) ?? new Map<string, number>();
    if (!own.has(filter) && own.size >= filtersPerSession) return false;
    own.set(filter, qos);
    byClient.set(clientId, own);
    const table = tableOf(filter);
    const clients = table.get(filter) ?? new Map<string, number>();
    clients.set(clientId, qos);
    table.set(filter, clients);
    return true;
  }

  /** A session that comes back becomes the youngest. */
  function touch(clientId: string) {
    const own = byClient.get(clientId);
    if (!own) return;
    byClient.delete(clientId);
    byClient.set(clientId, own);
  }

  /** A session without subscriptions is one too: its open QoS 2 publishes are remembered. */
  function open(clientId: string) {
    if (!byClient.has(clientId)) byClient.set(clientId, new Map());
  }

  function remove(clientId: string, filter: string) {
    byClient.get(clientId)?.delete(filter);
    const clients = tableOf(filter).get(filter);
    clients?.delete(clientId);
    if (clients?.size === 0) tableOf(filter).delete(filter);
  }

  function forget(clientId: string) {
    for (const filter of [...(byClient.get(clientId)?.keys() ?? [])]) remove(clientId, filter);
    byClient.delete(clientId);
  }

  return {
    open,
    add,
    touch,
    remove,
    forget,
    clear() {
      for (const table of [byClient, exact, wild]) table.clear();
    },
    has: (clientId: string) => byClient.has(clientId),
    qosOf: (clientId: string, filter: string) => byClient.get(clientId)?.get(filter),
    count: () => byClient.size,
    /** The session to give up when there are too many. */
    tooOld: () => (byClient.size > sessionsLimit ? byClient.keys().next().value : undefined),
    of: (clientId: string): Subscription[] =>
      [...(byClient.get(clientId) ?? [])].map(([topic, qos]) => ({ clientId, topic, qos })),

    /** Who is owed this topic at QoS > 0: one entry a session, with the highest QoS it asked for. */
    owed(topic: string): Subscription[] {
      if (byClient.size === 0) return [];
      const found = new Map<string, Subscription>();
      const take = (filter: string, clients: Map<string, number> | undefined) => {
        for (const [clientId, qos] of clients ?? []) {
          if (qos > 0 && qos > (found.get(clientId)?.qos ?? 0)) found.set(clientId, { clientId, topic: filter, qos });
        }
      };
      take(topic, exact.get(topic));
      for (const [filter, clients] of wild) if (filterMatches(filter, topic)) take(filter, clients);
      return [...found.values()];
    },

    subscribedTo: (filter: string) => [...(tableOf(filter).get(filter)?.keys() ?? [])],
  };
}

export type Sessions = ReturnType<typeof createSessions>;
