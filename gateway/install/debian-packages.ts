import { execFile } from "node:child_process";
import { constants, existsSync } from "node:fs";
import { access, chmod, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

const libraries = `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`;

/** Debian package -> the program, or the path of the file, that shows that it is there. */
const programs = {
  mosquitto: "mosquitto",
  "mosquitto-clients": "mosquitto_pub",
  chromium: "chromium",
  ffmpeg: "ffmpeg",
  "python3-paho-mqtt": "/usr/lib/python3/dist-packages/paho/mqtt/client.py",
  coturn: "turnserver",
  janus: "janus",
  // what a foreign WebRTC client is made of: webrtcbin, its ICE, DTLS and codecs, and Python's way to them
  "python3-gst-1.0": "/usr/lib/python3/dist-packages/gi/overrides/Gst.py",
  "gir1.2-gst-plugins-base-1.0": `${libraries}/girepository-1.0/GstSdp-1.0.typelib`,
  "gir1.2-gst-plugins-bad-1.0": `${libraries}/girepository-1.0/GstWebRTC-1.0.typelib`,
  "gstreamer1.0-plugins-base": `${libraries}/gstreamer-1.0/libgstopus.so`,
  "gstreamer1.0-plugins-good": `${libraries}/gstreamer-1.0/libgstvpx.so`,
  "gstreamer1.0-plugins-bad": `${libraries}/gstreamer-1.0/libgstwebrtc.so`,
  "gstreamer1.0-nice": `${libraries}/gstreamer-1.0/libgstnice.so`,
} as const;
export type DebianTool = keyof typeof programs;

/** Packages that enable a service of their own name. */
const daemons = ["mosquitto", "coturn", "janus"] as const;
/** For tests with GStreamer's `webrtcbin`. */
export const gstreamerTools = [
  "python3-gst-1.0",
  "gir1.2-gst-plugins-base-1.0",
  "gir1.2-gst-plugins-bad-1.0",
  "gstreamer1.0-plugins-base",
  "gstreamer1.0-plugins-good",
  "gstreamer1.0-plugins-bad",
  "gstreamer1.0-nice",
] as const satisfies readonly DebianTool[];

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
 * enabled, so nothing of it listens afterwards. Otherwise throws one line that says what to install.
 */
export async function ensureDebianTools(names: readonly DebianTool[]): Promise<void> {
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
  for (const name of daemons) if (missing.includes(name)) await disableService(`${name}.service`);
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
