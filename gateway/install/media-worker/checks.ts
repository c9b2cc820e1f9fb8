import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { open, readFile } from "node:fs/promises";

/** mediasoup's program ends with this when nobody has spawned it properly: it runs on this machine. */
const runsStatus = 41;
const answerMs = 10_000;

/** Whether the program can be run on this machine at all. */
export async function runs(bin: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(bin, [], { env: {}, stdio: "ignore", timeout: answerMs });
    child.on("error", () => resolve(false));
    child.on("exit", (status) => resolve(status === runsStatus));
  });
}

/** Whether it understands the installed mediasoup: a program of another version starts and never says a word. */
export async function speaks(bin: string): Promise<boolean> {
  const { createWorker } = await import("mediasoup");
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), answerMs);
  });
  try {
    const started = createWorker({ logLevel: "none", workerBin: bin });
    const worker = await Promise.race([started, silence]);
    // one that answers after all is not left behind
    if (!worker) started.then((late) => late.close()).catch(() => {});
    worker?.close();
    return worker !== undefined;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

export async function sha256(file: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(file))
    .digest("hex");
}

/** What processor an ELF program is for (e_machine), in Node's words; undefined for other files. */
export async function processorOf(file: string): Promise<string | undefined> {
  const handle = await open(file);
  try {
    const head = Buffer.alloc(20);
    await handle.read(head, 0, head.length, 0);
    if (head.toString("latin1", 0, 4) !== "\x7fELF") return undefined;
    const machine = head.readUInt16LE(18);
    return { 62: "x64", 183: "arm64", 40: "arm" }[machine] ?? `another processor (${machine})`;
  } finally {
    await handle.close();
  }
}
