import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { silentLog } from "../log.ts";
import { temporaryFolder } from "../test-gateway.ts";
import { createClips } from "./clips.ts";
import { realDisk } from "./disk.ts";
import { chunkBytes, createSeal, sealBytes } from "./seal.ts";
import { openSealed, writeSealed } from "./sealed-file.ts";

const key = randomBytes(32);
const sealOf = (clipId = "c-1", secret: Uint8Array = key) => createSeal(secret, clipId, "clip");
const headerBytes = 16;
const sealedChunk = chunkBytes + sealBytes;

async function aFile(plain: Uint8Array) {
  const folder = temporaryFolder();
  const path = join(folder, "file");
  await writeSealed(realDisk, path, plain, sealOf());
  return { folder, path };
}

/** undefined: it does not open; a part that is not what was written throws. */
async function readAll(path: string, seal = sealOf(), start = 0, end?: number) {
  const reader = await openSealed(realDisk, path, seal);
  if (!reader) return undefined;
  const parts: Buffer[] = [];
  try {
    for await (const part of reader.read(start, end ?? reader.length - 1)) parts.push(part);
  } finally {
    await reader.close();
  }
  return Buffer.concat(parts);
}

test.each([0, 1, chunkBytes - 1, chunkBytes, chunkBytes + 1, 3 * chunkBytes])(
  "%i bytes come back as they were",
  async (length) => {
    const plain = randomBytes(length);
    const { path, folder } = await aFile(plain);
    expect((await readAll(path))?.equals(plain)).toBe(true);
    expect(readdirSync(folder)).toEqual(["file"]);
  },
);

test("any part comes back as it was, also across the chunks' borders", async () => {
  const plain = randomBytes(3 * chunkBytes + 100);
  const { path } = await aFile(plain);
  for (const [start, end] of [
    [0, 0],
    [chunkBytes - 1, chunkBytes],
    [5, 2 * chunkBytes + 5],
    [3 * chunkBytes + 99, 3 * chunkBytes + 99],
  ] as const) {
    expect((await readAll(path, sealOf(), start, end))?.equals(plain.subarray(start, end + 1))).toBe(true);
  }
});

test("chunks that were exchanged, altered, cut off or taken from elsewhere do not open", async () => {
  const plain = randomBytes(3 * chunkBytes);
  const { path } = await aFile(plain);
  const whole = readFileSync(path);
  const chunk = (n: number) => whole.subarray(headerBytes + n * sealedChunk, headerBytes + (n + 1) * sealedChunk);
  const header = whole.subarray(0, headerBytes);
  const attempt = async (bytes: Uint8Array) => {
    writeFileSync(path, bytes);
    return readAll(path).catch(() => "refused");
  };
  expect(await attempt(Buffer.concat([header, chunk(1), chunk(0), chunk(2)]))).toBe("refused");
  expect(await attempt(Buffer.concat([header, chunk(0), chunk(1)]))).toBeUndefined();
  const shorter = Buffer.from(header);
  shorter.writeBigUInt64BE(BigInt(2 * chunkBytes), 8);
  expect(await attempt(Buffer.concat([shorter, chunk(0), chunk(1)]))).toBe("refused");
  const altered = Buffer.from(whole);
  altered[headerBytes + 20] = (altered[headerBytes + 20] ?? 0) ^ 1;
  expect(await attempt(altered)).toBe("refused");
  expect(await attempt(Buffer.alloc(10))).toBeUndefined();
  writeFileSync(path, whole);
  await expect(readAll(path, sealOf("c-2"))).rejects.toThrow();
  await expect(readAll(path, sealOf("c-1", randomBytes(32)))).rejects.toThrow();
  expect((await readAll(path))?.equals(plain)).toBe(true);
});

test("whoever reads while the key is forgotten reads no further", async () => {
  const { path } = await aFile(randomBytes(3 * chunkBytes));
  const seal = sealOf();
  const reader = await openSealed(realDisk, path, seal);
  const parts = reader?.read(0, 3 * chunkBytes - 1);
  expect((await parts?.next())?.value?.length).toBe(chunkBytes);
  seal.forget();
  await expect(parts?.next()).rejects.toThrow();
  await reader?.close();
});

test("whoever watches a clip while it is destroyed gets no more of it, and nobody opens it again", async () => {
  const folder = join(temporaryFolder(), "clips");
  const clips = createClips({
    ...{ folder, roomBytes: 1e9, log: silentLog, now: Date.now },
    keep: async () => ({ ok: true }),
    check: async (bytes) => ({ ok: true, bytes: bytes.buffer, durationMs: 1_000 }),
  });
  await clips.start(new Set());
  const file = randomBytes(5 * chunkBytes);
  file.write("ftyp", 4);
  const wish = { mirrorId: "m", mime: "video/mp4" as const, bytes: file.length, showsPerson: false };
  const begun = await clips.begin(wish);
  if (!begun.ok) throw new Error(begun.problem.title);
  const part = { start: 0, end: file.length - 1, total: file.length };
  expect(await clips.append(begun.clipId, part, Readable.from([file]))).toMatchObject({ state: "kept" });
  const parts = (await clips.open(begun.clipId, "clip"))?.read(0, file.length - 1);
  expect((await parts?.next())?.value?.equals(file.subarray(0, chunkBytes))).toBe(true);
  expect(await clips.destroy(begun.clipId)).toBe(true);
  await expect(parts?.next()).rejects.toThrow();
  expect(await clips.open(begun.clipId, "clip")).toBeUndefined();
  expect(readdirSync(folder)).toEqual([]);
  await clips.close();
});
