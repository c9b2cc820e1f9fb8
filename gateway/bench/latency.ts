import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fixed, percentile, printTable, whole } from "./figures.ts";
import type { Load } from "./load.ts";
import type { Jobs } from "./load-jobs.ts";
import { startGateway } from "./servers.ts";
import { every } from "./steady.ts";

const sdCardCommitMs = 15;
const commitsPerSecond = 500;
const seconds = 5;

type Path = { name: string; listen: "page" | "topic"; perSecond: number; commitDelayMs: number; budget: string };
const paths: Path[] = [
  { name: "publish → live page", listen: "page", perSecond: 1_000, commitDelayMs: 0, budget: "p99 ≤ 10" },
  { name: "reading → retained state", listen: "topic", perSecond: 500, commitDelayMs: 0, budget: "p50 ≤ 1, p95 ≤ 2" },
  {
    name: `reading → retained state, commits ${sdCardCommitMs} ms slower`,
    listen: "topic",
    perSecond: 500,
    commitDelayMs: sdCardCommitMs,
    budget: "",
  },
];

/** How long until others know what a shelf said, each reading changing a count, from socket to socket. */
export async function measureLatency(generator: Load) {
  const rows: string[][] = [["milliseconds", "per second", "p50", "p95", "p99", "most", "seen", "budget"]];
  const commits = await bareCommits();
  const shares = [0.5, 0.95, 0.99, 1].map((share) => fixed(percentile(commits, share), 2));
  rows.push(["a bare commit on this disk", whole(commitsPerSecond), ...shares, "", ""]);
  for (const path of paths) rows.push(describe(path, await measure(generator, path)));
  printTable("Latency on loopback", rows);
}

/**
 * What the disk itself takes to make one row safe, for as long and as often as the gateway asks it to: nothing durable can be
 * faster. A message that meets a slow one waits for the rest of it, and then for its own. In ms.
 */
async function bareCommits(): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-bench-disk-"));
  const db = new DatabaseSync(join(folder, "bare.db"));
  try {
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE row (body TEXT)");
    const insert = db.prepare("INSERT INTO row (body) VALUES (?)");
    const took: number[] = [];
    await every(seconds * 1_000, commitsPerSecond, () => {
      const from = performance.now();
      insert.run("x".repeat(250));
      took.push(performance.now() - from);
    });
    return took;
  } finally {
    db.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(generator: Load, { listen, perSecond, commitDelayMs }: Path) {
  const gateway = await startGateway({ commitDelayMs });
  const { port, url } = gateway;
  try {
    return await generator.run("pace", { port, url, listen, perSecond, seconds });
  } finally {
    await gateway.close();
  }
}

function describe({ name, perSecond, budget }: Path, { milliseconds, sent, seen }: Jobs["pace"]["answer"]): string[] {
  const shares = [0.5, 0.95, 0.99, 1].map((share) => fixed(percentile(milliseconds, share), 2));
  return [name, whole(perSecond), ...shares, `${whole(seen)}/${whole(sent)}`, budget];
}
