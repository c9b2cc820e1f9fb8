import { createSocket } from "node:dgram";
import { connect, isIP } from "node:net";
import { connect as connectTls } from "node:tls";
import { type Answer, type Attribute, decodeAnswer, encodeRequest, type Login, messageLength } from "./stun.ts";

export type Transport = "udp" | "tcp" | "tls";
/** Where a relay listens; `host` is its name, `address` what that leads to. */
export type Relay = { host: string; address: string; port: number; transport: Transport };

/** One way to a relay. */
export type Line = {
  /** Rejects with a sentence when no answer comes. */
  ask(method: number, own: Attribute[], login?: Login): Promise<Answer>;
  close(): void;
};

/** So long an answer is waited for. UDP says it again meanwhile, after these pauses [RFC 8489 6.2.1]. */
const patienceMs = 4_000;
const againMs = [250, 750, 1_750];
/** A relay answers with a few hundred bytes. */
const maxBytes = 4_096;

/** Rejects with a sentence when nothing can be opened. */
export function openLine(relay: Relay): Promise<Line> {
  return relay.transport === "udp" ? openUdp(relay) : openStream(relay);
}

function createCalls(send: (bytes: Buffer) => void, repeats: boolean) {
  const waiting = new Map<string, { done(answer: Answer): void; fail(error: Error): void }>();
  return {
    hear(bytes: Buffer) {
      const answer = decodeAnswer(bytes);
      if (answer) waiting.get(answer.transaction)?.done(answer);
    },
    fail(error: Error) {
      for (const { fail } of waiting.values()) fail(error);
    },
    async ask(method: number, own: Attribute[], login?: Login): Promise<Answer> {
      const { bytes, transaction } = encodeRequest(method, own, login);
      const timers: NodeJS.Timeout[] = [];
      try {
        return await new Promise<Answer>((done, fail) => {
          waiting.set(transaction, { done, fail });
          timers.push(setTimeout(() => fail(new Error("no answer")), patienceMs));
          if (repeats) timers.push(...againMs.map((ms) => setTimeout(() => send(bytes), ms)));
          send(bytes);
        });
      } finally {
        waiting.delete(transaction);
        for (const timer of timers) clearTimeout(timer);
      }
    },
  };
}

function openUdp({ address, port }: Relay): Promise<Line> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIP(address) === 6 ? "udp6" : "udp4");
    const calls = createCalls((bytes) => socket.send(bytes, (error) => error && calls.fail(sentence(error))), true);
    socket.on("error", (error) => {
      calls.fail(sentence(error));
      reject(sentence(error));
    });
    socket.on("message", (bytes) => calls.hear(bytes));
    // a connected socket hears when nobody listens there
    socket.connect(port, address, () => resolve({ ask: calls.ask, close: () => socket.close() }));
  });
}

function openStream({ host, address, port, transport }: Relay): Promise<Line> {
  return new Promise((resolve, reject) => {
    const servername = isIP(host) ? {} : { servername: host };
    const socket = transport === "tls" ? connectTls({ host: address, port, ...servername }) : connect(port, address);
    const calls = createCalls((bytes) => void socket.write(bytes), false);
    let received = Buffer.alloc(0);
    const timer = setTimeout(() => socket.destroy(new Error("no answer")), patienceMs);
    const open = () => {
      clearTimeout(timer);
      resolve({ ask: calls.ask, close: () => socket.destroy() });
    };
    socket.once(transport === "tls" ? "secureConnect" : "connect", open);
    socket.on("data", (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      for (let length = messageLength(received); length !== undefined; length = messageLength(received)) {
        if (length > maxBytes) return void socket.destroy(new Error("what answers there is no relay"));
        if (received.length < length) return;
        calls.hear(received.subarray(0, length));
        received = received.subarray(length);
      }
    });
    const ended = (error: Error) => {
      clearTimeout(timer);
      calls.fail(error);
      reject(error);
    };
    socket.on("error", (error) => ended(sentence(error)));
    socket.on("close", () => ended(new Error("the relay hangs up")));
  });
}

function sentence(error: Error & { code?: string }): Error {
  if (error.code === "ECONNREFUSED") return new Error("nothing listens there");
  if (error.code === "EHOSTUNREACH" || error.code === "ENETUNREACH") return new Error("no way leads there");
  return error.code?.startsWith("ERR_TLS") || /certificate|self-signed|altname/i.test(error.message)
    ? new Error(`its certificate is not trusted: ${error.message}`)
    : error;
}
