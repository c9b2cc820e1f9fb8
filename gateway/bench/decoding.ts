import { readFileSync } from "node:fs";
import { createDecoder } from "#wire/formats.ts";
import { shopConfigForDrill } from "../drills/drill-config.ts";
import { median } from "./figures.ts";
import { createReadings, platesOf } from "./shelf-load.ts";

const messages = 50_000;
/** Linux counts a process's time in hundredths of a second (USER_HZ). */
const tickMicros = 10_000;

/** Processor time in microseconds to turn one of the load's readings into a value, once the code is warm. */
export function decodeMicros(): number {
  const shop = shopConfigForDrill();
  const storeId = shop.config.store.id;
  const readings = createReadings(storeId, platesOf(shop), Date.now());
  const said = Array.from({ length: messages }, () => readings.next(1)).map(({ topic, payload }) => {
    return { topic, bytes: Buffer.from(payload) };
  });
  const decode = createDecoder(storeId);
  // processor time, as on the other side of the ratio: other work on the machine counts for neither
  const run = () => {
    const before = process.cpuUsage();
    for (const { topic, bytes } of said) if (!decode(topic, bytes).ok) throw new Error(`${topic} is not readable`);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / messages;
  };
  run();
  return median(Array.from({ length: 7 }, run));
}

/** Processor time of a process so far, all its threads together, in microseconds. */
export function processorMicros(pid: number): number {
  // the name in parentheses may hold spaces; utime and stime are fields 14 and 15
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * tickMicros;
}
