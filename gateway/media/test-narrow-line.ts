import { createSocket, type Socket } from "node:dgram";
import type { AddressInfo } from "node:net";

/** Packets that a cheap router keeps for later, in milliseconds of its line; more are lost. */
const queueMs = 300;
const overheadBytes = 28;

/**
 * For tests: a line to one port of this computer that takes no more than so many bits a second towards whoever connects
 * to it; the other direction is wide. One player a line.
 */
export async function openNarrowLine(target: number, bitsPerSecond: number) {
  const [outside, inside] = [await bind(), await bind()];
  let player: { port: number; address: string } | undefined;
  let freeAtMs = 0;
  let narrow = bitsPerSecond;
  let lost = 0;
  outside.on("message", (packet, from) => {
    player = from;
    inside.send(packet, target, "127.0.0.1");
  });
  inside.on("message", (packet) => {
    const nowMs = performance.now();
    const startMs = Math.max(freeAtMs, nowMs);
    if (startMs - nowMs > queueMs) {
      lost += 1;
      return;
    }
    freeAtMs = startMs + ((packet.length + overheadBytes) * 8_000) / narrow;
    setTimeout(() => {
      if (player) outside.send(packet, player.port, player.address, () => {});
    }, freeAtMs - nowMs);
  });
  return {
    port: portOf(outside),
    lost: () => lost,
    /** From now on it takes so many bits a second. */
    set(bitsPerSecondNow: number) {
      narrow = bitsPerSecondNow;
    },
    close() {
      outside.close();
      inside.close();
    },
  };
}

function bind(): Promise<Socket> {
  const socket = createSocket("udp4");
  // what arrives after the end of a test has nowhere to go
  socket.on("error", () => {});
  return new Promise((resolve) => socket.bind(0, "127.0.0.1", () => resolve(socket)));
}

function portOf(socket: Socket): number {
  const { port }: AddressInfo = socket.address();
  return port;
}
