import { spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadOrExit, root } from "./setting.ts";

/** The simulated shop alone: against the gateway of this machine, or any broker given with --broker. */
export async function run(args: string[]) {
  const world = join(mkdtempSync(join(tmpdir(), "vitrine-world-")), "world.json");
  writeFileSync(world, JSON.stringify(loadOrExit(undefined)), { mode: 0o600 });
  const given = args.includes("--broker")
    ? []
    : ["--broker", "mqtt://127.0.0.1:1883", "--username", "demo", "--password", "demo"];
  const simulator = spawn(
    process.execPath,
    [join(root, "firmware-sim", "main.ts"), "--world", world, ...given, ...args],
    { stdio: "inherit" },
  );
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => simulator.kill(signal));
  process.exit(await new Promise<number>((resolve) => simulator.once("exit", (code) => resolve(code ?? 0))));
}
