import { execFile } from "node:child_process";
import { constants, existsSync } from "node:fs";
import { access, chmod, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Debian package -> the program, or the path of the file, that shows that it is there. */
const programs = {
  mosquitto: "mosquitto",
  "mosquitto-clients": "mosquitto_pub",
  chromium: "chromium",
  ffmpeg: "ffmpeg",
  "python3-paho-mqtt": "/usr/lib/python3/dist-packages/paho/mqtt/client.py",
  coturn: "turnserver",
  janus: "janus",
} as const;
export type DebianTool = keyof typeof programs;

/** Daemons live in sbin, which is not on every user's PATH. */
const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/local/sbin", "/usr/sbin", "/sbin"];

/** Where a program is, for spawning it; undefined when it is not installed. */
export async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of folders.filter((folder) => folder !== "")) {
    const path = join(folder, name);
    const executable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (executable) return path;
  }
  return undefined;
}

async function isInstalled(name: DebianTool): Promise<boolean> {
  const sign = programs[name];
  return sign.startsWith("/") ? existsSync(sign) : (await findProgram(sign)) !== undefined;
}

/**
 * What the tests need of the system. As root on Debian it installs what is missing; no service of it is started or
 * enabled, so nothing listens on 1883 afterwards. Otherwise throws one line that says what to install.
 */
export async function ensureDebianTools(names: DebianTool[]): Promise<void> {
  const missing: DebianTool[] = [];
  for (const name of new Set(names)) if (!(await isInstalled(name))) missing.push(name);
  if (missing.length === 0) return;

  const aptGet = await findProgram("apt-get");
  if (process.getuid?.() !== 0 || !aptGet) {
    const how = aptGet ? `sudo apt-get install ${missing.join(" ")}` : `please install: ${missing.join(", ")}`;
    throw new Error(`Missing for the tests: ${missing.map((name) => programs[name]).join(", ")}. ${how}`);
  }
  await withoutServices(async () => {
    try {
      await install(aptGet, missing);
    } catch {
      // the package lists of a fresh machine are empty or old
      await run(aptGet, ["update", "-q"], { maxBuffer });
      await install(aptGet, missing);
    }
  });
  if (missing.includes("mosquitto")) await disableService("mosquitto.service");
}

const maxBuffer = 64 * 1024 * 1024;

async function install(aptGet: string, names: DebianTool[]) {
  const options = ["-y", "-q", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"];
  await run(aptGet, ["install", ...options, ...names], {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    maxBuffer,
  });
}

/** invoke-rc.d and deb-systemd-invoke ask this script before they start anything (invoke-rc.d(8)); 101 means no. */
const policyScript = "/usr/sbin/policy-rc.d";

/** A policy that is there already is the machine's own and stays. */
async function withoutServices(work: () => Promise<void>) {
  const ours = await writeFile(policyScript, "#!/bin/sh\nexit 101\n", { flag: "wx" }).then(
    () => true,
    () => false,
  );
  if (ours) await chmod(policyScript, 0o755);
  try {
    await work();
  } finally {
    if (ours) await rm(policyScript, { force: true });
  }
}

/** The package enables its service for the next boot; without systemd there is nothing to disable. */
async function disableService(service: string) {
  const systemctl = await findProgram("systemctl");
  if (systemctl) await run(systemctl, ["disable", service]).catch(() => {});
}
