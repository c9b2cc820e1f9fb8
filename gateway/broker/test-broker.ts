import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectAsync, type IClientOptions } from "mqtt";
import mqttPacket, { type Packet } from "mqtt-packet";
import { onTestFinished } from "vitest";
import { silentLog } from "../log.ts";
import { createStorage, type Op } from "../storage/storage.ts";
import { createEmbeddedBroker, type Login, type Message } from "./embedded.ts";
import type { PublishRate } from "./packet-reader.ts";
import { eventually } from "./test-eventually.ts";

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-broker-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const unsavable: Op = ["outgoing.put", 1, "nobody", "x", Buffer.from("x"), 1];
type Done = (error?: Error) => void;
export type Person = { name: string; may(topic: string): boolean };

/**
 * The embedded broker on a true disk, before anything that understands shops: a reading on …/counts has an effect, all
 * else has none, and one on …/breaks cannot be saved. The disk can be stopped between writing and saying so.
 */
export async function startBroker(
  more: {
    folder?: string;
    identify?: (login: Login) => Person;
    rate?: PublishRate;
    onLoud?: (client: string) => void;
  } = {},
) {
  const { folder = temporaryFolder(), identify = () => ({ name: "anybody", may: () => true }) } = more;
  const storage = createStorage({ folder, log: silentLog });
  const state = await storage.start();
  const judged: Message[] = [];
  const refused: { client: string; reason: string }[] = [];
  let stopped: (() => void)[] | undefined;

  const broker = createEmbeddedBroker<Person>({
    log: silentLog,
    host: "127.0.0.1",
    port: 0,
    state,
    store: {
      write: (ops) => storage.enqueue([], ops),
      whenCommitted: (batch: number, done: Done) => {
        if (stopped) stopped.push(() => storage.whenCommitted(batch, done));
        else storage.whenCommitted(batch, done);
      },
      isBehind: storage.isBehind,
    },
    accept(message, ops) {
      judged.push(message);
      // two rows with one key: the disk refuses the whole commit
      if (message.topic.endsWith("/breaks")) return storage.enqueue([], [...ops, unsavable, unsavable]);
      const counts = message.topic.endsWith("/counts");
      if (!counts && ops.length === 0) return 0;
      return storage.enqueue(counts ? [{ type: "shopper-joined", at: 1, shopperId: "s" }] : [], ops);
    },
    refuse: ({ client }, reason) => void refused.push({ client, reason }),
    authenticate: async (login) => ({ ok: true, identity: identify(login) }),
    mayPublish: (person, topic) => person.may(topic),
    mayOverhear: () => false,
    maySubscribe: (person, filter) => person.may(filter),
    mayReceive: (person, topic) => person.may(topic),
    publishRate: ({ name }) => (name === "loud" ? more.rate : undefined),
    ...(more.onLoud ? { onLoud: more.onLoud } : {}),
  });
  async function close() {
    disk.go();
    await broker.close();
    await storage.close();
  }
  onTestFinished(close);
  storage.listen({ committed: () => {}, failed: broker.reload });
  const { port } = await broker.start();
  const disk = {
    stop() {
      stopped = [];
    },
    go() {
      const waiting = stopped ?? [];
      stopped = undefined;
      for (const again of waiting) again();
    },
  };

  async function client(clientId: string, options: IClientOptions = {}) {
    const url = `mqtt://127.0.0.1:${port}`;
    const connected = await connectAsync(url, { clientId, reconnectPeriod: 0, username: clientId, ...options });
    onTestFinished(() => connected.endAsync(true));
    const heard: { topic: string; payload: string; retain: boolean }[] = [];
    connected.on("message", (topic, payload, { retain }) => heard.push({ topic, payload: payload.toString(), retain }));
    connected.on("error", () => {});
    return Object.assign(connected, { heard });
  }

  return { broker, folder, port, judged, refused, disk, client, close };
}

/** A socket that speaks MQTT packet by packet, as no library would. Throws when it is sent away at the door. */
export async function rawClient(port: number, hello: { clientId: string; clean?: boolean; [field: string]: unknown }) {
  const raw = openRaw(port);
  raw.send({ cmd: "connect", protocolId: "MQTT", protocolVersion: 4, clean: true, keepalive: 0, ...hello });
  await eventually(() => raw.of("connack").length === 1 || raw.isClosed()).toBe(true);
  if (raw.of("connack").length === 0) throw new Error(`${hello.clientId} was sent away`);
  return raw;
}

export function openRaw(port: number) {
  const received: Packet[] = [];
  let closed = false;
  const socket: Socket = connect(port, "127.0.0.1");
  const parser = mqttPacket.parser({ protocolVersion: 4 });
  parser.on("packet", (packet) => void received.push(packet));
  socket.on("data", (bytes: Buffer) => void parser.parse(bytes));
  socket.on("error", () => {});
  socket.on("close", () => {
    closed = true;
  });
  onTestFinished(() => void socket.destroy());
  return {
    socket,
    received,
    /** In one write, so that they arrive together. */
    send: (...packets: Packet[]) =>
      void socket.write(Buffer.concat(packets.map((packet) => mqttPacket.generate(packet)))),
    write: (bytes: Uint8Array) => void socket.write(bytes),
    of: <C extends Packet["cmd"]>(cmd: C) =>
      received.filter((packet): packet is Extract<Packet, { cmd: C }> => packet.cmd === cmd),
    ids: (cmd: "puback" | "pubrec" | "pubcomp") =>
      received.filter((packet) => packet.cmd === cmd).map(({ messageId }) => messageId),
    isClosed: () => closed,
    /** Whatever the broker sent before answering this has arrived when the answer has. */
    async ping(this: { of(cmd: "pingresp"): Packet[] }) {
      const before = received.filter(({ cmd }) => cmd === "pingresp").length;
      socket.write(mqttPacket.generate({ cmd: "pingreq" }));
      await eventually(() => received.filter(({ cmd }) => cmd === "pingresp").length).toBe(before + 1);
    },
  };
}

export const publish = (
  topic: string,
  messageId: number,
  qos: 1 | 2,
  payload: string | Buffer = "{}",
  dup = false,
): Packet => ({
  cmd: "publish",
  topic,
  payload,
  qos,
  messageId,
  dup,
  retain: false,
});
