import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import { onTestFinished } from "vitest";
import { ensureDebianTools, findProgram } from "../install/debian-packages.ts";
import { eventually } from "./test-eventually.ts";

/** A true Mosquitto on a free port, with sessions that survive its restart. Ends with the test. */
export async function startMosquitto() {
  await ensureDebianTools(["mosquitto"]);
  const program = await findProgram("mosquitto");
  if (!program) throw new Error("mosquitto is not installed");
  const folder = mkdtempSync(join(tmpdir(), "vitrine-mosquitto-"));
  const port = await freePort();
  const settings = [
    `listener ${port} 127.0.0.1`,
    "allow_anonymous true",
    "user root",
    "persistence true",
    `persistence_location ${folder}/`,
    // the defaults, 20 and 1000, are for small devices: see README.md
    "max_inflight_messages 500",
    "max_queued_messages 100000",
  ];
  writeFileSync(join(folder, "mosquitto.conf"), `${settings.join("\n")}\n`);
  let child: ChildProcess | undefined;

  async function start() {
    const started = spawn(program!, ["-c", join(folder, "mosquitto.conf")], { stdio: "ignore" });
    child = started;
    await eventually(() => isListening(port)).toBe(true);
  }
  async function stop() {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    // on SIGTERM it writes its sessions to disk
    child.kill("SIGTERM");
    await gone;
  }
  const url = `mqtt://127.0.0.1:${port}`;
  onTestFinished(async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });
  await start();

  async function client(clientId: string, more: IClientOptions = {}): Promise<MqttClient> {
    const connected = await connectAsync(url, { clientId, reconnectPeriod: 0, ...more });
    onTestFinished(() => connected.endAsync(true));
    return connected;
  }

  return { url, start, stop, client };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
