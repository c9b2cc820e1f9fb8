import { createSocket } from "node:dgram";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { candidateOf, openRelay, throughRelay } from "./video-relay.ts";

/** A gateway that sends everything back; the numbers that came to it, and those that came back to the viewer. */
async function behind(line: { loss: number; delayMs: number; seed: number }, packets: number) {
  const [gateway, viewer] = [createSocket("udp4"), createSocket("udp4")];
  onTestFinished(() => {
    gateway.close();
    viewer.close();
  });
  gateway.bind(0, "127.0.0.1");
  await once(gateway, "listening");
  const relay = await openRelay({ address: "127.0.0.1", port: gateway.address().port }, line);
  onTestFinished(relay.close);
  const [there, back]: [number[], number[]] = [[], []];
  gateway.on("message", (data, { port, address }) => {
    there.push(data.readUInt16BE(0));
    gateway.send(data, port, address);
  });
  viewer.on("message", (data) => back.push(data.readUInt16BE(0)));
  for (let number = 0; number < packets; number++) {
    const data = Buffer.alloc(2);
    data.writeUInt16BE(number);
    viewer.send(data, relay.port, "127.0.0.1");
    // one at a time, or the socket's own queue would lose some too
    await new Promise((resolve) => setImmediate(resolve));
  }
  // every packet that arrived was sent back, and whatever did not come back was lost on purpose
  const isDone = ({ passed, lost }: ReturnType<typeof relay.counts>) =>
    passed === packets + there.length && back.length + lost === packets;
  await expect.poll(() => isDone(relay.counts()), { timeout: 20_000 }).toBe(true);
  return { there, back, ...relay.counts() };
}

test("a good line carries everything there and back, in order", async () => {
  const all = Array.from({ length: 200 }, (_, number) => number);
  expect(await behind({ loss: 0, delayMs: 2, seed: 1 }, 200)).toEqual({ there: all, back: all, passed: 400, lost: 0 });
});

test("a bad line loses about its share, and keeps the order of the rest", async () => {
  const { there, back, lost } = await behind({ loss: 0.2, delayMs: 2, seed: 1 }, 400);
  expect(lost).toBeGreaterThan(80);
  expect(lost).toBeLessThan(240);
  expect(there).toEqual(there.toSorted((a, b) => a - b));
  expect(back).toEqual(back.toSorted((a, b) => a - b));
  expect(back.length).toBeLessThan(there.length);
});

test("an SDP that is led through the relay names no other way to the gateway", () => {
  const sdp = [
    "v=0",
    "m=video 9 UDP/TLS/RTP/SAVPF 96",
    "a=candidate:udp 1 udp 1076302079 192.0.2.7 44444 typ host",
    "a=candidate:tcp 1 tcp 1076276479 192.0.2.7 44444 typ host tcptype passive",
    "a=end-of-candidates",
    "",
  ].join("\r\n");
  expect(candidateOf(sdp)).toEqual({ address: "192.0.2.7", port: 44_444 });
  const led = throughRelay(sdp, 5_000);
  expect(led.match(/a=candidate:.*/g)).toEqual(["a=candidate:1 1 udp 2113937151 127.0.0.1 5000 typ host"]);
  expect(candidateOf(led)).toEqual({ address: "127.0.0.1", port: 5_000 });
  expect(candidateOf("v=0")).toBeUndefined();
});
