import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Type } from "typebox";
import { decodeBundle, type Manifest, openManifest, type SignedManifest, whyNotImage } from "#wire/firmware.ts";
import { createJsonReader } from "#wire/json.ts";
import { compareVersions } from "#wire/versions.ts";
import type { FirmwareImage } from "#wire/views.ts";
import { ignoreMissing, writeWhole } from "./files.ts";
import { createTrustedKeys } from "./trusted-keys.ts";

export type StoredImage = { manifest: Manifest; signed: SignedManifest; addedAt: number; path: string };
export type Problem = { status: number; type: string; title: string; detail?: string };
export type AddResult = { ok: true; value: FirmwareImage; isNew: boolean } | { ok: false; problem: Problem };

export type FirmwareOptions = {
  dataFolder: string;
  /** Epoch ms. */
  now(): number;
  /** A roll-out needs it: it must not leave. */
  isUsed?(image: Pick<Manifest, "kind" | "version">): boolean;
  limits?: { images: number; bytes: number };
};

const usualLimits = { images: 20, bytes: 200 * 1024 * 1024 };
const strayAfterMs = 3_600_000;
const reader = createJsonReader(
  Type.Object({ manifest: Type.String(), signature: Type.String(), addedAt: Type.Integer({ minimum: 0 }) }),
);

export type Firmware = ReturnType<typeof createFirmware>;

/**
 * Signed images in `<data>/firmware/`: `<sha256>.bin` and beside it `<sha256>.json`, written last, so that what a crash
 * cut off is not there. Signatures are checked when an image comes in and each time the folder is read: a key that is no
 * longer trusted takes its images along.
 */
