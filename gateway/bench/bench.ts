import { cpus, loadavg, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { measureIngest } from "./ingest.ts";
import { measureLatency } from "./latency.ts";
import { startLoad } from "./load.ts";
import { measureMemory } from "./memory.ts";
import { measureNeighbours } from "./neighbours.ts";
import { measurePages } from "./pages.ts";
import { measureReconnect } from "./reconnect.ts";
import { measureShelves } from "./shelves.ts";
import { measureStart } from "./start.ts";
import { type VideoFigures, writeVideoChart } from "./video-chart.ts";
import { measureGlass } from "./video-glass.ts";
import { measureJoin } from "./video-join.ts";
import { measureLossy } from "./video-lossy.ts";
import { measureCrowd, measureViewers } from "./video-viewers.ts";

// npm run bench [-- ingest neighbours … video [--svg FILE]]: prints figures beside their budgets and judges nothing.
const figures: VideoFigures = {};
const parts = {
  ingest: measureIngest,
  neighbours: measureNeighbours,
  reconnect: measureReconnect,
  latency: measureLatency,
  shelves: measureShelves,
  memory: measureMemory,
  start: measureStart,
  pages: measurePages,
  glass: async () => {
    figures.glass = await measureGlass();
  },
  join: measureJoin,
  viewers: async () => {
    figures.viewers = await measureViewers();
  },
  crowd: measureCrowd,
  lossy: measureLossy,
};
/** Names for several parts. */
const groups: Record<string, string[]> = { video: ["glass", "join", "viewers", "crowd", "lossy"] };

const { values, positionals } = parseArgs({ options: { svg: { type: "string" } }, allowPositionals: true });
const asked = positionals.flatMap((name) => (Object.hasOwn(groups, name) ? (groups[name] ?? []) : [name]));
const unknown = asked.filter((name) => !Object.hasOwn(parts, name));
if (unknown.length > 0) {
  console.error(
    `bench: there is no part "${unknown.join('", "')}"; there are ${[...Object.keys(parts), ...Object.keys(groups)].join(", ")}.`,
  );
  process.exit(1);
}

console.log(
  `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}, ${process.platform} ${process.arch}`,
);
const load = startLoad();
try {
  for (const [name, measure] of Object.entries(parts)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    const before = loadavg()[0] ?? 0;
    await measure(load);
    console.log(`  machine load before ${before.toFixed(1)}, after ${(loadavg()[0] ?? 0).toFixed(1)}`);
  }
  if (values.svg !== undefined) writeVideoChart(values.svg, figures);
} finally {
  load.close();
}
