import type { Server as HttpServer, IncomingMessage } from "node:http";
import { createServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Aedes, type AuthErrorCode, type AuthenticateError, type Client, type PublishPacket } from "aedes";
import { createWebSocketStream, WebSocketServer } from "ws";
import type { Log } from "../log.ts";
import type { BrokerPacket } from "./outgoing.ts";
import { limitPackets } from "./packet-limit.ts";
import { type BrokerOp, type BrokerState, type BrokerStore, createPersistence } from "./persistence.ts";

/** One message from a device, as the broker passes it on. It judges nothing. */
export type Message = { topic: string; payload: Uint8Array; client: string; qos: number; retain: boolean };

export type Login = { clientId: string; username?: string; password?: string; address: string };

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
/** A subscriber that lets this much pile up in its socket is disconnected; its session keeps what it is owed. */
const maxUnsentBytes = 1024 * 1024;
const drainTimeoutMs = 5_000;
/** How many publishes may be on their way to subscribers at once: high, because maxUnsentBytes is the true bound. */
const concurrency = 20_000;

/** aedes on TCP and WebSocket, with acknowledgements that wait for the disk (DESIGN 8). */
export function createEmbeddedBroker<Identity>(options: EmbeddedBrokerOptions<Identity>) {
  const { log, store } = options;
  const persistence = createPersistence(store, options.state);
  const identities = new WeakMap<Client, Identity>();
  /** The newest batch each client's acknowledgements depend on: a no-op waits behind its predecessors. */
  const lastBatch = new WeakMap<Client, number>();
  /** Bounded by maxConnections. */
  const connected = new Map<string, Client>();
  const counters = {
    connections: 0,
    refusedLogins: 0,
    refusedPublishes: 0,
    refusedSubscriptions: 0,
    slowSubscribers: 0,
    oversized: 0,
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
      done(null, packet.clientId.length <= 128);
    },
    authenticate: (client, username, password, done) => void login(client, username, password?.toString(), done),
    authorizePublish: (client, packet, done) => authorizePublish(client, packet, done),
    authorizeSubscribe: (client, subscription, done) => {
      const identity = identities.get(client);
      if (identity !== undefined && options.maySubscribe(identity, subscription.topic)) return done(null, subscription);
      counters.refusedSubscriptions++;
      log.warn({ client: client.id, filter: subscription.topic }, "subscription refused: not this client's topic");
      // null answers 0x80 and keeps the connection [MQTT-3.9.3]
      done(null, null);
    },
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
    const result = await options.authenticate({
      clientId: client.id,
      address: addressOf(client),
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
    });
    if (result.ok) {
      identities.set(client, result.identity);
      return done(null, true);
    }
    counters.refusedLogins++;
    log.warn({ client: client.id, username, address: addressOf(client), reason: result.reason }, "MQTT login refused");
    const returnCode: AuthErrorCode.BAD_USERNAME_OR_PASSWORD = 4;
    done(Object.assign(new Error(result.reason), { returnCode }), false);
  }

  function authorizePublish(client: Client | null, received: PublishPacket, done: (error?: Error | null) => void) {
    counters.messages++;
    const packet: BrokerPacket = { ...received, payload: bytesOf(received.payload) };
    const clientId = client?.id ?? "will";
    const identity = client === null ? undefined : identities.get(client);
    if (client !== null && (identity === undefined || !options.mayPublish(identity, packet.topic))) {
      counters.refusedPublishes++;
      log.warn({ client: clientId, topic: packet.topic }, "publish refused: not this client's topic");
      return done(new Error("not allowed to publish here"));
    }
    if (packet.qos === 2 && persistence.isKnownIncoming(clientId, packet.messageId)) return done();
    const { topic, payload, qos, retain } = packet;
    const batch = options.accept({ topic, payload, qos, retain, client: clientId }, persistence.owe(packet, clientId));
    if (client === null) return done();
    const need = Math.max(batch, lastBatch.get(client) ?? 0);
    if (need === 0 || (qos === 0 && !store.isBehind())) return done();
    lastBatch.set(client, need);
    store.whenCommitted(need, done);
  }

  function dropSlow(client: Client) {
    counters.slowSubscribers++;
    log.warn(
      { client: client.id, unsentBytes: client.conn.writableLength },
      "subscriber reads too slowly: disconnected, its session is kept",
    );
    client.conn.destroy(new Error("subscriber reads too slowly"));
  }

  const tooLarge = (client: Client, bytes: number) => {
    counters.oversized++;
    log.warn({ client: client.id, bytes, limit: maxPacketBytes }, "MQTT packet too large: connection closed");
    options.refuse(
      { topic: "", payload: new Uint8Array(), client: client.id ?? "", qos: 0, retain: false },
      `a packet of ${bytes} bytes is larger than ${maxPacketBytes}`,
    );
  };

  function handle(stream: Socket | Duplex, request?: IncomingMessage) {
    counters.connections++;
    limitPackets(aedes.handle(stream, request), maxPacketBytes, tooLarge);
  }

  aedes.on("client", (client) => void connected.set(client.id, client));
  aedes.on("clientDisconnect", (client) => {
    if (connected.get(client.id) === client) connected.delete(client.id);
  });
  aedes.on("clientError", (client, error) =>
    log.debug({ client: client.id, reason: error.message }, "MQTT connection ended"),
  );
  aedes.on("connectionError", (client, error) =>
    log.debug({ address: addressOf(client), reason: error.message }, "MQTT connection refused"),
  );

  const tcp = createServer({ noDelay: true }, handle);
  tcp.maxConnections = maxConnections;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxPacketBytes,
    handleProtocols: (offered) => (offered.has("mqtt") ? "mqtt" : false),
  });
  sockets.on("connection", (socket, request) => handle(createWebSocketStream(socket), request));
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
