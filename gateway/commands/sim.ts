import { spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadOrExit, root } from "./setting.ts";

/**
 * The simulated shop alone: against the gateway of this machine, or any broker given with --broker. `score`: how well shelves
 * are counted, by the simulator's own measure; no broker needed.
 */
export async function run(args: string[]) {
  const [first, ...rest] = args;
  if (first === "score") return follow(join(root, "firmware-sim", "shelf-score", "main.ts"), rest);
  const world = join(mkdtempSync(join(tmpdir(), "vitrine-world-")), "world.json");
  writeFileSync(world, JSON.stringify(loadOrExit(undefined)), { mode: 0o600 });
  const given = args.includes("--broker")
    ? []
    : ["--broker", "mqtt://127.0.0.1:1883", "--username", "demo", "--password", "demo"];
  await follow(join(root, "firmware-sim", "main.ts"), ["--world", world, ...given, ...args]);
}

/** Runs a program of the simulator, and ends as it ends. */
async function follow(program: string, args: string[]) {
  const simulator = spawn(process.execPath, [program, ...args], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => simulator.kill(signal));
  process.exit(await new Promise<number>((resolve) => simulator.once("exit", (code) => resolve(code ?? 0))));
}
