import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../commands/setting.ts";
import { fixed, median, printTable } from "./figures.ts";
import { connectRaw } from "./raw-mqtt.ts";
import { freePort, nodeOptions, startVariables } from "./servers.ts";

const starts = 5;
const retryMs = 5;
const givenUpAfterMs = 60_000;

/** From the start of the process to the first CONNACK, as `npm start` runs it but without video. The first may compile. */
export async function measureStart() {
  const milliseconds: number[] = [];
  const dataFolder = mkdtempSync(join(tmpdir(), "vitrine-bench-start-"));
  try {
    for (let i = 0; i < starts; i++) milliseconds.push(await startOnce(dataFolder));
  } finally {
    rmSync(dataFolder, { recursive: true, force: true });
  }
  const [first = Number.NaN, ...later] = milliseconds;
  printTable("Start of the demo to MQTT accepted", [
    ["", "seconds", "budget"],
    ["the first", fixed(first / 1_000, 2), "≤ 2"],
    [`again, median of ${later.length}`, fixed(median(later) / 1_000, 2), "≤ 2"],
  ]);
}

async function startOnce(dataFolder: string): Promise<number> {
  const port = await freePort();
  const from = performance.now();
  const child = spawn(
    process.execPath,
    [...nodeOptions(), join(root, "gateway", "vitrine.js"), "demo", "--no-video", "--data", dataFolder],
    {
      stdio: "ignore",
      env: { ...process.env, ...startVariables(), VITRINE_MQTT_PORT: String(port), VITRINE_HTTP_PORT: "0" },
    },
  );
  try {
    while (performance.now() - from < givenUpAfterMs) {
      const client = await connectRaw(port, "bench-start").catch(() => undefined);
      if (client) {
        client.close();
        return performance.now() - from;
      }
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
    return Number.NaN;
  } finally {
    const gone = once(child, "exit");
    child.kill("SIGTERM");
    await gone;
  }
}
