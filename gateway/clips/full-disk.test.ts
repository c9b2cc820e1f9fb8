import { randomFillSync } from "node:crypto";
import { readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { silentLog } from "../log.ts";
import { bootGateway, temporaryFolder } from "../test-gateway.ts";
import { createClips } from "./clips.ts";
import { type Disk, realDisk } from "./disk.ts";
import { mp4, signIn } from "./test-clips.ts";
import { mountTinyDisk } from "./test-full-disk.ts";
import { recording } from "./test-recordings.ts";

/** Leaves so many bytes free. */
function fill(folder: string, leave: number): string {
  const { bavail, bsize } = statfsSync(folder);
  const path = join(folder, "other-data");
  writeFileSync(path, randomFillSync(Buffer.alloc(bavail * bsize - leave)));
  return path;
}

test("the disk is full in the middle of an upload: said in plain words, nothing half is left, and there is room again", async (context) => {
  const dataFolder = temporaryFolder();
  const folder = join(dataFolder, "clips");
  if (!mountTinyDisk(folder, 200)) return context.skip("this user may not mount a small disk");
  const { url } = await bootGateway({ dataFolder });
  const { begin, put, send } = await signIn(url);
  const file = new Uint8Array(randomFillSync(Buffer.alloc(1_000_000)));
  file.set(mp4().subarray(0, 12));
  const { status, location } = await begin({ bytes: file.length });
  expect(status).toBe(201);
  const other = fill(folder, 300_000);
  expect(await put(location, file, 0, 100_000)).toMatchObject({ status: 308 });
  const full = await put(location, file, 100_000);
  expect(full).toMatchObject({ status: 507, body: { type: "disk-full" } });
  expect(full.body.title).toBe("The shop’s computer has no space left. Nothing of the clip was kept.");
  expect(readdirSync(folder)).toEqual(["other-data"]);
  expect((await put(location, file, 0, 10)).status).toBe(404);
  // before anything is written
  expect(await begin({ bytes: 1_000 })).toMatchObject({ status: 507, body: { type: "disk-full" } });
  expect(readdirSync(folder)).toEqual(["other-data"]);
  rmSync(other);
  expect((await send(mp4())).status).toBe(201);
});

/** A disk that takes so many bytes and no more, whoever writes them. */
function smallDisk(room: { left: number }): Disk {
  return {
    ...realDisk,
    async open(path, mode) {
      const file = await realDisk.open(path, mode);
      return {
        ...file,
        async write(bytes, at) {
          const size = await file.size();
          const fits = bytes.subarray(0, Math.max(0, size - at) + Math.max(0, room.left));
          await file.write(fits, at);
          room.left -= Math.max(0, at + fits.length - size);
          if (fits.length < bytes.length) throw Object.assign(new Error("write"), { code: "ENOSPC" });
        },
      };
    },
  };
}

test("wherever the disk fills up, from the first byte to the last, nothing of the clip is left", async () => {
  const file = await recording({ seconds: 4, sounds: 1 });
  const outcomes = new Set<string>();
  for (let left = 0; left < 3 * file.length; left += Math.ceil(file.length / 12)) {
    const folder = join(temporaryFolder(), "clips");
    const clips = createClips({
      ...{ folder, roomBytes: 1e9, log: silentLog, now: Date.now, disk: smallDisk({ left }) },
      keep: async () => ({ ok: true }),
      check: async (bytes) => ({ ok: true, bytes: bytes.buffer, durationMs: 4_000 }),
    });
    await clips.start(new Set());
    const begun = await clips.begin({ mirrorId: "m", mime: "video/mp4", bytes: file.length, showsPerson: false });
    const done = begun.ok
      ? await clips.append(
          begun.clipId,
          { start: 0, end: file.length - 1, total: file.length },
          Readable.from([Buffer.from(file)]),
        )
      : begun;
    const outcome = done.ok ? "kept" : `${done.problem.status}`;
    outcomes.add(outcome);
    if (outcome === "507") expect(readdirSync(folder), `with room for ${left} bytes`).toEqual([]);
    else expect(readdirSync(folder)).toHaveLength(2);
    await clips.close();
  }
  expect([...outcomes].sort()).toEqual(["507", "kept"]);
});

test("the shop's memory cannot be written just when a clip is complete: nothing is lost, the mirror asks again", async () => {
  const folder = join(temporaryFolder(), "clips");
  const title = "The shop's memory could not be written. Nothing was changed.";
  const answers = [{ ok: false as const, problem: { status: 503, type: "not-saved", title } }];
  const clips = createClips({
    ...{ folder, roomBytes: 1e9, log: silentLog, now: Date.now },
    keep: async () => answers.shift() ?? { ok: true },
  });
  await clips.start(new Set());
  const file = Buffer.from(mp4());
  const begun = await clips.begin({ mirrorId: "m", mime: "video/mp4", bytes: file.length, showsPerson: false });
  if (!begun.ok) throw new Error(begun.problem.title);
  const { clipId } = begun;
  const total = file.length;
  const first = await clips.append(clipId, { start: 0, end: total - 1, total }, Readable.from([file]));
  expect(first).toMatchObject({ ok: false, problem: { status: 503 }, retryAfterS: 3 });
  expect(readdirSync(folder).sort()).toEqual([`${clipId}.key`, `${clipId}.upload`]);
  expect(await clips.append(clipId, { total }, Readable.from([]))).toMatchObject({ ok: true, state: "kept" });
  expect(readdirSync(folder).sort()).toEqual([`${clipId}.clip`, `${clipId}.key`]);
  await clips.close();
});
