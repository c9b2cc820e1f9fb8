import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import { ensureDebianTools, findProgram } from "../install/debian-packages.ts";
import { freePort, listening, type Server, serverOf } from "./servers.ts";
import { payloadType } from "./video-packets.ts";

/** Port: WebSocket of its API. `rtpPort`: what comes in there is forwarded to everyone who watches. */
export type JanusServer = Server & { rtpPort: number };

const mountpoint = 1;
const idlePlugins = ["audiobridge", "duktape", "echotest", "lua", "nosip", "recordplay", "sip", "textroom"];
const otherPlugins = [...idlePlugins, "videocall", "videoroom", "voicemail"];
const otherTransports = ["http", "mqtt", "nanomsg", "pfunix", "rabbitmq"];

/** Janus from Debian, run by hand with its streaming plugin and nothing else, on loopback as far as it lets itself. */
export async function startJanus(): Promise<JanusServer> {
  await ensureDebianTools(["janus"]);
  const program = await findProgram("janus");
  if (!program) throw new Error("janus is not installed");
  const [port, rtpPort] = [await freePort(), await freePort()];
  const folder = mkdtempSync(join(tmpdir(), "vitrine-bench-janus-"));
  const files = {
    "janus.jcfg": [
      'general: { admin_secret = "bench"; debug_level = 2; hide_dependencies = true; }',
      "nat: { full_trickle = false; ipv6 = false; }",
      `plugins: { disable = "${otherPlugins.map((name) => `libjanus_${name}.so`).join(",")}"; }`,
      `transports: { disable = "${otherTransports.map((name) => `libjanus_${name}.so`).join(",")}"; }`,
    ],
    "janus.transport.websockets.jcfg": [
      `general: { json = "compact"; ws = true; ws_port = ${port}; ws_ip = "127.0.0.1"; wss = false; }`,
      "admin: { admin_ws = false; }",
    ],
    "janus.plugin.streaming.jcfg": [
      `bench: { type = "rtp"; id = ${mountpoint}; description = "bench"; media = ({ type = "video"; mid = "v"; label = "v";`,
      `  port = ${rtpPort}; host = "127.0.0.1"; iface = "127.0.0.1"; pt = ${payloadType}; codec = "vp8"; }); }`,
    ],
  };
  for (const [name, lines] of Object.entries(files)) writeFileSync(join(folder, name), `${lines.join("\n")}\n`);
  const child = spawn(program, ["--configs-folder", folder, "--log-stdout"], { stdio: "ignore" });
  const server = serverOf(child, port);
  try {
    await listening(port);
  } catch (error) {
    await server.close();
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { ...server, rtpPort };
}

type Message = { janus: string; transaction?: string; sender?: number; data?: { id: number }; jsep?: { sdp: string } };

/** One session of Janus's API with as many viewers as asked for. */
export async function openJanus(port: number) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, "janus-protocol");
  await once(socket, "open");
  const waiting = new Map<string, { until: (message: Message) => boolean; resolve(message: Message): void }>();
  socket.on("message", (data) => {
    const message: Message = JSON.parse(String(data));
    const asked = waiting.get(message.transaction ?? "");
    if (!asked?.until(message)) return;
    waiting.delete(message.transaction ?? "");
    asked.resolve(message);
  });

  function ask(body: object, until: (message: Message) => boolean): Promise<Message> {
    const transaction = randomUUID();
    return new Promise((resolve) => {
      waiting.set(transaction, { until, resolve });
      socket.send(JSON.stringify({ ...body, transaction }));
    });
  }
  const succeeds = ({ janus }: Message) => janus === "success";
  const offers = ({ jsep }: Message) => jsep !== undefined;
  const happens = ({ janus }: Message) => janus === "event";

  const { data } = await ask({ janus: "create" }, succeeds);
  const session = { session_id: data?.id };
  return {
    /** Watches the stream; `answer` gets the offer and gives the answer to it. */
    async watch(answer: (offer: string) => Promise<string>) {
      const attached = await ask({ janus: "attach", plugin: "janus.plugin.streaming", ...session }, succeeds);
      const handle = { ...session, handle_id: attached.data?.id };
      const body = { request: "watch", id: mountpoint };
      const { jsep } = await ask({ janus: "message", body, ...handle }, offers);
      const sdp = await answer(jsep?.sdp ?? "");
      const start = { janus: "message", body: { request: "start" }, jsep: { type: "answer", sdp } };
      await ask({ ...start, ...handle }, happens);
      return { leave: () => ask({ janus: "detach", ...handle }, succeeds) };
    },
  };
}
