import { parseArgs } from "node:util";
import { rates } from "./matching.ts";
import { eventReport, inventionLine, missReport, quietReport } from "./report.ts";
import { scoreEvents, scoreQuiet } from "./run-score.ts";

const usage = `vitrine sim score [--seed S]… [--hz 10] [--events 5000] [--quiet-plate-hours N] [--quiet-hz 2] [--misses] [--json]
  --seed <text>             which shop, goods, people and noise; as often as you like (harvest)
  --hz <n>                  readings a second, 1 to 50 (10)
  --events <n>              so many, in the fixed mix; 0: none (5000)
  --quiet-plate-hours <n>   and so long shelves that nobody takes from (0)
  --quiet-hz <n>            readings a second there (2)
  --misses                  every event that was not told right
  --json                    for machines`;

const text = { type: "string" } as const;
const progressEveryMs = 15_000;
let nextProgressMs = progressEveryMs;
// the gateway's process ends with its input, and the configuration made for it is removed on the way out
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

async function main() {
  const { values } = parseArgs({
    options: {
      ...{ seed: { type: "string", multiple: true }, hz: text, events: text },
      ...{
        "quiet-plate-hours": text,
        "quiet-hz": text,
        json: { type: "boolean" },
        misses: { type: "boolean" },
        help: { type: "boolean" },
      },
    },
  });
  if (values.help) return console.log(usage);
  const hz = numberOf(values.hz, 10, [1, 50]);
  const events = numberOf(values.events, 5_000, [0, 1e6]);
  const plateHours = numberOf(values["quiet-plate-hours"], 0, [0, 1e6]);
  const quietHz = numberOf(values["quiet-hz"], 2, [1, 50]);
  for (const seed of values.seed ?? ["harvest"]) {
    if (events > 0) {
      const { result, tookSeconds } = await timed(() => scoreEvents({ seed, hz, events, progress }));
      const misses = values.misses ? `\n\n${missReport(result)}` : "";
      const report = `${eventReport(result)}${misses}\n\n  took ${tookSeconds} s\n`;
      say(values.json, { ...result, rates: rates(result.score), tookSeconds }, report);
    }
    if (plateHours > 0) {
      const { result, tookSeconds } = await timed(() => scoreQuiet({ seed, hz: quietHz, plateHours, progress }));
      const changes = values.misses ? result.falseChanges.map((said) => `${inventionLine(said)}\n`).join("") : "";
      say(values.json, { ...result, tookSeconds }, `${quietReport(result)}, took ${tookSeconds} s\n${changes}`);
    }
  }
}

async function timed<Result>(work: () => Promise<Result>): Promise<{ result: Result; tookSeconds: number }> {
  const began = performance.now();
  const result = await work();
  return { result, tookSeconds: Math.round((performance.now() - began) / 1_000) };
}

function say(isJson: boolean | undefined, result: object, report: string) {
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  console.log(
    isJson ? JSON.stringify(result, (_, value) => (value instanceof Map ? Object.fromEntries(value) : value)) : report,
  );
}

/** On one line that is written over; into a file, now and then. */
function progress(line: string) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
  else if (performance.now() >= nextProgressMs) {
    nextProgressMs += progressEveryMs;
    console.error(line);
  }
}

function numberOf(said: string | undefined, usual: number, [least, most]: [number, number]): number {
  const value = said === undefined ? usual : Number(said);
  if (!(value >= least && value <= most)) throw new Error(`${said} is not between ${least} and ${most}\n${usage}`);
  return value;
}
