import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const vitrine = fileURLToPath(new URL("../../gateway/vitrine.js", import.meta.url));
/** So much text goes to the child at once. */
const batchChars = 65_536;

/**
 * `vitrine replay -` as a child process, with the configuration of a shop of its own: the gateway's true pipeline, which
 * hears nothing but the lines of the record. Memory stays bounded: writing waits for the child.
 */
export async function startReplay(files: Record<string, string>, hear: (line: string) => void) {
  const folder = await mkdtemp(join(tmpdir(), "vitrine-score-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const args = [vitrine, "replay", "-", "--stamped", "--config", join(folder, "store.yaml")];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit");
  let broken = false;
  child.stdin.on("error", () => (broken = true));
  createInterface({ input: child.stdout }).on("line", hear);
  const heardAll = once(child.stdout, "end");
  let batch = "";

  async function flush() {
    const text = batch;
    batch = "";
    if (broken || child.exitCode !== null) throw new Error(`the gateway ended early (${child.exitCode})`);
    if (!child.stdin.write(text)) await Promise.race([once(child.stdin, "drain"), ended]);
  }
  return {
    async write(line: string) {
      batch += `${line}\n`;
      if (batch.length >= batchChars) await flush();
    },
    /** Resolves when the last event was heard. Throws when the gateway could not go through with it. */
    async end() {
      await flush();
      child.stdin.end();
      await heardAll;
      const [code] = await ended;
      if (code !== 0) throw new Error(`the gateway ended with ${code}`);
    },
    async close() {
      if (child.exitCode === null) child.kill();
      remove();
      process.off("exit", remove);
    },
  };
}
