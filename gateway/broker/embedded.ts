import type { IncomingMessage } from "node:http";
import { createServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Aedes, type AuthErrorCode, type AuthenticateError, type Client, type Subscription } from "aedes";
import type { Log } from "../log.ts";
import { createArrivals } from "./arrivals.ts";
import { createDeliveries } from "./deliveries.ts";
import { createDistribution } from "./distribution.ts";
import { createLoudness } from "./loudness.ts";
import { createNewcomers, maxSilent } from "./newcomers.ts";
import { packWrites } from "./packed-writes.ts";
import { type PublishRate, readPackets } from "./packet-reader.ts";
import { type BrokerOp, type BrokerState, type BrokerStore, createPersistence, sessionMarker } from "./persistence.ts";
import { addressOf, createTroubles } from "./troubles.ts";
import { createWebSockets } from "./web-sockets.ts";

/** One message from a device, as the broker passes it on. It judges nothing. */
export type Message = { topic: string; payload: Uint8Array; client: string; qos: number; retain: boolean };

/** The name and serial number of a verified client certificate. */
export type PeerCertificate = { deviceId: string; serial: string };

export type Login = {
  clientId: string;
  username?: string;
  password?: string;
  address: string;
  certificate?: PeerCertificate;
};

export type EmbeddedBrokerOptions<Identity> = {
  log: Log;
  host: string;
  /** 0 = any free port; undefined = no TCP, WebSocket only. */
  port: number | undefined;
  state: BrokerState;
  store: BrokerStore & { isBehind(): boolean };
  /** Decides what a message means and adds `ops` to the commit of its events. The batch number, or 0 when nothing is to be saved. */
  accept(message: Message, ops: BrokerOp[]): number;
  /** A packet that never became a message: too large, broken. */
  refuse(message: Message, reason: string): void;
  authenticate(login: Login): Promise<{ ok: true; identity: Identity } | { ok: false; reason: string }>;
  mayPublish(identity: Identity, topic: string): boolean;
  /** Of what it may not say: nobody's business, so that it is acknowledged and dropped; all else ends the connection. */
  mayOverhear(identity: Identity, topic: string): boolean;
  maySubscribe(identity: Identity, filter: string): boolean;
  mayReceive(identity: Identity, topic: string): boolean;
  /** How fast one connection of this identity may publish; undefined: as fast as it likes. */
  publishRate?(identity: Identity): PublishRate | undefined;
  /** At most once a second each: a client that had to be slowed down. */
  onLoud?(client: string, identity: Identity): void;
};

