import { Worker } from "node:worker_threads";
import type { ClipMime } from "./container.ts";
import type { Limits, Rewritten } from "./rewrite.ts";

/** Half a second beyond what the mirror promises: recorders stop at a picture's end, not at a clock's. */
const clipLimits: Limits = { maxDurationMs: 30_500, maxSide: 1_920 };
/** A real clip takes a fraction of a second on a Raspberry Pi; whatever takes this long was made to. */
const timeLimitMs = 20_000;
/** Lists of packets, not the pictures themselves, which lie outside of it and are bounded by the upload. */
const heapMb = 96;

export type Check = (bytes: Uint8Array<ArrayBuffer>, mime: ClipMime) => Promise<Rewritten>;

/**
 * Reads and rewrites a stranger's file in a thread of its own, with an end to its time and its memory. `bytes` is handed over
 * and is empty afterwards.
 */
export function createCheck({ timeMs = timeLimitMs, limits = clipLimits } = {}): Check {
  return (bytes, mime) =>
    new Promise((resolve) => {
      const whole = bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
      const worker = new Worker(new URL("./rewrite-worker.ts", import.meta.url), {
        workerData: { bytes: whole.buffer, mime, limits },
        transferList: [whole.buffer],
        resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: 16 },
        // what the file makes a library say is nobody's log line
        stdout: true,
        stderr: true,
      });
      const answer = (result: Rewritten) => {
        clearTimeout(timer);
        resolve(result);
        void worker.terminate();
      };
      const gaveUp = () => answer({ ok: false, reason: "Reading it takes far more than a video does." });
      const timer = setTimeout(gaveUp, timeMs);
      worker.once("message", answer);
      worker.once("error", gaveUp);
      worker.once("exit", gaveUp);
    });
}
