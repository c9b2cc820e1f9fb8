import type { Client } from "aedes";
import type { BrokerPacket } from "./outgoing.ts";
import { faultOf } from "./packet-rules.ts";

export const packetTooLarge = "packet too large";

/** How often a connection may publish: `perSecond` in the long run; `burst` more after a pause, at twice that pace. */
export type PublishRate = { perSecond: number; burst: number };

export type ReaderOptions = {
  /** The largest packet, and the largest CONNECT, in bytes. */
  limits: { packet: number; connect: number };
  /** A PUBLISH of QoS 0 or 1; of QoS 2 aedes hears. Whoever has judged and saved it calls `judged`. */
  publish(packet: BrokerPacket): void;
  /** A packet announced more than the limit; the connection is closed. */
  tooLarge(bytes: number): void;
  /** Asked once, at the first publish. Undefined: as fast as it likes. */
  rate(): PublishRate | undefined;
  /** The connection is not read for a moment, because it published faster than its rate for some time. */
  throttled(): void;
};

/** aedes keeps these on its client (1.2.0, pinned by package-lock.json; packet-reader.test.ts watches them). */
type Insides = {
  _parser: { parse(bytes: Uint8Array): number; emit(event: "packet", packet: object): boolean };
  _parsingBatch: number;
  _paused?: boolean;
  _keepaliveInterval: number;
  _keepaliveTimer?: NodeJS.Timeout | null;
  _nextBatch: (error?: Error | null) => void;
};

/** So many packets of one connection in one turn of the event loop; then the others have theirs. */
const packetsPerTurn = 128;
/**
 * While so many packets of a connection, or so much of their payload, are not judged and saved, no more is read of it. With
 * none at all each would wait for the commit of the one before, for the next that began without it, and then for its own.
 */
const unsaved = { packets: 128, bytes: 8 * 1024 };
/**
 * So much is taken out of the stream at once, about what a turn can use: whoever takes everything and puts the rest back
 * has the stream fetch more every time, and what a loud one says piles up here in place of with its sender.
 */
const readBytes = 16 * 1024;
/** A connection that was too loud is not read for so long, so that others wait behind a dozen of its packets and not a hundred. */
const pauseMs = 20;
/** CONNECT and its flags: what comes first [MQTT-3.1.0-1]. */
const connectByte = 0x10;
/** Of the first byte of a PUBLISH [MQTT-3.3.1-4]. */
const qos2Flag = 0x04;
/** Longest header: the first byte and four digits of Remaining Length. */
const headerBytes = 5;

/**
 * Reads a connection in aedes' place. PUBLISH and the answers to it, nearly all of a shop's traffic, are read straight from
 * the bytes; the others go to mqtt-packet, one whole packet at a time and only when they keep the rules. Nothing is
 * read while too much of what came before is not judged and saved, before the CONNACK is out, or while the sender is too
 * loud: then the bytes wait in the socket, and at last with the sender. Nothing is dropped. Whoever judges a publish calls
 * `judged` with the length of its payload: aedes would wait until the slowest subscriber has it.
 */
