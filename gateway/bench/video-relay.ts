import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

/** A bad line between one viewer and the gateway, both ways the same. */
export type Line = {
  /** Share of the packets that are lost, 0 to 1; drawn from `seed`, so that every run loses the same. */
  loss: number;
  delayMs: number;
  seed: number;
};

export type Relay = {
  port: number;
  /** So far: packets that came in, and those of them that were lost on purpose or for want of room. */
  counts(): { passed: number; lost: number };
  close(): void;
};

/** A browser tries from each of its addresses; more than these are turned away. */
const maxSides = 16;
/** Packets on the way at once; more are lost, as in a router. */
const maxWaiting = 2_000;

/**
 * A UDP relay on loopback: what comes from a viewer goes on to `target` from a socket of that viewer's own, and back.
 * Order is kept, because every packet waits equally long. Traffic control of the kernel is not to be had everywhere.
 */
export async function openRelay(target: { address: string; port: number }, line: Line): Promise<Relay> {
  const random = createRandom(line.seed);
  const front = createSocket("udp4");
  const sides = new Map<string, Socket>();
  const waiting: { dueMs: number; send(): void }[] = [];
  let [passed, lost] = [0, 0];

  function carry(send: () => void) {
    passed += 1;
    if (random() < line.loss || waiting.length >= maxWaiting) lost += 1;
    else waiting.push({ dueMs: performance.now() + line.delayMs, send });
  }

  const timer = setInterval(() => {
    const now = performance.now();
    for (let next = waiting[0]; next && next.dueMs <= now; next = waiting[0]) {
      waiting.shift();
      next.send();
    }
  }, 1);

  function openSide(address: string, port: number): Socket {
    const side = createSocket("udp4");
    side.on("message", (data) => carry(() => front.send(data, port, address)));
    side.on("error", () => {});
    return side;
  }

  front.on("message", (data, { address, port }) => {
    const key = `${address}:${port}`;
    const side = sides.get(key) ?? (sides.size < maxSides ? openSide(address, port) : undefined);
    if (!side) return;
    sides.set(key, side);
    carry(() => side.send(data, target.port, target.address));
  });
  front.bind(0, "127.0.0.1");
  await once(front, "listening");

  return {
    port: front.address().port,
    counts: () => ({ passed, lost }),
    close() {
      clearInterval(timer);
      waiting.length = 0;
      front.close();
      for (const side of sides.values()) side.close();
    },
  };
}

/** The first UDP candidate of an SDP: where its sender wants to be reached. */
export function candidateOf(sdp: string): { address: string; port: number } | undefined {
  const [, address, port] = /^a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host/im.exec(sdp) ?? [];
  return address && port ? { address, port: Number(port) } : undefined;
}

/** The same SDP with this one way to its sender and no other. */
export function throughRelay(sdp: string, port: number): string {
  const ours = `a=candidate:1 1 udp 2113937151 127.0.0.1 ${port} typ host`;
  const lines = sdp.split(/\r?\n/).filter((line) => line !== "");
  const kept = lines.flatMap((line) => {
    if (line.startsWith("a=candidate:")) return [];
    return line === "a=end-of-candidates" ? [ours, line] : [line];
  });
  return `${kept.join("\r\n")}\r\n`;
}

/** Mulberry32: the same seed loses the same packets. From 0 to below 1. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
