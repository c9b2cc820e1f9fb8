export type Outgoing = { topic: string; payload: string | Uint8Array; qos: 0 | 1; retain: boolean };

/** So many publishes may wait for the broker's answer; the others wait here, where a newer state replaces an older. */
const inFlightLimit = 256;
/** While the broker is away, so many messages that are not state wait; then the oldest is dropped and counted. */
const messagesLimit = 1_000;

/** The gateway's own words on their way to a broker that may be slow or away. Of a retained topic only the newest waits. */
export function createOutbox({ send }: { send(message: Outgoing, done: (error?: unknown) => void): void }) {
  /** Bounded by what the shop has: products, zones, open alerts. */
  const newest = new Map<string, Outgoing>();
  let messages: Outgoing[] = [];
  /** Retained topics that hold something now. */
  const said = new Set<string>();
  /** Topics of the last messages that are not state, the newest last: what devices of other makers are asked. */
  const asked = new Set<string>();
  let inFlight = 0;
  let open = false;
  let dropped = 0;

  function take(): Outgoing | undefined {
    const message = messages.shift();
    if (message) return message;
    const next: Outgoing | undefined = newest.values().next().value;
    if (next) newest.delete(next.topic);
    return next;
  }

  function flush() {
    while (open && inFlight < inFlightLimit) {
      const message = take();
      if (!message) return;
      inFlight++;
      send(message, (error) => {
        inFlight--;
        if (error) again(message);
        flush();
      });
    }
  }

  /** The connection went before the message was taken over: it goes again, unless something newer waits. */
  function again(message: Outgoing) {
    if (!message.retain) messages.unshift(message);
    else if (!newest.has(message.topic)) newest.set(message.topic, message);
    open = false;
  }

  function noteAsked(topic: string) {
    asked.delete(topic);
    asked.add(topic);
    const oldest = asked.values().next();
    if (asked.size > messagesLimit && !oldest.done) asked.delete(oldest.value);
  }

  return {
    publish(message: Outgoing) {
      if (message.retain) {
        if (message.payload.length > 0) said.add(message.topic);
        else said.delete(message.topic);
        newest.set(message.topic, message);
      } else {
        noteAsked(message.topic);
        messages.push(message);
        if (messages.length > messagesLimit) {
          messages = messages.slice(1);
          dropped++;
        }
      }
      flush();
    },
    /** True when this run has put something on this retained topic that still holds. */
    hasSaid: (topic: string) => said.has(topic),
    /** True when one of the last thousand messages that are not state went there. */
    hasAsked: (topic: string) => asked.has(topic),
    open() {
      open = true;
      flush();
    },
    close() {
      open = false;
    },
    isEmpty: () => newest.size === 0 && messages.length === 0 && inFlight === 0,
    stats: () => ({ waiting: newest.size + messages.length + inFlight, dropped }),
  };
}