export function createFirmware({ dataFolder, now, isUsed = () => false, limits = usualLimits }: FirmwareOptions) {
  const folder = join(dataFolder, "firmware");
  const keys = createTrustedKeys(dataFolder);
  let turn: Promise<unknown> = Promise.resolve();
  let kept = 0;

  /** Newest first. */
  async function all(): Promise<StoredImage[]> {
    const names = (await readdir(folder).catch(ignoreMissing)) ?? [];
    const trusted = (await keys.list()).map(({ publicKey }) => publicKey);
    const images: StoredImage[] = [];
    for (const name of names) {
      const sha256 = /^([0-9a-f]{64})\.json$/.exec(name)?.[1];
      const image = sha256 === undefined ? undefined : await read(sha256, trusted);
      if (image) images.push(image);
    }
    kept = images.length;
    return images.sort((a, b) => b.addedAt - a.addedAt || (a.path < b.path ? -1 : 1));
  }

  async function read(sha256: string, trusted: string[]): Promise<StoredImage | undefined> {
    const bytes = await readFile(join(folder, `${sha256}.json`)).catch(ignoreMissing);
    const result = bytes && reader.read(bytes);
    if (!result?.ok) return undefined;
    const { addedAt, ...signed } = result.value;
    const manifest = openManifest(signed, trusted);
    if (!manifest.ok || manifest.value.sha256 !== sha256) return undefined;
    return { manifest: manifest.value, signed, addedAt, path: join(folder, `${sha256}.bin`) };
  }

  const find = async (kind: string, version: string) =>
    (await all()).find(({ manifest }) => manifest.kind === kind && manifest.version === version);

  async function add(bundle: Uint8Array, force: boolean): Promise<AddResult> {
    const opened = decodeBundle(bundle);
    if (!opened.ok) return refuse(400, "bad-firmware", "This is no signed firmware.", opened.reason);
    const { signed, image } = opened.value;
    const trusted = (await keys.list()).map(({ publicKey }) => publicKey);
    const manifest = openManifest(signed, trusted);
    if (!manifest.ok) return refuse(400, "untrusted-firmware", "This firmware cannot be trusted.", manifest.reason);
    const wrong = whyNotImage(manifest.value, image);
    if (wrong !== undefined) return refuse(400, "damaged-firmware", "This firmware did not arrive whole.", wrong);
    const others = await all();
    const same = others.find(({ manifest: { sha256 } }) => sha256 === manifest.value.sha256);
    if (same) return { ok: true, value: view(same), isNew: false };
    const problem = whyNotBeside(manifest.value, others, force) ?? (await makeRoom(others, image.byteLength));
    if (problem) return { ok: false, problem };
    const path = join(folder, `${manifest.value.sha256}.bin`);
    const stored = { manifest: manifest.value, signed, addedAt: now(), path };
    await writeWhole(path, image);
    await writeWhole(path.replace(/bin$/, "json"), JSON.stringify({ ...signed, addedAt: stored.addedAt }));
    kept++;
    return { ok: true, value: view(stored), isNew: true };
  }

  /** The oldest that nobody needs leave. */
  async function makeRoom(stored: StoredImage[], bytes: number): Promise<Problem | undefined> {
    const kept = [...stored];
    const size = () => kept.reduce((sum, { manifest }) => sum + manifest.sizeBytes, bytes);
    const leaving: StoredImage[] = [];
    while (kept.length >= limits.images || size() > limits.bytes) {
      const oldest = kept.findLastIndex(({ manifest }) => !isUsed(manifest));
      if (oldest < 0) return full;
      leaving.push(...kept.splice(oldest, 1));
    }
    for (const { path } of leaving) await remove(path);
    return undefined;
  }

  async function remove(path: string) {
    // the line that vouches for it first
    await rm(path.replace(/bin$/, "json"), { force: true });
    kept--;
    await rm(path, { force: true });
  }

  /** What a crash left behind: an image without its line, or half a file. */
  async function sweep() {
    const names = new Set((await readdir(folder).catch(ignoreMissing)) ?? []);
    for (const name of names) {
      const isStray = name.endsWith(".part") || (name.endsWith(".bin") && !names.has(name.replace(/bin$/, "json")));
      const info = isStray ? await stat(join(folder, name)).catch(ignoreMissing) : undefined;
      if (info && now() - info.mtimeMs > strayAfterMs) await rm(join(folder, name), { force: true });
    }
  }

  return {
    keys,
    async start() {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await sweep();
      await all();
    },
    /** How many images there are, as of the last look. */
    kept: () => kept,
    /** One at a time: two uploads would each believe that there is room. Nothing is kept of what is refused. */
    add(bundle: Uint8Array, { force = false } = {}): Promise<AddResult> {
      const result = turn.then(() => add(bundle, force));
      turn = result.catch(() => undefined);
      return result;
    },
    list: async (): Promise<FirmwareImage[]> => (await all()).map(view),
    find,
    /** Reads the image once more: undefined when it still is what was signed. */
    async whyNot(kind: string, version: string): Promise<string | undefined> {
      const image = await find(kind, version);
      if (!image) return `there is no image of ${version} for a ${kind} device`;
      const hash = createHash("sha256");
      try {
        for await (const chunk of createReadStream(image.path)) hash.update(chunk);
      } catch (error) {
        ignoreMissing(error);
        return "the image is gone from the disk";
      }
      return hash.digest("hex") === image.manifest.sha256 ? undefined : "the image on disk is damaged";
    },
  };
}

/** The same version is the same bytes, and nobody goes back by mistake. */
function whyNotBeside(manifest: Manifest, others: StoredImage[], force: boolean): Problem | undefined {
  const { kind, model, version } = manifest;
  const siblings = others.filter((other) => other.manifest.kind === kind && other.manifest.model === model);
  if (others.some((other) => other.manifest.kind === kind && other.manifest.version === version)) {
    const title = `There is another ${version} for ${kind} devices already.`;
    return { status: 409, type: "version-taken", title, detail: "Give this one a version of its own." };
  }
  const newer = siblings.find((other) => compareVersions(other.manifest.version, version) > 0);
  if (!newer || force) return undefined;
  const title = `${version} is older than ${newer.manifest.version}, which is here already.`;
  return { status: 409, type: "older-firmware", title, detail: "If going back is meant, say so with force." };
}

function view({ manifest, addedAt }: StoredImage): FirmwareImage {
  return { ...manifest, addedAt };
}

function refuse(status: number, type: string, title: string, detail: string): AddResult {
  return { ok: false, problem: { status, type, title, detail } };
}

const full: Problem = {
  status: 507,
  type: "no-room",
  title: "There is no room for another firmware.",
  detail: "All images here are part of a roll-out that is not over.",
};
