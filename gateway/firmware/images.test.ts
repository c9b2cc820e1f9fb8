import { createHash, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { encodeBundle, type Manifest, signManifest } from "#wire/firmware.ts";
import { createFirmware, type FirmwareOptions } from "./images.ts";

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const trusted = publicKey.export({ format: "jwk" }).x ?? "";

async function shelfOfImages(more: Partial<FirmwareOptions> = {}) {
  const dataFolder = mkdtempSync(join(tmpdir(), "vitrine-firmware-"));
  onTestFinished(() => rmSync(dataFolder, { recursive: true, force: true }));
  let at = 1_000;
  const open = () => createFirmware({ dataFolder, now: () => at++, ...more });
  const firmware = open();
  await firmware.start();
  await firmware.keys.trust("maker", trusted);
  const folder = join(dataFolder, "firmware");
  const files = () => readdirSync(folder).filter((name) => name !== "keys.json");
  return { firmware, open, folder, files };
}

function bundle(version: string, more: Partial<Manifest> = {}, image = Buffer.from(`image ${version}`)) {
  const sha256 = createHash("sha256").update(image).digest("hex");
  const manifest: Manifest = { version, kind: "shelf", sizeBytes: image.length, sha256, createdAt: 0, ...more };
  return encodeBundle(signManifest(manifest, privateKey), image);
}

const titleOf = async (result: ReturnType<ReturnType<typeof createFirmware>["add"]>) => {
  const answer = await result;
  return answer.ok ? answer.value.version : answer.problem.title;
};

test("a signed image is kept, found again after a restart, and given out as it is", async () => {
  const { firmware, open, folder, files } = await shelfOfImages();
  expect(await titleOf(firmware.add(bundle("1.0.0", { model: "HX-4" })))).toBe("1.0.0");
  const again = open();
  await again.start();
  expect(again.kept()).toBe(1);
  expect(await again.list()).toMatchObject([{ version: "1.0.0", model: "HX-4", sizeBytes: 11 }]);
  expect(await again.whyNot("shelf", "1.0.0")).toBeUndefined();
  for (const name of files()) expect(statSync(join(folder, name)).mode & 0o077).toBe(0);
});

test("an image whose size or hash is not what was signed leaves nothing behind", async () => {
  const { firmware, files } = await shelfOfImages();
  for (const damaged of [
    bundle("1.0.0").subarray(0, -1),
    Buffer.concat([bundle("1.0.0"), Buffer.from("x")]),
    bundle("1.0.0", { sha256: "0".repeat(64) }),
    bundle("1.0.0", { sizeBytes: 12 }),
  ]) {
    expect(await titleOf(firmware.add(damaged))).toBe("This firmware did not arrive whole.");
  }
  expect(await titleOf(firmware.add(Buffer.alloc(40_000, 65)))).toBe("This is no signed firmware.");
  expect(await titleOf(firmware.add(Buffer.from('{"manifest":"x"}\n')))).toBe("This is no signed firmware.");
  expect(files()).toEqual([]);
});

test("a key that is no longer trusted takes its images along", async () => {
  const { firmware } = await shelfOfImages();
  await firmware.add(bundle("1.0.0"));
  expect(await firmware.keys.distrust("maker")).toBe(true);
  expect(await firmware.list()).toEqual([]);
  expect(await titleOf(firmware.add(bundle("1.0.1")))).toBe("This firmware cannot be trusted.");
});

test("nobody goes back to an older version by mistake, and a version is never two things", async () => {
  const { firmware } = await shelfOfImages();
  await firmware.add(bundle("1.10.0"));
  expect(await titleOf(firmware.add(bundle("1.9.0")))).toBe("1.9.0 is older than 1.10.0, which is here already.");
  expect(await titleOf(firmware.add(bundle("1.9.0"), { force: true }))).toBe("1.9.0");
  expect(await titleOf(firmware.add(bundle("1.10.0", {}, Buffer.from("other"))))).toBe(
    "There is another 1.10.0 for shelf devices already.",
  );
  expect(await firmware.add(bundle("1.10.0"))).toMatchObject({ ok: true, isNew: false });
  // what other kinds of device have is no measure
  expect(await titleOf(firmware.add(bundle("0.1.0", { kind: "ble" }, Buffer.from("for a receiver"))))).toBe("0.1.0");
});

test("when the place is full the oldest leaves that no roll-out needs", async () => {
  const used = new Set(["1.0.0"]);
  const { firmware, files } = await shelfOfImages({
    isUsed: ({ version }) => used.has(version),
    limits: { images: 3, bytes: 1_000 },
  });
  for (const version of ["1.0.0", "1.1.0", "1.2.0", "1.3.0"]) await firmware.add(bundle(version));
  expect((await firmware.list()).map(({ version }) => version)).toEqual(["1.3.0", "1.2.0", "1.0.0"]);
  expect(files().length).toBe(6);
  expect(firmware.kept()).toBe(3);
  await firmware.add(bundle("2.0.0", {}, Buffer.alloc(980, 1)));
  expect(firmware.kept()).toBe(2);
  expect((await firmware.list()).map(({ version }) => version)).toEqual(["2.0.0", "1.0.0"]);
  used.add("2.0.0");
  expect(await firmware.add(bundle("2.1.0"))).toMatchObject({ ok: false, problem: { status: 507 } });
});

test("a card that forgets is noticed before a roll-out", async () => {
  const { firmware, folder, files } = await shelfOfImages();
  await firmware.add(bundle("1.0.0"));
  const image = files().find((name) => name.endsWith(".bin")) ?? "";
  writeFileSync(join(folder, image), "image 1.0.1");
  expect(await firmware.whyNot("shelf", "1.0.0")).toBe("the image on disk is damaged");
  rmSync(join(folder, image));
  expect(await firmware.whyNot("shelf", "1.0.0")).toBe("the image is gone from the disk");
  expect(await firmware.whyNot("shelf", "9")).toBe("there is no image of 9 for a shelf device");
});

test("what a crash left half written is swept away, and is never an image", async () => {
  const { open, folder, files } = await shelfOfImages({ now: () => Date.now() });
  writeFileSync(join(folder, `${"a".repeat(64)}.bin`), "no line vouches for it");
  writeFileSync(join(folder, `${"b".repeat(64)}.bin.12.part`), "half");
  writeFileSync(join(folder, `${"c".repeat(64)}.json`), "{");
  const firmware = open();
  await firmware.start();
  expect(await firmware.list()).toEqual([]);
  expect(files().length).toBe(3);
  for (const name of files()) utimesSync(join(folder, name), 0, 0);
  await firmware.start();
  expect(files()).toEqual([`${"c".repeat(64)}.json`]);
});

test("only a public key is trusted, and only so many", async () => {
  const { firmware } = await shelfOfImages();
  expect(await firmware.keys.trust("rubbish", "A".repeat(10))).toMatch(/no Ed25519 public key/);
  for (let i = 0; i < 15; i++) expect(await firmware.keys.trust(`key ${i}`, someKey())).toBeUndefined();
  expect(await firmware.keys.trust("one more", someKey())).toMatch(/16 keys are trusted already/);
});

const someKey = () => generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" }).x ?? "";
