import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { type GatewayEvent, readGatewayEvent, scoreRun } from "./scoring.ts";
import type { Truth } from "./truth.ts";

const [truthFile, eventsFile] = process.argv.slice(2);
if (!truthFile || !eventsFile) {
  console.error("node firmware-sim/score.ts truth.jsonl events.jsonl");
  process.exit(1);
}

const truths: Truth[] = [];
const events: GatewayEvent[] = [];
// Our own simulator wrote the truth file: its lines are Truth by construction.
for await (const line of lines(truthFile)) truths.push(JSON.parse(line));
for await (const line of lines(eventsFile)) {
  const event = readGatewayEvent(line);
  if (event) events.push(event);
}
console.log(JSON.stringify(scoreRun(truths, events), undefined, 2));

async function* lines(path: string): AsyncGenerator<string> {
  for await (const line of createInterface({ input: createReadStream(path) })) {
    if (line.trim() !== "") yield line;
  }
}
