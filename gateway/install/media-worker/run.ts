import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";

export type RunOptions = {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  signal?: AbortSignal | undefined;
  onLine?(line: string): void;
};

/** So many last lines of a program's words are kept, to be shown when it fails. */
const keepLines = 12;
const leash = "/usr/bin/setpriv";

/**
 * Runs a program at low priority and resolves with its output. It dies with us, even when we are killed: two builds in
 * one folder would spoil each other. Rejects with its last words when it fails.
 */
export function run(command: string, args: string[], options: RunOptions = {}): Promise<string> {
  const { cwd, env, signal, onLine } = options;
  const polite = ["nice", "-n", "10", command, ...args];
  const [program = "nice", ...rest] = existsSync(leash) ? [leash, "--pdeathsig", "TERM", ...polite] : polite;
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, {
      ...(cwd === undefined ? {} : { cwd }),
      ...(signal === undefined ? {} : { signal }),
      env: { ...process.env, LC_ALL: "C", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output: string[] = [];
    const last: string[] = [];
    const hear = (line: string) => {
      last.push(line);
      if (last.length > keepLines) last.shift();
      onLine?.(line);
    };
    createInterface({ input: child.stdout }).on("line", (line) => {
      // what a build says is read line by line and forgotten; only short answers are kept
      if (output.length < 2_000) output.push(line);
      hear(line);
    });
    createInterface({ input: child.stderr }).on("line", hear);
    child.on("error", reject);
    child.on("close", (code, killedBy) => {
      if (code === 0) resolve(output.join("\n"));
      else reject(new Error(`${command} ${args[0] ?? ""} ended with ${code ?? killedBy}:\n${last.join("\n")}`));
    });
  });
}
