import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./run.ts";

const templates = fileURLToPath(new URL("debian/", import.meta.url));
/** Meson subprojects of mediasoup that Debian's libraries stand in for. */
const standIns = ["openssl", "libuv", "libsrtp3", "flatbuffers", "abseil-cpp", "catch2", "unordered_dense"];

export type SourceOptions = {
  /** The installed npm package of mediasoup: its worker's sources are in it. */
  packageFolder: string;
  /** Where the sources are laid out; kept between runs. */
  folder: string;
  signal: AbortSignal | undefined;
};

/** Lays the worker's sources out for a build on Debian's libraries. Does nothing when that was done before. */
export async function layOutSources({ packageFolder, folder, signal }: SourceOptions): Promise<string> {
  const worker = join(folder, "worker");
  const mark = join(folder, "laid-out");
  const wanted = await fingerprint();
  if ((await readFile(mark, "utf8").catch(() => "")) === wanted) return worker;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await cp(join(packageFolder, "worker"), worker, {
    recursive: true,
    filter: (path) => !/[/\\]worker[/\\](out|prebuild)([/\\]|$)/.test(path),
  });
  const subprojects = join(worker, "subprojects");
  await rm(subprojects, { recursive: true, force: true });
  await cp(templates, subprojects, { recursive: true });
  await rename(join(subprojects, "srtp.h"), join(worker, "include", "srtp.h"));
  // these satisfy a target of mediasoup's that is never built
  for (const name of standIns) await writeFile(join(subprojects, name, "empty.c"), "/* empty */\n");
  await fetchSrtp(folder, join(subprojects, "libsrtp2"), signal);
  await patch(worker);
  await writeFile(mark, wanted);
  return worker;
}

async function patch(worker: string) {
  // Debian 12 has meson 1.0.1, which is enough
  await replaceIn(join(worker, "meson.build"), /meson_version\s*:\s*'>= 1\.\d+\.\d+'/, "meson_version: '>= 1.0.0'");
  // Debian's OpenSSL has kernel TLS compiled in and asks mediasoup's write BIO about it. mediasoup's callback answers 1
  // to every such question, so OpenSSL would leave out its write buffer and crash. Hand back the BIO's own answer.
  await replaceIn(
    join(worker, "src", "RTC", "DtlsTransport.cpp"),
    "(operationType == BIO_CB_RETURN) ?",
    "((operationType & BIO_CB_RETURN) != 0) ?",
  );
}

async function replaceIn(file: string, from: string | RegExp, to: string) {
  const before = await readFile(file, "utf8");
  const after = before.replace(from, () => to);
  if (after === before) throw new Error(`${file} is not as expected: this mediasoup is newer than the build recipe`);
  await writeFile(file, after);
}

/** libsrtp from Debian's source package, by a private apt configuration, so that /etc/apt stays as it is. */
async function fetchSrtp(folder: string, into: string, signal: AbortSignal | undefined) {
  const apt = join(folder, "apt");
  await mkdir(join(apt, "lists", "partial"), { recursive: true });
  await mkdir(join(apt, "cache", "archives", "partial"), { recursive: true });
  const release = await readFile("/etc/os-release", "utf8");
  const suite = /^VERSION_CODENAME=(\S+)$/m.exec(release)?.[1];
  const targets = await run("apt-get", ["indextargets", "--format", "$(RELEASE) $(REPO_URI)", "Created-By: Packages"], {
    signal,
  });
  const mirror = targets
    .split("\n")
    .map((line) => line.split(" "))
    .find(([name]) => name === suite)?.[1];
  if (!suite || !mirror) throw new Error("apt knows no package source of this system's own release");
  const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
  await writeFile(join(apt, "sources.list"), `deb-src [signed-by=${keyring}] ${mirror} ${suite} main\n`);
  const options = [
    ...["-o", `Dir::Etc::sourcelist=${join(apt, "sources.list")}`, "-o", "Dir::Etc::sourceparts=/dev/null"],
    ...["-o", `Dir::State::lists=${join(apt, "lists")}`, "-o", `Dir::Cache=${join(apt, "cache")}`],
    // root's own folders are closed to apt's usual download user
    ...(process.getuid?.() === 0 ? ["-o", "APT::Sandbox::User=root"] : []),
    "-qq",
  ];
  await run("apt-get", [...options, "update"], { signal });
  await run("apt-get", [...options, "--download-only", "source", "libsrtp2"], { cwd: apt, signal });
  const description = (await readdir(apt)).find((name) => name.endsWith(".dsc"));
  if (!description) throw new Error("apt fetched no source package of libsrtp2");
  // apt has checked the signature of the release and with it the hash of this file
  await run("dpkg-source", ["--no-check", "-x", join(apt, description), into], { signal });
}

/** Changes when the recipe changes, so that an older layout is not continued. */
async function fingerprint(): Promise<string> {
  const hash = createHash("sha256").update(await readFile(fileURLToPath(import.meta.url)));
  const names = (await readdir(templates, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const name of names) hash.update(await readFile(name));
  return hash.digest("hex");
}
