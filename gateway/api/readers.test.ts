import { once } from "node:events";
import { connect } from "node:net";
import Fastify from "fastify";
import { expect, onTestFinished, test } from "vitest";
import { registerSharedClips } from "./shared-clips.ts";

const clip = {
  ...{ clipId: "c1", mime: "video/mp4" as const, bytes: 40_000_000, durationMs: 30_000, keptAt: 0, expiresAt: 9e12 },
  ...{ showsPerson: false, gone: false },
};

/** A clip far larger than what a network holds for a phone; `open`: how many read it now. */
async function openClip(readers: { maxEach?: number; idleMs?: number }) {
  const app = Fastify({ forceCloseConnections: true });
  let open = 0;
  async function* read(start: number, end: number) {
    for (let at = start; at <= end; at += 65_536) yield Buffer.alloc(Math.min(65_536, end - at + 1), at >> 16);
  }
  async function openFile() {
    open += 1;
    let isOpen = true;
    const close = async () => {
      if (isOpen) open -= 1;
      isOpen = false;
    };
    return { length: clip.bytes, read, close };
  }
  registerSharedClips(app, {
    readers,
    clips: {
      find: (token) => (token === "t" ? clip : undefined),
      open: openFile,
      still: async () => undefined,
      mayDelete: () => false,
      remove: async () => ({ ok: true }),
    },
    shop: () => ({ name: "Vitrine", timeZone: "UTC" }),
    item: () => undefined,
  });
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  onTestFinished(() => app.close());
  const get = (headers: Record<string, string> = {}) => fetch(`${url}/s/t/clip`, { headers });
  /** Asks for all of it, reads how the answer begins, and takes no more. */
  async function stall() {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    onTestFinished(() => void socket.destroy());
    socket.on("error", () => {});
    socket.write("GET /s/t/clip HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
    const [head] = await once(socket, "data");
    socket.pause();
    return { status: Number(String(head).split(" ")[1]), socket };
  }
  return { get, stall, open: () => open };
}

async function until(isTrue: () => boolean) {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 10));
}

test("who asks for a clip and takes nothing of it is let go, and holds nothing any more", async () => {
  const { get, stall, open } = await openClip({ idleMs: 200 });
  const { status, socket } = await stall();
  expect(status).toBe(200);
  await until(() => open() === 0);
  socket.resume();
  await once(socket, "close");
  // a paused player comes again for the rest
  const rest = await get({ range: "bytes=39999990-" });
  expect([rest.status, (await rest.arrayBuffer()).byteLength]).toEqual([206, 10]);
});

test("a whole clip arrives, however often a phone stops for less than that", async () => {
  const { get, open } = await openClip({});
  const bytes = new Uint8Array(await (await get()).arrayBuffer());
  expect(bytes.length).toBe(clip.bytes);
  expect(bytes[65_536 * 300]).toBe(300 & 255);
  await until(() => open() === 0);
});

test("so many read one clip at once, the next is asked to come again, and a place that is given back is free", async () => {
  const { get, stall, open } = await openClip({ maxEach: 3 });
  const readers = [await stall(), await stall(), await stall()];
  expect(readers.map(({ status }) => status)).toEqual([200, 200, 200]);
  const late = await get();
  expect([late.status, late.headers.get("retry-after")]).toEqual([503, "5"]);
  expect(late.headers.get("content-type")).toContain("application/problem+json");
  expect(open()).toBe(3);
  readers[0]?.socket.destroy();
  await until(() => open() === 2);
  expect((await get({ range: "bytes=0-9" })).status).toBe(206);
  // places of parts that do not exist, and of looks at the head alone, come back too
  for (let count = 0; count < 5; count += 1) expect((await get({ range: "bytes=99999999-" })).status).toBe(416);
  await until(() => open() === 2);
});
