import type { Server as HttpServer, IncomingMessage } from "node:http";
import { createServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Aedes, type AuthErrorCode, type AuthenticateError, type Client, type PublishPacket } from "aedes";
import { createWebSocketStream, WebSocketServer } from "ws";
import type { Log } from "../log.ts";
import type { BrokerPacket } from "./outgoing.ts";
import { packWrites } from "./packed-writes.ts";
import { limitPackets, packetTooLarge } from "./packet-limit.ts";
import { type BrokerOp, type BrokerState, type BrokerStore, createPersistence } from "./persistence.ts";
import { readQuickly } from "./quick-packets.ts";

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
  maySubscribe(identity: Identity, filter: string): boolean;
  mayReceive(identity: Identity, topic: string): boolean;
};

const maxPacketBytes = 256 * 1024;
const maxConnections = 2_500;
const maxTopicLevels = 32;
/** Further filters of one connection are refused. */
const maxFilters = 100;
/** A subscriber that lets this much pile up in its socket is disconnected; its session keeps what it is owed. */
const maxUnsentBytes = 1024 * 1024;
const drainTimeoutMs = 5_000;
/** How many publishes may be on their way to subscribers at once: high, because maxUnsentBytes is the true bound. */
const concurrency = 20_000;
const notAllowed = "not allowed to publish here";
const tooSlow = "subscriber reads too slowly";
/** Reasons for which a connection ends that say nothing about its packets: aedes' own words, then ours. */
const ordinaryEnds = new Set([
  "keep alive timeout",
  "drain timeout",
  "connection closed",
  "connect did not arrive in time",
  "bad user name or password",
  "not authorized",
  notAllowed,
  tooSlow,
  packetTooLarge,
]);

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
  const identities = new WeakMap<Client, Identity>();
  const granted = new WeakMap<Client, Set<string>>();
  const oversized = new WeakSet<Client>();
  const certificates = new WeakMap<Client, PeerCertificate>();
  const willTopics = new WeakMap<Client, string>();
  const persistence = createPersistence<Client>(store, options.state, {
    // aedes hands over every filter of a SUBSCRIBE, the refused ones too
    mayKeep: (client, filter) => granted.get(client)?.has(filter) ?? false,
  });
  /**
   * Client id -> the newest batch its acknowledgements depend on, until it is on disk: a no-op waits behind its
   * predecessors, those of a former connection too, because what comes once more is a no-op only thanks to them.
   */
  const pendingBatch = new Map<string, number>();
  /** QoS 2 publishes that wait for the disk, by client and packet id: the same one again is not judged again. */
  const arriving = new Map<string, number>();
  /** Bounded by maxConnections. */
  const connected = new Map<string, Client>();
  const counters = {
    connections: 0,
    refusedLogins: 0,
    refusedPublishes: 0,
    refusedSubscriptions: 0,
    slowSubscribers: 0,
    oversized: 0,
    broken: 0,
    messages: 0,
  };

  const aedes = new Aedes({
    persistence,
    concurrency,
    drainTimeout: drainTimeoutMs,
    connectTimeout: 10_000,
    heartbeatInterval: 60_000,
    maxClientsIdLength: 128,
    maxTopicLevels,
    queueLimit: 100,
    preConnect: (client, packet, done) => {
      // [MQTT-3.1.3-8]: aedes would invent an id for a session nobody could ever resume
      if (packet.clientId === "" && packet.clean === false) return refuseIdentifier(client, done);
      if (packet.will) willTopics.set(client, packet.will.topic);
      done(null, packet.clientId.length <= 128);
    },
    authenticate: (client, username, password, done) => void login(client, username, password?.toString(), done),
    authorizePublish: (client, packet, done) => authorizePublish(client, packet, done),
    authorizeSubscribe: (client, subscription, done) =>
      // null answers 0x80 and keeps the connection [MQTT-3.9.3]
      done(null, mayHear(client, subscription.topic) ? subscription : null),
    authorizeForward: (client, packet) => {
      const identity = identities.get(client);
      if (identity === undefined || !options.mayReceive(identity, packet.topic)) return null;
      if (client.conn.writableLength > maxUnsentBytes) {
        dropSlow(client);
        return null;
      }
      return packet;
    },
  });

  function mayHear(client: Client, filter: string): boolean {
    const filters = granted.get(client) ?? new Set();
    const identity = identities.get(client);
    const allowed = identity !== undefined && options.maySubscribe(identity, filter);
    if (allowed && (filters.size < maxFilters || filters.has(filter))) {
      granted.set(client, filters.add(filter));
      return true;
    }
    counters.refusedSubscriptions++;
    const reason = allowed ? `more than ${maxFilters} filters` : "not this client's topic";
    log.warn({ client: client.id, filter, reason }, "subscription refused");
    return false;
  }

  function refuseIdentifier(client: Client, done: (error: Error | null, success: boolean) => void) {
    client.conn.write(Buffer.from([0x20, 0x02, 0x00, 0x02]));
    done(new Error("an empty client id needs a clean session"), false);
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

  function authorizePublish(client: Client | null, received: PublishPacket, done: (error?: Error | null) => void) {
    // we hang up on the devices, not they on us: their wills are no news
    if (closed) return done(new Error("the broker is closing"));
    counters.messages++;
    const packet: BrokerPacket = { ...received, payload: bytesOf(received.payload) };
    const clientId = client?.id ?? "will";
    const identity = client === null ? undefined : identities.get(client);
    if (client !== null && (identity === undefined || !options.mayPublish(identity, packet.topic))) {
      counters.refusedPublishes++;
      log.warn({ client: clientId, topic: packet.topic }, "publish refused: not this client's topic");
      return done(new Error(notAllowed));
    }
    const key = `${clientId} ${packet.messageId}`;
    if (packet.qos === 2) {
      if (persistence.isKnownIncoming(clientId, packet.messageId)) return done();
      const batch = arriving.get(key);
      // after the first one's turn, so that aedes knows this packet id by then
      if (batch !== undefined) return store.whenCommitted(batch, (error) => setImmediate(done, error));
    }
    const { topic, payload, qos, retain } = packet;
    const batch = options.accept({ topic, payload, qos, retain, client: clientId }, persistence.owe(packet, clientId));
    if (client === null) return done();
    const need = Math.max(batch, pendingBatch.get(clientId) ?? 0);
    if (qos === 2) arriving.set(key, need);
    else if (need === 0 || (qos === 0 && !store.isBehind())) return done();
    pendingBatch.set(clientId, need);
    store.whenCommitted(need, (error) => {
      if (pendingBatch.get(clientId) === need) pendingBatch.delete(clientId);
      if (qos === 2) setImmediate(() => arriving.delete(key));
      done(error);
    });
  }

  function dropSlow(client: Client) {
    counters.slowSubscribers++;
    log.warn(
      { client: client.id, unsentBytes: client.conn.writableLength },
      "subscriber reads too slowly: disconnected, its session is kept",
    );
    client.conn.destroy(new Error(tooSlow));
  }

  function tooLarge(client: Client, what: string) {
    // a large packet over WebSocket is noticed by its header and by its body
    if (oversized.has(client)) return;
    oversized.add(client);
    counters.oversized++;
    log.warn({ client: client.id, limit: maxPacketBytes }, `${what} is too large: connection closed`);
    refuse(client.id ?? "", `${what} is larger than ${maxPacketBytes} bytes`);
  }

  function refuse(client: string, reason: string) {
    options.refuse({ topic: "", payload: new Uint8Array(), client, qos: 0, retain: false }, reason);
  }

  /** A connection ended by an error. Broken packets are for the engineer to see; cables and batteries are not. */
  function ended(client: Client, error: Error) {
    const who = client.id ?? addressOf(client);
    log.debug({ client: who, reason: error.message }, "MQTT connection ended");
    if ("code" in error || reported.has(error) || ordinaryEnds.has(error.message)) return;
    counters.broken++;
    refuse(who, `broken MQTT: ${error.message}`);
  }

  function handle(stream: Socket | Duplex, request?: IncomingMessage): Client {
    counters.connections++;
    packWrites(stream);
    const client = aedes.handle(stream, request);
    limitPackets(client, maxPacketBytes, (bytes) => tooLarge(client, `a packet of ${bytes} bytes`));
    readQuickly(client);
    return client;
  }

  aedes.on("client", (client) => void connected.set(client.id, client));
  aedes.on("clientDisconnect", (client) => {
    if (connected.get(client.id) === client) connected.delete(client.id);
  });
  aedes.on("unsubscribe", (filters, client) => {
    for (const filter of filters) granted.get(client)?.delete(filter);
  });
  aedes.on("clientError", ended);
  aedes.on("connectionError", ended);

  const tcp = createServer({ noDelay: true }, handle);
  tcp.maxConnections = maxConnections;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxPacketBytes,
    handleProtocols: (offered) => (offered.has("mqtt") ? "mqtt" : false),
  });
  sockets.on("connection", (socket, request) => {
    const client = handle(createWebSocketStream(socket), request);
    socket.on("error", (error) => {
      const limit = "code" in error && error.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH";
      if (limit) tooLarge(client, "a WebSocket message");
    });
  });
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

    /** Serves MQTT over WebSocket at /mqtt of an HTTP server. `admit` may refuse the upgrade (wrong origin, wrong host). */
    attach(server: HttpServer, admit: (request: IncomingMessage) => boolean) {
      server.on("upgrade", (request, socket, head) => {
        if (request.url?.split("?")[0] !== "/mqtt" || sockets.clients.size >= maxConnections || !admit(request)) {
          socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n");
          return;
        }
        sockets.handleUpgrade(request, socket, head, (webSocket) => sockets.emit("connection", webSocket, request));
      });
    },

    /** The gateway's own words. Retained ones are made again at every start, so they need no row of their own. */
    publish(
      topic: string,
      payload: string | Uint8Array,
      { qos = 0, retain = false }: { qos?: 0 | 1; retain?: boolean } = {},
    ) {
      const bytes = typeof payload === "string" ? Buffer.from(payload) : Buffer.from(payload);
      aedes.publish({ cmd: "publish", topic, payload: bytes, qos, retain, dup: false }, (error) => {
        if (error) log.warn({ topic, reason: error.message }, "could not publish");
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

    stats: () => ({ ...counters, clients: aedes.connectedClients, ...persistence.stats() }),

    async close() {
      if (closed) return;
      closed = true;
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      const stopped =
        options.port === undefined ? Promise.resolve() : new Promise<void>((resolve) => tcp.close(() => resolve()));
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      await stopped;
    },
  };
}

export type EmbeddedBroker = ReturnType<typeof createEmbeddedBroker>;

/** The parser always hands out a Buffer; only the type allows text. */
const bytesOf = (payload: string | Buffer): Buffer => (typeof payload === "string" ? Buffer.from(payload) : payload);

function addressOf(client: Client): string {
  return "remoteAddress" in client.conn ? (client.conn.remoteAddress ?? "") : (client.req?.socket.remoteAddress ?? "");
}
