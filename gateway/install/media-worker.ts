import type { MediaStatus } from "#wire/views.ts";
import type { Log } from "../log.ts";
export async function prepareMediaWorker(_o: {
  log: Log;
  onStatus(s: MediaStatus): void;
  signal?: AbortSignal;
}): Promise<{ bin: string }> {
  return { bin: process.env.MEDIASOUP_WORKER_BIN ?? "" };
}