export function readPackets(client: Client, options: ReaderOptions): { judged(payloadBytes: number): void } {
  const { conn } = client;
  const aedes = client as unknown as Insides;
  const parser = aedes._parser;
  const parseOther = parser.parse.bind(parser);
  /** Pieces of a packet that is not whole yet, and how long it will be; 0 while its header is not whole either. */
  let pieces: Buffer[] = [];
  let pieceBytes = 0;
  let wantedBytes = 0;
  let state: "before" | "connecting" | "connected" = "before";
  let inFlight = 0;
  /** Of payload, in publishes that are not judged. */
  let inFlightBytes = 0;
  /** There may be more to read, and no room for it yet. */
  let isFull = false;
  let budget = packetsPerTurn;
  let isHeld = false;
  let isFeeding = false;
  let isPumpDue = false;
  let buckets: { long: Bucket; short: Bucket } | undefined;

  function fail(reason: string) {
    client.emit("error", new Error(reason));
  }

  /** Of CONNECT and PUBLISH, aedes tells late that they are done; what went wrong it tells at once. */
  function onlyErrors(error?: Error | null) {
    if (error) client.emit("error", error);
  }

  function packetDone(error?: Error | null) {
    if (error) return void client.emit("error", error);
    inFlight--;
    if (!isFull || !hasRoom() || isPumpDue) return;
    isPumpDue = true;
    setImmediate(() => {
      isPumpDue = false;
      pump();
    });
  }

  const hasRoom = () => inFlight < unsaved.packets && inFlightBytes < unsaved.bytes;

  function judged(payloadBytes: number) {
    inFlightBytes -= payloadBytes;
    packetDone();
  }

  function handOver(give: () => void, done: Insides["_nextBatch"]) {
    aedes._nextBatch = done;
    give();
    aedes._nextBatch = packetDone;
  }

  function pump() {
    if (isFeeding) return;
    while (!isHeld && state !== "connecting" && !client.closed && !conn.destroyed) {
      isFull = !hasRoom();
      if (isFull) return;
      const chunk: Buffer | null = conn.readableLength > readBytes ? conn.read(readBytes) : conn.read();
      if (chunk === null) return;
      isFeeding = true;
      feed(chunk);
      isFeeding = false;
    }
  }

  /** The rest goes back to where it came from: a connection whose end is not read yet has not ended. */
  function giveBack(bytes: Buffer) {
    if (bytes.length > 0 && !conn.destroyed) conn.unshift(bytes);
  }

  function hold(until: (go: () => void) => void) {
    isHeld = true;
    until(() => {
      isHeld = false;
      budget = packetsPerTurn;
      pump();
    });
  }

  /** False when this publish has to wait. */
  function mayPublish(): boolean {
    buckets ??= createBuckets(options.rate());
    const isLoud = !buckets.long.holds();
    if (!isLoud && buckets.short.holds()) {
      buckets.long.take();
      buckets.short.take();
      return true;
    }
    if (isLoud) options.throttled();
    hold((go) => void setTimeout(go, pauseMs).unref());
    return false;
  }

  function feed(chunk: Buffer) {
    let bytes = chunk;
    if (pieceBytes > 0) {
      pieces.push(chunk);
      pieceBytes += chunk.length;
      if (pieceBytes < wantedBytes) return;
      bytes = Buffer.concat(pieces, pieceBytes);
      pieces = [];
      pieceBytes = 0;
    }
    let at = 0;
    while (at < bytes.length) {
      if (client.closed || conn.destroyed) return;
      if (budget <= 0) hold(setImmediate);
      if (isHeld || state === "connecting") return giveBack(bytes.subarray(at));
      // at once: the rest of what is no MQTT may never come
      if (state === "before" && bytes[at] !== connectByte) return fail("the first packet was no CONNECT");
      const { bodyFrom, end } = frameAt(bytes, at);
      if (bodyFrom === -1) return fail("a length of more than four bytes");
      const limit = state === "before" ? options.limits.connect : options.limits.packet;
      if (end - at > limit) return announceTooLarge(end - at);
      if (end > bytes.length || bodyFrom === 0) {
        // a copy: a few bytes must not keep the whole read alive
        pieces = [Buffer.from(bytes.subarray(at))];
        pieceBytes = bytes.length - at;
        wantedBytes = bodyFrom === 0 ? 0 : end - at;
        return;
      }
      const body = bytes.subarray(bodyFrom, end);
      const first = bytes[at] ?? 0;
      if (!isWelcome(first, body)) return;
      if (first >> 4 === 3 && !mayPublish()) return giveBack(bytes.subarray(at));
      const whole = bytes.subarray(at, end);
      at = end;
      budget--;
      take(first, body, whole);
    }
  }

  function announceTooLarge(bytes: number) {
    options.tooLarge(bytes);
    conn.destroy(new Error(packetTooLarge));
  }

  /** [MQTT-3.1.0-2]: CONNECT comes once. */
  function isWelcome(first: number, body: Buffer): boolean {
    if (first >> 4 === 1 && state !== "before") {
      fail("a second CONNECT");
      return false;
    }
    const fault = faultOf(first, body);
    if (!fault) return true;
    if (fault.returnCode) conn.write(Buffer.from([0x20, 0x02, 0x00, fault.returnCode]));
    fail(fault.reason);
    return false;
  }

  function take(first: number, body: Buffer, whole: Buffer) {
    const kind = first >> 4;
    if (kind === 1) {
      state = "connecting";
      return handOver(() => parseOther(whole), onlyErrors);
    }
    if (kind === 3 && (first & qos2Flag) === 0) {
      isAlive();
      return options.publish(begun(publishOf(first, body)));
    }
    // a clean session has no queue in which it would end anything
    if (kind === 4 && client.clean) return isAlive();
    if (kind === 3) return handOver(() => parser.emit("packet", begun(publishOf(first, body))), onlyErrors);
    inFlight++;
    if (kind === 4) parser.emit("packet", pubackOf(body));
    else if (kind === 8 && client.clean) hold((go) => takeSubscribe(whole, go));
    else parseOther(whole);
  }

  function begun<Packet extends BrokerPacket>(packet: Packet): Packet {
    inFlight++;
    inFlightBytes += packet.payload.length;
    return packet;
  }

  /** What a client publishes right behind it, it may expect to hear; a kept session is owed it at once. */
  function takeSubscribe(whole: Buffer, go: () => void) {
    handOver(
      () => parseOther(whole),
      (error) => {
        packetDone(error);
        go();
      },
    );
  }

  /** [MQTT-3.1.2-24] */
  function isAlive() {
    if (aedes._keepaliveInterval > 0) aedes._keepaliveTimer?.refresh();
  }

  aedes._parsingBatch = 0;
  aedes._nextBatch = packetDone;
  conn.removeAllListeners("readable");
  conn.on("readable", pump);
  Object.assign(client, {
    // aedes reads on once the CONNACK is sent
    resume() {
      aedes._paused = false;
      state = "connected";
      pump();
    },
  });
  return { judged };
}

