import { spawnSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { expect, test } from "vitest";
import { root } from "../commands/setting.ts";
import type { Log } from "../log.ts";
import { temporaryFolder } from "../test-gateway.ts";
import { filesIn, mp4, openShop } from "./test-clips.ts";

type Secrets = Record<string, Buffer | string>;

/** Which secrets stand in which files, database and write-ahead log among them. */
function found(folder: string, secrets: Secrets): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => {
      const bytes = readFileSync(join(entry.parentPath, entry.name));
      return Object.entries(secrets)
        .filter(([, secret]) => bytes.includes(secret))
        .map(([name]) => `${name} in ${entry.name.replace(/c-[0-9a-f]+/, "c")}`);
    })
    .sort();
}

function backup(dataFolder: string): string {
  const folder = temporaryFolder();
  const made = spawnSync(
    process.execPath,
    [join(root, "gateway", "vitrine.js"), "backup", join(folder, "shop.db"), "--data", dataFolder],
    { encoding: "utf8" },
  );
  expect(made.stderr).toBe("");
  expect(made.status).toBe(0);
  return folder;
}

const still = () =>
  sharp({ create: { width: 480, height: 640, channels: 3, background: "#a07050" } })
    .composite([{ input: Buffer.from('<svg width="480" height="640"><circle cx="240" cy="250" r="120"/></svg>') }])
    .jpeg()
    .toBuffer();

test("when a clip is deleted, no byte of it, of its key or of its link is left, nor was any ever in a backup", async () => {
  const { keep, ask, friend, dataFolder, filesOf } = await openShop();
  const recorded = Buffer.from(mp4());
  const { token, ownerKey, clip, location } = await keep(recorded, { showsPerson: true, sku: "GLASSES-ORSO" });
  const picture = await still();
  const headers = { "content-type": "image/jpeg" };
  expect((await ask(`${location}/still`, { method: "PUT", headers, body: new Uint8Array(picture) })).status).toBe(204);
  const served = Buffer.from(await (await friend(`/s/${token}/clip`)).arrayBuffer());
  const poster = Buffer.from(await (await friend(`/s/${token}/poster.jpg`)).arrayBuffer());
  const secrets: Secrets = {
    key: readFileSync(join(dataFolder, "clips", `${clip.clipId}.key`)),
    sealed: readFileSync(join(dataFolder, "clips", `${clip.clipId}.clip`)).subarray(100, 164),
    recorded: recorded.subarray(6_000, 6_032),
    served: served.subarray(6_000, 6_032),
    index: "avc1",
    poster: poster.subarray(2_000, 2_032),
    still: picture.subarray(1_000, 1_032),
    token,
    ownerKey,
    mac: token.split(".")[1] ?? "",
  };
  // only what has to be there, and only where it has to be
  expect(found(dataFolder, secrets)).toEqual(["key in c.key", "sealed in c.clip"]);
  expect(found(backup(dataFolder), secrets)).toEqual([]);
  expect((await ask(location, { method: "DELETE" })).status).toBe(204);
  expect(found(dataFolder, secrets)).toEqual([]);
  expect(filesOf()).toEqual([]);
  expect(found(backup(dataFolder), secrets)).toEqual([]);
});

test("a crash after the deletion was written down, and before the disk had followed, changes nothing", async () => {
  const dataFolder = temporaryFolder();
  const aside = join(temporaryFolder(), "clips");
  const first = await openShop({ dataFolder });
  const { token, location } = await first.keep(mp4());
  cpSync(join(dataFolder, "clips"), aside, { recursive: true });
  await first.ask(location, { method: "DELETE" });
  await first.gateway.close();
  cpSync(aside, join(dataFolder, "clips"), { recursive: true });
  expect(filesIn(dataFolder)).toHaveLength(2);
  const second = await openShop({ dataFolder });
  await expect.poll(second.filesOf).toEqual([]);
  expect((await second.friend(`/s/${token}/clip`)).status).toBe(410);
});

test("a restored backup knows of the clip and has it not: its link says that it has gone home", async () => {
  const dataFolder = temporaryFolder();
  const first = await openShop({ dataFolder });
  const { token } = await first.keep(mp4());
  await first.gateway.close();
  rmSync(join(dataFolder, "clips"), { recursive: true });
  const { friend, ask, clips } = await openShop({ dataFolder });
  await expect.poll(async () => (await friend(`/s/${token}`)).status).toBe(410);
  expect(await (await friend(`/api/v1/shares/${token}`)).json()).toMatchObject({ state: "over" });
  expect((await ask(clips)).body).toEqual([]);
});

test("a kept clip outlives a restart with its link, its owner's key and its end", async () => {
  const dataFolder = temporaryFolder();
  const first = await openShop({ dataFolder });
  const { token, ownerKey, clip } = await first.keep(mp4());
  const before = Buffer.from(await (await first.friend(`/s/${token}/clip`)).arrayBuffer());
  await first.gateway.close();
  const { friend, ask, clips } = await openShop({ dataFolder });
  const after = Buffer.from(await (await friend(`/s/${token}/clip`)).arrayBuffer());
  expect(after.equals(before)).toBe(true);
  const [again] = (await ask(clips)).body;
  // the host's port is another one in this test
  expect({ ...again, url: "", ownerUrl: "" }).toEqual({ ...clip, url: "", ownerUrl: "" });
  expect(again.ownerUrl.endsWith(`#owner=${ownerKey}`)).toBe(true);
  const headers = { authorization: `Bearer ${ownerKey}` };
  expect((await friend(`/api/v1/shares/${token}`, { method: "DELETE", headers })).status).toBe(204);
});

test("no link, no owner's key and no clip's key is in any line of the log, whatever goes wrong", async () => {
  const lines: string[] = [];
  const write = (fields: Record<string, unknown>, message: string) => {
    const { error, ...others } = fields;
    lines.push(`${message} ${JSON.stringify(others)} ${error instanceof Error ? error.stack : JSON.stringify(error)}`);
  };
  const log: Log = { error: write, warn: write, info: write, debug: write, child: () => log };
  const { keep, send, ask, friend, dataFolder } = await openShop({ log });
  const { token, ownerKey, clip, location } = await keep(mp4());
  const key = readFileSync(join(dataFolder, "clips", `${clip.clipId}.key`));
  await friend(`/s/${token}/clip`, { headers: { range: "bytes=0-9" } });
  await friend(`/s/${token}/nothing`);
  await friend(`/api/v1/shares/${token}`, { method: "DELETE", headers: { authorization: `Bearer ${ownerKey}x` } });
  await send(new Uint8Array(1_000));
  // a disk that lost the file while it is kept: an answer, and a line in the log at most
  rmSync(join(dataFolder, "clips", `${clip.clipId}.clip`));
  expect((await friend(`/s/${token}/clip`)).status).toBe(410);
  await ask(location, { method: "DELETE" });
  await friend(`/api/v1/shares/${token}`, { method: "DELETE", headers: { authorization: `Bearer ${ownerKey}` } });
  const said = lines.join("\n");
  expect(said).toContain("HTTP is served");
  for (const secret of [token, token.split(".")[0] ?? "", ownerKey, key.toString("hex"), key.toString("base64")]) {
    expect(said).not.toContain(secret);
  }
});