const maxPacketBytes = 256 * 1024;
/** Before it has said who it is, nobody gets more memory than this. */
const maxConnectBytes = 32 * 1024;
const maxClientIdLength = 128;
const maxConnections = 2_500;
const maxTopicLevels = 32;
/** Further filters of one connection are refused. */
const maxFilters = 100;
const drainTimeoutMs = 5_000;
/** How many publishes may be on their way to subscribers at once: high, because deliveries.ts has the true bound. */
const concurrency = 20_000;
/** aedes on TCP and WebSocket, with acknowledgements that wait for the disk (decision 002). */
export function createEmbeddedBroker<Identity>(options: EmbeddedBrokerOptions<Identity>) {
  const { log } = options;
  /** Errors that aedes only hands back: reported where they come from. */
  const reported = new WeakSet<Error>();
  const store: typeof options.store = {
    ...options.store,
    whenCommitted: (batch, done) =>
      options.store.whenCommitted(batch, (error) => {
        if (error) reported.add(error);
        done(error);
      }),
  };
  const troubles = createTroubles({
    log,
    maxPacketBytes,
    note: (client, reason) =>
      options.refuse({ topic: "", payload: new Uint8Array(), client, qos: 0, retain: false }, reason),
    isReported: (error) => reported.has(error),
  });
  const identities = new WeakMap<Client, Identity>();
  const newcomers = createNewcomers();
  const readers = new WeakMap<Client, ReturnType<typeof readPackets>>();
  const certificates = new WeakMap<Client, PeerCertificate>();
  const willTopics = new WeakMap<Client, string>();
  /** Cut off by us after a failed commit: they come back, so their wills are no news. */
  const cutOff = new WeakSet<Client>();
  const persistence = createPersistence<Client>(store, options.state, {
    // aedes hands over every filter of a SUBSCRIBE, the refused ones too
    mayKeep: (client, filter) => deliveries.filtersOf(client).has(filter),
    retainRefused: troubles.retainRefused,
  });
  const deliveries = createDeliveries({
    sessions: persistence,
    brokerId: () => aedes.id,
    mayReceive: (client, topic) => {
      const identity = identities.get(client);
      return identity !== undefined && options.mayReceive(identity, topic);
    },
    tooSlow: troubles.dropSlow,
  });
  const loudness = createLoudness<Identity>({ log, loud: (client, identity) => options.onLoud?.(client, identity) });
  /** Bounded by maxConnections. */
  const connected = new Map<string, Client>();
  const counters = {
    connections: 0,
    refusedLogins: 0,
    refusedSubscriptions: 0,
  };

  const aedes = new Aedes({
    persistence,
    concurrency,
    drainTimeout: drainTimeoutMs,
    connectTimeout: 10_000,
    heartbeatInterval: 60_000,
    maxClientsIdLength: maxClientIdLength,
    maxTopicLevels,
    queueLimit: 100,
    preConnect: (client, packet, done) => {
      newcomers.spoke(client);
      // [MQTT-3.1.3-8]: aedes would invent an id for a session nobody could ever resume
      if (packet.clientId === "" && packet.clean === false)
        return refuseIdentifier(client, "an empty client id needs a clean session", done);
      if (packet.clientId.length > maxClientIdLength)
        return refuseIdentifier(client, `a client id of more than ${maxClientIdLength} characters`, done);
      if (packet.will) willTopics.set(client, packet.will.topic);
      done(null, true);
    },
    authenticate: (client, username, password, done) => void login(client, username, password?.toString(), done),
    authorizePublish: (client, packet, done) => arrivals.authorize(client, packet, done),
    authorizeSubscribe: (client, subscription, done) =>
      // null answers 0x80 and keeps the connection [MQTT-3.9.3]. To aedes every filter wishes for QoS 2, so that it
      // never lowers a message on its own; what was granted is what was asked for, and deliveries.ts keeps to it
      done(null, mayHear(client, subscription) ? { ...subscription, qos: 2 } : null),
    authorizeForward: (client, packet) => deliveries.forward(client, packet),
  });

  function mayHear(client: Client, { topic: filter, qos }: Subscription): boolean {
    if (filter === sessionMarker) return false;
    const filters = deliveries.filtersOf(client);
    const identity = identities.get(client);
    const allowed = identity !== undefined && options.maySubscribe(identity, filter);
    if (allowed && (filters.size < maxFilters || filters.has(filter))) {
      filters.set(filter, qos);
      return true;
    }
    // of a kept session, granted once to somebody who had the right to it
    if (!deliveries.hasConnected(client)) persistence.removeSubscriptions(client, [filter]).catch(() => {});
    counters.refusedSubscriptions++;
    const reason = allowed ? `more than ${maxFilters} filters` : "not this client's topic";
    log.warn({ client: client.id, filter, reason }, "subscription refused");
    return false;
  }

  function refuseIdentifier(client: Client, reason: string, done: (error: Error | null, success: boolean) => void) {
    client.conn.write(Buffer.from([0x20, 0x02, 0x00, 0x02]));
    done(new Error(reason), false);
  }

  async function login(
    client: Client,
    username: string | undefined,
    password: string | undefined,
    done: (error: AuthenticateError | null, success: boolean | null) => void,
  ) {
    const certificate = certificates.get(client);
    const result = await options.authenticate({
      clientId: client.id,
      address: addressOf(client),
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(certificate === undefined ? {} : { certificate }),
    });
    const will = willTopics.get(client);
    if (result.ok && (will === undefined || options.mayPublish(result.identity, will))) {
      identities.set(client, result.identity);
      return done(null, true);
    }
    // a will is a publish that comes later: whoever may not say it is not let in with it
    const reason = result.ok ? `its will speaks on ${will}, which is not its topic` : result.reason;
    counters.refusedLogins++;
    log.warn({ client: client.id, username, address: addressOf(client), reason }, "MQTT login refused");
    const returnCode: AuthErrorCode.BAD_USERNAME_OR_PASSWORD | AuthErrorCode.NOT_AUTHORIZED = result.ok ? 5 : 4;
    const error = Object.assign(new Error(reason), { returnCode });
    reported.add(error);
    done(error, false);
  }

  function handle(stream: Socket | Duplex, request?: IncomingMessage): Client {
    counters.connections++;
    packWrites(stream);
    const client = aedes.handle(stream, request);
    newcomers.add(client);
    deliveries.adopt(client);
    const reader = readPackets(client, {
      limits: { packet: maxPacketBytes, connect: maxConnectBytes },
      tooLarge: (bytes) => troubles.tooLarge(client, `a packet of ${bytes} bytes`),
      publish: (packet) => arrivals.take(client, packet),
      rate: () => {
        const identity = identities.get(client);
        return identity === undefined ? undefined : options.publishRate?.(identity);
      },
      throttled: () => {
        const identity = identities.get(client);
        if (identity !== undefined) loudness.paused(client.id, identity);
      },
    });
    readers.set(client, reader);
    return client;
  }

  const distribution = createDistribution({
    ...{ aedes, persistence, deliver: deliveries.deliver },
    // aedes keeps what the others are owed in order
    isPlain: (client) => client.clean,
  });

  const arrivals = createArrivals<Identity>({
    ...{ ...options, store, persistence, troubles, maxTopicLevels },
    identityOf: (client) => identities.get(client),
    isOver: (client) => closed || (client !== null && cutOff.has(client)),
    judged: (client, payloadBytes) => readers.get(client)?.judged(payloadBytes),
    mustDrain: deliveries.mustDrain,
    distribute: distribution.publish,
  });

  aedes.on("client", (client) => void connected.set(client.id, client));
  aedes.on("clientDisconnect", (client) => {
    if (connected.get(client.id) === client) connected.delete(client.id);
    for (const filter of deliveries.filtersOf(client).keys()) distribution.unsubscribed(client, filter);
  });
  aedes.on("subscribe", (subscriptions, client) => {
    const filters = deliveries.filtersOf(client);
    for (const { topic } of subscriptions) if (filters.has(topic)) distribution.subscribed(client, topic);
  });
  aedes.on("unsubscribe", (filters, client) => {
    for (const filter of filters) {
      deliveries.filtersOf(client).delete(filter);
      distribution.unsubscribed(client, filter);
    }
  });
  aedes.on("connackSent", ({ returnCode }, client) => {
    if (returnCode !== 0) return;
    for (const filter of deliveries.filtersOf(client).keys()) distribution.subscribed(client, filter);
    deliveries.connackSent(client);
  });
  aedes.on("clientError", troubles.ended);
  aedes.on("connectionError", troubles.ended);

  const tcp = createServer({ noDelay: true }, handle);
  tcp.maxConnections = maxConnections + maxSilent;
  const webSockets = createWebSockets({ maxPacketBytes, maxConnections, handle, tooLarge: troubles.tooLarge });
  let closed = false;

  return {
    async start(): Promise<{ port: number }> {
      await aedes.listen();
      if (options.port === undefined) return { port: 0 };
      await new Promise<void>((resolve, reject) => {
        tcp.once("error", reject);
        tcp.listen(options.port, options.host, resolve);
      });
      const address = tcp.address();
      return { port: typeof address === "object" && address ? address.port : 0 };
    },

    attach: webSockets.attach,

    /** The gateway's own words. Retained ones are made again at every start, so they need no row of their own. */
    publish(
      topic: string,
      payload: string | Uint8Array,
      { qos = 0, retain = false }: { qos?: 0 | 1; retain?: boolean } = {},
    ) {
      const bytes = typeof payload === "string" ? Buffer.from(payload) : Buffer.from(payload);
      distribution.publish({ cmd: "publish", topic, payload: bytes, qos, retain, dup: false }, ({ message }) => {
        log.warn({ topic, reason: message }, "could not publish");
      });
    },

    /** Takes a connection that somebody else accepted (TLS), with the client certificate it proved, if any. */
    adopt(stream: Socket, certificate?: PeerCertificate) {
      if (closed || aedes.connectedClients >= maxConnections) return void stream.destroy();
      const client = handle(stream);
      if (certificate) certificates.set(client, certificate);
    },

    /** Everybody who is connected now. */
    identities: (): Identity[] => [...connected.values()].flatMap((client) => identities.get(client) ?? []),

    /** Ends the connections of an identity that is one of `identities()`; its sessions are kept. */
    disconnect(identity: Identity) {
      for (const client of connected.values()) if (identities.get(client) === identity) client.conn.destroy();
    },

    /** Ends a client's connection and everything kept for it. */
    forget(clientId: string) {
      persistence.forget(clientId);
      connected.get(clientId)?.close();
    },

    /** A commit failed: sessions and queues are what the disk says. Whoever has one comes again and finds it so. */
    reload(state: BrokerState) {
      for (const client of connected.values()) {
        if (client.clean) continue;
        cutOff.add(client);
        client.close();
      }
      persistence.reload(state);
    },

    stats: () => ({
      ...counters,
      ...arrivals.counts(),
      ...troubles.counts(),
      ...deliveries.counts(),
      clients: aedes.connectedClients,
      throttled: loudness.total(),
      silent: newcomers.count(),
      ...persistence.stats(),
    }),

    async close() {
      if (closed) return;
      closed = true;
      loudness.close();
      webSockets.close();
      const stopped =
        options.port === undefined ? Promise.resolve() : new Promise<void>((resolve) => tcp.close(() => resolve()));
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      await stopped;
    },
  };
}

export type EmbeddedBroker = ReturnType<typeof createEmbeddedBroker>;
