import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "../commands/setting.ts";
import { ensureDebianTools, findProgram } from "../install/debian-packages.ts";

/** A server to be measured, in a process of its own. */
export type Server = { port: number; pid: number; close(): Promise<void> };
export type GatewayServer = Server & { url: string };
export type GatewaySettings = {
  commitDelayMs?: number;
  extraShelves?: number;
  /** Plates of each extra shelf, 1 where left out; then each plate has a product of its own. */
  extraPlates?: number;
  /** No demo: every device has its own account, and may say and hear what is its own. */
  accounts?: boolean;
  /** Devices are held to their rate, as in a shop. */
  throttled?: boolean;
  /** With the video worker; a share takes so many viewers. */
  video?: { maxViewers: number };
};

export async function startGateway(settings: GatewaySettings = {}): Promise<GatewayServer> {
  const { child, line } = await startScript(
    "gateway-process.ts",
    [JSON.stringify(settings)],
    nodeOptions(),
    startVariables(),
  );
  const { port, url }: { port: number; url: string } = JSON.parse(line);
  return { ...serverOf(child, port), url };
}

export async function startAedes(): Promise<Server> {
  const { child, line } = await startScript("aedes-process.ts", []);
  const { port }: { port: number } = JSON.parse(line);
  return serverOf(child, port);
}

/** The bounds of Debian's default would drop messages of this load, so they are lifted; nothing is written to disk. */
export async function startMosquitto(): Promise<Server> {
  await ensureDebianTools(["mosquitto"]);
  const program = await findProgram("mosquitto");
  if (!program) throw new Error("mosquitto is not installed");
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "vitrine-bench-mosquitto-"));
  const settings = [
    `listener ${port} 127.0.0.1`,
    "allow_anonymous true",
    "persistence false",
    "max_inflight_messages 0",
    "max_queued_messages 0",
    "set_tcp_nodelay true",
    "log_type none",
  ];
  const file = join(folder, "mosquitto.conf");
  writeFileSync(file, `${settings.join("\n")}\n`);
  const child = spawn(program, ["-c", file], { stdio: "ignore" });
  await listening(port);
  rmSync(folder, { recursive: true, force: true });
  return serverOf(child, port);
}

/** The one of gateway/vitrine.js: what is measured runs as it does in a shop. */
const compileCache = join(root, "node_modules", ".cache", "vitrine");

/** The options of Node that `npm start` gives, for example for the size of the heap. */
export function nodeOptions(): string[] {
  return wordsOfStart().filter((word) => word.startsWith("--"));
}

/** The variables that `npm start` sets before it calls Node. */
export function startVariables(): Record<string, string> {
  const variables = wordsOfStart().filter((word) => /^[A-Z_]+=/.test(word));
  return Object.fromEntries(variables.map((word) => [word.split("=")[0], word.slice(word.indexOf("=") + 1)]));
}

function wordsOfStart(): string[] {
  const { scripts }: { scripts: { start: string } } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return scripts.start.split(" ");
}

async function startScript(file: string, args: string[], options: string[] = [], variables = {}) {
  const child = spawn(process.execPath, [...options, join(import.meta.dirname, file), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...variables, NODE_COMPILE_CACHE: compileCache },
  });
  const stopped = once(child, "exit").then(([code]) => {
    throw new Error(`${file} ended with code ${code} before it listened`);
  });
  const [line]: string[] = await Promise.race([once(createInterface({ input: child.stdout }), "line"), stopped]);
  return { child, line: line ?? "" };
}

export function serverOf(child: ChildProcess, port: number): Server {
  return {
    port,
    pid: child.pid ?? 0,
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address ? address.port : 0;
}

export async function listening(port: number) {
  for (let tries = 0; tries < 500; tries++) {
    const socket = connect(port, "127.0.0.1");
    const reached = await Promise.race([
      once(socket, "connect").then(() => true),
      once(socket, "close").then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (reached) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`nothing listens on port ${port}`);
}
