import { parentPort, workerData } from "node:worker_threads";
import type { ClipMime } from "./container.ts";
import { type Limits, rewrite } from "./rewrite.ts";

// One clip, then the thread ends and takes with it whatever the clip made of its memory.
const { bytes, mime, limits }: { bytes: ArrayBuffer; mime: ClipMime; limits: Limits } = workerData;
const result = await rewrite(new Uint8Array(bytes), mime, limits);
parentPort?.postMessage(result, result.ok ? [result.bytes] : []);
