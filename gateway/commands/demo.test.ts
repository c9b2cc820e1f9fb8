import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { freePort } from "../bench/servers.ts";
import { freePorts } from "../drills/drill-config.ts";
import { temporaryFolder } from "../test-gateway.ts";
import { root } from "./setting.ts";

/** Process ids of simulated shops whose world lies in that folder. */
function simulatorsOf(dataFolder: string): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(join(dataFolder, "world.json"));
      } catch {
        // no process, or gone meanwhile
        return false;
      }
    });
}

function startDemo(dataFolder: string, port = 0) {
  const command = join(root, "gateway", "vitrine.js");
  const child = spawn(process.execPath, [command, "demo", "--no-video", "--data", dataFolder], {
    stdio: "ignore",
    env: { ...process.env, ...freePorts, VITRINE_MQTT_PORT: `${port}` },
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
    for (const pid of simulatorsOf(dataFolder)) process.kill(pid, "SIGKILL");
  });
  return child;
}

/** Ends as soon as the demo listens, or is no more. */
async function listening(demo: ChildProcess, port: number) {
  while (demo.exitCode === null) {
    const socket = connect(port, "127.0.0.1");
    const isThere = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isThere) return;
  }
}

test("a demo that is stopped while it starts leaves no simulated shop behind", { timeout: 60_000 }, async () => {
  const dataFolder = temporaryFolder();
  const port = await freePort();
  const demo = startDemo(dataFolder, port);
  // the simulator comes last, and is not there yet
  await listening(demo, port);
  demo.kill("SIGTERM");
  expect(await once(demo, "exit")).toEqual([0, null]);
  // one that was started in that very moment is told to end, and takes its time
  await expect.poll(() => simulatorsOf(dataFolder)).toEqual([]);
});

test("a demo that is stopped while it runs takes its simulated shop with it", { timeout: 60_000 }, async () => {
  const dataFolder = temporaryFolder();
  const demo = startDemo(dataFolder);
  await expect.poll(() => simulatorsOf(dataFolder).length, { timeout: 30_000 }).toBe(1);
  demo.kill("SIGTERM");
  expect(await once(demo, "exit")).toEqual([0, null]);
  await expect.poll(() => simulatorsOf(dataFolder)).toEqual([]);
});
