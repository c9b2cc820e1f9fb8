import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "../commands/setting.ts";

export type Demo = {
  url: string;
  /** The link of basket 1. */
  phone: string;
  /** The link that the simulated mirror shares, once there is video. */
  share(withinMs: number): Promise<string>;
  close(): Promise<void>;
};

/** `vitrine demo` as a user starts it, on free ports, and the links that it prints. */
export async function startDemo(dataFolder: string): Promise<Demo> {
  const demo = spawn(process.execPath, [join(root, "gateway", "main.ts"), "demo", "--data", dataFolder], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, VITRINE_HTTP_PORT: "0", VITRINE_MQTT_PORT: "0", VITRINE_MEDIA_PORT: "0" },
  });
  const lines: string[] = [];
  createInterface({ input: demo.stdout }).on("line", (line) => lines.push(line));

  async function printed(pattern: RegExp, withinMs: number): Promise<string> {
    const until = Date.now() + withinMs;
    for (;;) {
      const found = lines.map((line) => pattern.exec(line)?.[1]).find((text) => text !== undefined);
      if (found !== undefined) return found;
      if (demo.exitCode !== null || Date.now() > until) throw new Error(`the demo never printed ${pattern}`);
      await new Promise((next) => setTimeout(next, 200));
    }
  }

  return {
    url: await printed(/(http:\/\/127\.0\.0\.1:\d+)\/staff/, 60_000),
    phone: await printed(/(http:\/\/\S+\/phone#basket=1&\S+)/, 60_000),
    share: (withinMs) => printed(/^\s+(http:\/\/\S+\/s\/\S+)/, withinMs),
    async close() {
      if (demo.exitCode !== null) return;
      demo.kill("SIGTERM");
      await once(demo, "exit");
    },
  };
}
