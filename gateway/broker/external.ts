import { setTimeout as wait } from "node:timers/promises";
import type { IPublishPacket, MqttClient } from "mqtt";
import { createTopicSet } from "#wire/topic-filters.ts";
import type { Log } from "../log.ts";
import type { Message } from "./embedded.ts";
import { createHeldAcks } from "./held-acks.ts";
import { createOutbox, type Outgoing } from "./outbox.ts";
import { filterMatches } from "./topic-filter.ts";

export type ExternalBrokerOptions = {
  log: Log;
  /** mqtt://host:port or mqtts://host:port, any broker that speaks MQTT 3.1.1. */
  url: string;
  username?: string;
  password?: string;
  /** The same at every start: the broker keeps what devices say while the gateway is away. */
  clientId: string;
  /** What devices publish on. */
  filters: string[];
  /** Retained topics that only this gateway writes. What a former run left there and nobody says any more is cleared. */
  ownFilters: string[];
  /** What else to hear, so that a payload nobody can read is seen at all. The gateway's own words are not heard. */
  listen?: string[];
  /** What the gateway says, and others in its name; never taken for a device's word. */
  notInput?: string[];
  /** A retained topic that says whether the gateway is there; the broker says "offline" when the gateway cannot. */
  presence?: string;
  store: {
    whenCommitted(batch: number, done: (error?: Error) => void): void;
    isBehind(): boolean;
  };
  /** Decides what a message means. The batch that its acknowledgement must wait for, or 0. */
  accept(message: Message): number;
  /** The connection stands, for the first time or again; what was said meanwhile was heard by nobody. */
  connected?(): void;
  /** Waiting time before a new attempt: doubles from `first` to `most`. */
  retryMs?: { first: number; most: number };
};

/** So many acknowledgements may wait for the disk; then reading stops until a commit. The broker's own limit is mostly smaller. */
const heldLimit = 5_000;
/** A connection that held this long ends the back-off. */
const steadyAfterMs = 10_000;
/** How long retained messages of a former run may take to arrive. */
const sweepMs = 5_000;
/** How long close() waits for the last acknowledgements and publishes. */
const drainMs = 2_000;
const keepaliveSeconds = 30;

/**
 * The gateway as client of Mosquitto, EMQX, NATS or any other 3.1.1 broker (decision 006): a persistent session, QoS 1, and
 * a PUBACK only after the commit of what the message caused, in order of arrival.
 */