/** `end` and where the body begins; 0 when the header is not whole, -1 when it never will be [MQTT-2.2.3]. */
function frameAt(bytes: Buffer, start: number): { bodyFrom: number; end: number } {
  let length = 0;
  for (let at = start + 1; at < start + headerBytes; at++) {
    if (at >= bytes.length) return { bodyFrom: 0, end: 0 };
    const digit = bytes[at] ?? 0;
    length |= (digit & 0x7f) << (7 * (at - start - 1));
    if (digit < 0x80) return { bodyFrom: at + 1, end: at + 1 + length };
  }
  return { bodyFrom: -1, end: 0 };
}

/** The object that mqtt-packet would make of it. */
function publishOf(first: number, body: Buffer): BrokerPacket & { length: number } {
  const qos = (first >> 1) & 3;
  const topicEnd = 2 + body.readUInt16BE(0);
  return {
    cmd: "publish",
    retain: (first & 1) !== 0,
    qos,
    dup: (first & 8) !== 0,
    length: body.length,
    topic: body.toString("utf8", 2, topicEnd),
    payload: body.subarray(topicEnd + (qos > 0 ? 2 : 0)),
    ...(qos > 0 ? { messageId: body.readUInt16BE(topicEnd) } : {}),
  };
}

function pubackOf(body: Buffer): object {
  return {
    cmd: "puback",
    retain: false,
    qos: 0,
    dup: false,
    length: 2,
    topic: null,
    payload: null,
    messageId: body.readUInt16BE(0),
  };
}

/**
 * What a connection has saved up while it was quiet it may spend at twice its rate, and no faster: all at once it would fill
 * a commit that everybody else waits for.
 */
function createBuckets(rate: PublishRate | undefined) {
  const { perSecond, burst } = rate ?? { perSecond: 0, burst: Number.POSITIVE_INFINITY };
  const atOnce = rate ? (2 * perSecond * pauseMs) / 1_000 : Number.POSITIVE_INFINITY;
  return { long: createBucket(perSecond, burst), short: createBucket(2 * perSecond, Math.min(burst, atOnce)) };
}

type Bucket = ReturnType<typeof createBucket>;

/** A token bucket, filled only when it is found empty. */
function createBucket(perSecond: number, most: number) {
  let tokens = most;
  let filledAt = performance.now();
  return {
    holds(): boolean {
      if (tokens < 1) {
        const now = performance.now();
        tokens = Math.min(most, tokens + ((now - filledAt) * perSecond) / 1_000);
        filledAt = now;
      }
      return tokens >= 1;
    },
    take: () => void tokens--,
  };
}
