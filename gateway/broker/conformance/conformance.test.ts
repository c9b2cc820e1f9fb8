import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCredentials } from "../../access/credentials.ts";
import { ensureDebianTools } from "../../install/debian-packages.ts";

// The gateway as a shop runs it, in a process of its own, and a client that shares no code with it: Eclipse Paho's for
// Python, and packets made by hand where a library will not send them. checks.py says what is tested and why.

type Line = { name: string; failure: string | null } | { need: "stop" | "kill" };

/** Debian's own Python, which is the one that has Debian's packages. */
const python = "/usr/bin/python3";
const script = join(import.meta.dirname, "checks.py");
const device = "A1";
const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1" };

await ensureDebianTools(["python3-paho-mqtt"]);
const checks: { name: string; statements: string[] }[] = JSON.parse(
  execFileSync(python, [script, "--list"], { encoding: "utf8", env }),
);

const folder = mkdtempSync(join(tmpdir(), "vitrine-conformance-"));
const results = new Map(checks.map(({ name }) => [name, Promise.withResolvers<string | null>()]));
let gateway: ChildProcess;
let client: ChildProcess;

async function startGateway(): Promise<{ url: string; mqttPort: number }> {
  gateway = spawn(process.execPath, [join(import.meta.dirname, "../../drills/gateway-process.ts"), folder], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  // what it refuses is what is tested: its log is long, and of interest only when it does not start
  let log = "";
  gateway.stderr?.on("data", (text) => {
    log = (log + text).slice(-2_000);
  });
  const ended = once(gateway, "exit").then(() => {
    throw new Error(`the gateway ended before it listened: ${log}`);
  });
  const [line] = await Promise.race([once(createInterface({ input: gateway.stdout! }), "line"), ended]);
  ended.catch(() => {});
  return JSON.parse(line);
}

async function restart(how: "stop" | "kill") {
  const gone = once(gateway, "exit");
  gateway.kill(how === "kill" ? "SIGKILL" : "SIGTERM");
  await gone;
  const { mqttPort } = await startGateway();
  client.stdin?.write(`${mqttPort}\n`);
}

beforeAll(async () => {
  const password = await createCredentials(folder).addDevice(device);
  const { url, mqttPort } = await startGateway();
  const about = [String(mqttPort), new URL(url).port, device, password];
  client = spawn(python, [script, ...about], { stdio: ["pipe", "pipe", "inherit"], env });
  createInterface({ input: client.stdout! }).on("line", (text) => {
    const line: Line = JSON.parse(text);
    if ("need" in line) void restart(line.need);
    else results.get(line.name)?.resolve(line.failure);
  });
  client.on("exit", () => {
    for (const { resolve } of results.values()) resolve("the client ended before this check");
  });
});

afterAll(() => {
  client?.kill("SIGKILL");
  gateway?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

test("the table of statements tells what is checked", () => {
  const table = readFileSync(join(import.meta.dirname, "../../docs/conformance.md"), "utf8");
  const told = new Set(table.match(/MQTT-\d+\.\d+\.\d+-\d+|MQTT-2\.2\.3/g));
  expect(checks.flatMap(({ statements }) => statements).filter((statement) => !told.has(statement))).toEqual([]);
});

describe("MQTT 3.1.1 by an independent client", () => {
  test.for(checks)("$name", { timeout: 240_000 }, async ({ name, statements }) => {
    expect(await results.get(name)?.promise, statements.join(", ")).toBeNull();
  });
});