export function createExternalBroker(options: ExternalBrokerOptions) {
  const { log, store, url, presence } = options;
  const retryMs = options.retryMs ?? { first: 500, most: 30_000 };
  const from = new URL(url).host;
  /** What adopted devices publish on that no format knows; as many as there are devices. */
  const wished = new Set<string>(options.listen);
  let asked = createTopicSet([...options.filters, ...wished]);
  const notInput = createTopicSet(options.notInput ?? []);
  const counters = { messages: 0, redelivered: 0, connections: 0, lostCommits: 0 };
  let client: MqttClient | undefined;
  let stopping = false;
  let closed = false;
  let swept = false;
  let subscribed = false;
  let away = { since: true, reason: "not connected yet", told: false };
  /** Rises with every connection that ends, so that nothing of a former one is acknowledged on a new one. */
  let connection = 0;
  /** No message of this connection counts any more: a commit was lost and the broker must send it all again. */
  let lostConnection = -1;
  /**
   * A no-op waits behind its predecessors, those of former connections too: a redelivered reading changes nothing only
   * because the first delivery was decided, which may not be on disk yet.
   */
  let newestBatch = 0;
  /** The message whose PUBACK mqtt.js is about to send. */
  let acknowledging = { connection: -1, batch: 0 };

  const held = createHeldAcks<() => void>({
    whenCommitted: store.whenCommitted,
    send(acks) {
      const stream = client?.stream;
      stream?.cork();
      for (const send of acks) send();
      stream?.uncork();
    },
    lost(error) {
      newestBatch = 0;
      if (lostConnection === connection) return;
      counters.lostCommits++;
      lostConnection = connection;
      log.warn({ reason: error.message }, "connecting to the broker anew, so that it sends again what was not saved");
      client?.stream.destroy();
    },
  });

  const outbox = createOutbox({
    send({ topic, payload, qos, retain }: Outgoing, done) {
      client?.publish(topic, typeof payload === "string" ? payload : Buffer.from(payload), { qos, retain }, done);
    },
  });

  /** mqtt.js calls this for one message after the other and goes on when `done` is called; its PUBACK is sent inside `done`. */
  function handleMessage(packet: IPublishPacket, done: () => void) {
    const go = (batch: number) => {
      acknowledging = { connection: counts ? connection : -1, batch };
      done();
    };
    const counts = !stopping && connection !== lostConnection;
    const arrivedOn = connection;
    if (!counts) return go(0);
    if (options.ownFilters.some((filter) => filterMatches(filter, packet.topic))) {
      sweep(packet);
      return go(0);
    }
    if (!isInput(packet.topic)) return go(0);
    counters.messages++;
    if (packet.dup) counters.redelivered++;
    const batch = options.accept({
      topic: packet.topic,
      payload: typeof packet.payload === "string" ? Buffer.from(packet.payload) : packet.payload,
      client: from,
      qos: packet.qos,
      retain: packet.retain,
    });
    newestBatch = Math.max(newestBatch, batch);
    const need = newestBatch;
    if (held.count() < heldLimit && !store.isBehind()) return go(need);
    // reading stops here; the broker and the socket hold back what comes
    store.whenCommitted(need, () => {
      if (arrivedOn === connection) go(need);
      else done();
    });
  }

  /** False for our own words, which a wide filter brings back, and for what the broker's session remembers of a former wish. */
  const isInput = (topic: string) => asked.has(topic) && !notInput.has(topic) && !outbox.hasAsked(topic);

  /** mqtt.js hands every packet it sends to this (private) method; PUBACKs wait here while it reads on (5.16, see external.test.ts). */
  function holdPubacks(to: MqttClient) {
    const sender = to as unknown as {
      _sendPacket(packet: { cmd: string }, done?: () => void, ...rest: unknown[]): void;
    };
    const send = sender._sendPacket.bind(to);
    sender._sendPacket = (packet, done, ...rest) => {
      if (packet.cmd !== "puback") return send(packet, done, ...rest);
      if (acknowledging.connection === connection) held.hold(() => send(packet), acknowledging.batch);
      done?.();
    };
  }

  /** Something retained from before: cleared when this run does not say it. */
  function sweep({ topic, payload, retain }: IPublishPacket) {
    if (retain && payload.length > 0 && !outbox.hasSaid(topic)) {
      outbox.publish({ topic, payload: "", qos: 1, retain: true });
    }
  }

  function onConnect(to: MqttClient) {
    counters.connections++;
    if (away.told || counters.connections === 1) log.info({ broker: from }, "connected to the broker");
    away = { since: false, reason: "", told: false };
    const arrivedOn = connection;
    setTimeout(() => {
      if (arrivedOn === connection) to.options.reconnectPeriod = retryMs.first;
    }, steadyAfterMs).unref();
    to.subscribe([...options.filters, ...wished], { qos: 1 }, (error, granted) => {
      if (arrivedOn !== connection) return;
      subscribed = true;
      const refused = granted?.filter(({ qos }) => qos === 128).map(({ topic }) => topic) ?? [];
      if (refused.length > 0) {
        log.error({ refused }, "the broker does not let the gateway read these topics: check its access list");
      } else if (error) log.warn({ reason: error.message }, "could not subscribe");
    });
    if (presence !== undefined) outbox.publish({ topic: presence, payload: "online", qos: 1, retain: true });
    outbox.open();
    options.connected?.();
    if (!swept) startSweep(to);
  }

  function startSweep(to: MqttClient) {
    to.subscribe(options.ownFilters, { qos: 0 }, (error) => {
      if (error) return;
      setTimeout(() => {
        if (closed || !to.connected) return;
        swept = true;
        to.unsubscribe(options.ownFilters);
      }, sweepMs).unref();
    });
  }

  function onClose(to: MqttClient) {
    connection++;
    subscribed = false;
    held.drop();
    outbox.close();
    if (stopping) return;
    // mqtt.js has set its timer already; this is for the attempt after it
    const period = to.options.reconnectPeriod ?? retryMs.first;
    to.options.reconnectPeriod = Math.min(retryMs.most, period * 2);
    if (away.told) return;
    log.warn(
      { broker: from, reason: away.reason || "it closed the connection" },
      "no connection to the broker; trying again until there is one",
    );
    away = { ...away, since: true, told: true };
  }

  return {
    /** Further topics to hear, now and after every reconnection. */
    listenTo(filters: string[]) {
      const added = filters.filter((filter) => !wished.has(filter) && !options.filters.includes(filter));
      for (const filter of added) wished.add(filter);
      asked = createTopicSet([...options.filters, ...wished]);
      if (added.length === 0 || !subscribed) return;
      client?.subscribe(added, { qos: 1 }, (error) => {
        if (error) log.warn({ reason: error.message, filters: added }, "could not subscribe");
      });
    },

    /** Returns before the connection stands: a shop whose broker is away has pages all the same. Call it once everything retained was said. */
    async start() {
      // loaded here because most shops use the built-in broker
      const { connect } = await import("mqtt");
      if (closed) return;
      const { username, password, clientId } = options;
      const started = connect(url, {
        clientId,
        clean: false,
        protocolVersion: 4,
        keepalive: keepaliveSeconds,
        resubscribe: false,
        reconnectPeriod: retryMs.first,
        reconnectOnConnackError: true,
        ...(username === undefined ? {} : { username }),
        ...(password === undefined ? {} : { password }),
        ...(presence === undefined
          ? {}
          : { will: { topic: presence, payload: Buffer.from("offline"), qos: 1 as const, retain: true } }),
      });
      client = started;
      holdPubacks(started);
      started.handleMessage = handleMessage;
      started.on("connect", () => onConnect(started));
      started.on("close", () => onClose(started));
      started.on("error", (error) => {
        if (!away.told) away = { ...away, reason: error.message };
        log.debug({ broker: from, reason: error.message }, "MQTT error");
      });
    },

    publish(
      topic: string,
      payload: string | Uint8Array,
      { qos = 0, retain = false }: { qos?: 0 | 1; retain?: boolean } = {},
    ) {
      if (!closed) outbox.publish({ topic, payload, qos, retain });
    },

    /** True once the broker has taken the subscriptions of this connection: from then on it keeps what devices say. */
    isConnected: () => subscribed,
    stats: () => ({ ...counters, held: held.count(), ...outbox.stats() }),

    /** Acknowledges and says what is left, for a short while, and leaves; the broker keeps the session. */
    async close() {
      if (closed) return;
      stopping = true;
      closed = true;
      if (!client) return;
      const until = performance.now() + drainMs;
      const busy = () => held.count() > 0 || !outbox.isEmpty();
      while (client.connected && busy() && performance.now() < until) await wait(10);
      await client.endAsync(!client.connected || busy());
    },
  };
}

export type ExternalBroker = ReturnType<typeof createExternalBroker>;
