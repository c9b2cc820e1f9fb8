import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** What the program said of one step: `status` and headers of a request, a state, a number of decoded frames. */
export type Step = { step: string } & Record<string, unknown>;

const program = fileURLToPath(new URL("foreign/gst_client.py", import.meta.url));

/** Starts GStreamer's webrtcbin as publisher or player; it ends with the test. */
export function startGStreamer(role: "publish" | "play", url: string, ...options: string[]) {
  const child = spawn("/usr/bin/python3", [program, role, url, ...options], { stdio: ["pipe", "pipe", "pipe"] });
  const ended = once(child, "exit");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaints = (complaints + text).slice(-4_000);
  });
  const steps: Step[] = [];
  const waiting = new Set<() => void>();
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => {
    steps.push(JSON.parse(line));
    for (const wake of waiting) wake();
  });
  let over = false;
  lines.on("close", () => {
    over = true;
    for (const wake of waiting) wake();
  });

  /** The first step of that name, not counting the first `skip` of them; waits for it. */
  async function step(name: string, skip = 0): Promise<Step> {
    for (;;) {
      const found = steps.filter((one) => one.step === name)[skip];
      if (found) return found;
      if (over) throw new Error(`no step ${name}: ${JSON.stringify(steps)} ${complaints}`);
      await new Promise<void>((resolve) => {
        waiting.add(resolve);
      });
      waiting.clear();
    }
  }

  /** Asks for something and waits until it is done. */
  async function ask(command: string): Promise<Step> {
    const name = command.split(" ")[0] ?? "";
    const before = steps.filter((one) => one.step === name).length;
    child.stdin.write(`${command}\n`);
    return step(name, before);
  }
  /** As if its battery was empty. */
  const vanish = () => child.kill("SIGKILL");
  return { step, ask, steps, vanish };
}
