import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { processorOf, sha256 } from "./checks.ts";
import { fetchArchive, type Machine, prebuiltNames, prebuiltUrl, unpack } from "./prebuilt.ts";
import { run } from "./run.ts";

/** Archives carried to a computer without internet: the makers' own, or packed by `packWorker` elsewhere. */

const maxBytes = 64 * 1024 * 1024;

/** A worker out of a file somebody brought. Throws a sentence for people when it is not what it should be. */
export async function takeFromArchive(
  file: string,
  into: string,
  { version, cache, arch }: { version: string; cache: string; arch: string },
): Promise<void> {
  const size = await stat(file).then(
    (found) => (found.isFile() ? found.size : 0),
    () => -1,
  );
  if (size < 0) throw new Error(`There is no file ${file}.`);
  if (size === 0 || size > maxBytes) throw new Error(`${file} is not an archive of a video worker.`);
  const said = /mediasoup-worker-(\d+\.\d+\.\d+)/.exec(basename(file))?.[1];
  if (said !== undefined && said !== version) {
    throw new Error(`${file} is version ${said}; the mediasoup installed here needs exactly ${version}.`);
  }
  const sum = /^[0-9a-f]{64}/i.exec(await readFile(`${file}.sha256`, "utf8").catch(() => ""))?.[0];
  if (sum !== undefined && sum.toLowerCase() !== (await sha256(file))) {
    throw new Error(`${file} was damaged on its way: its SHA-256 is not the one in ${file}.sha256. Copy it again.`);
  }
  if (!(await unpack(file, into, { cache, signal: undefined }))) {
    throw new Error(`${file} cannot be unpacked: it was cut off, or is no archive of a video worker.`);
  }
  const processor = await processorOf(into);
  if (processor !== undefined && processor !== arch) {
    throw new Error(`${file} is for ${processor}, and this computer is ${arch}.`);
  }
}

/** Packs a worker for computers like this one. Returns the SHA-256, which is also written beside the file. */
export async function packWorker(bin: string, file: string): Promise<string> {
  const scratch = await mkdtemp(join(dirname(bin), "pack-"));
  try {
    await copyFile(bin, join(scratch, "mediasoup-worker"));
    await run("tar", ["-czf", file, "-C", scratch, "mediasoup-worker"]);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return writeSum(file);
}

/** Fetches the makers' archive for another kind of computer. Throws a sentence with its address when that fails. */
export async function fetchForOther(
  { version, machine, cache }: { version: string; machine: Machine; cache: string },
  file: string,
): Promise<string> {
  if (!(await fetchArchive({ version, machine, into: file, cache, signal: undefined }))) {
    const url = prebuiltUrl(version, prebuiltNames(version, machine)[0] ?? "");
    throw new Error(`The worker for ${machine.arch} is not within reach. Where there is internet, fetch ${url}`);
  }
  const proof = `${file}.program`;
  try {
    if (!(await unpack(file, proof, { cache, signal: undefined }))) throw new Error(`What came is no archive: ${file}`);
    const processor = await processorOf(proof);
    if (processor !== undefined && processor !== machine.arch)
      throw new Error(`What came is for ${processor}: ${file}`);
  } finally {
    await rm(proof, { force: true });
  }
  return writeSum(file);
}

/** In the words of sha256sum(1), so that `sha256sum -c` can read it. */
async function writeSum(file: string): Promise<string> {
  const sum = await sha256(file);
  await writeFile(`${file}.sha256`, `${sum}  ${basename(file)}\n`);
  return sum;
}
