import type { Sight, Tracker } from "./state/tracker.ts";
import type { Reply } from "./tracker-worker.ts";

const START_WITHIN_MS = 60_000;

/** A tracker in a worker of its own. One frame at a time: a second `track` before the first is answered is refused. */
export function createWorkerTracker(): Promise<Tracker> {
  const worker = new Worker(new URL("./tracker-worker.ts", import.meta.url), { type: "module" });
  let waiting: { resolve(sight: Sight): void; reject(error: Error): void } | undefined;

  const tracker: Tracker = {
    track(frame, atMs) {
      if (waiting) {
        frame.close();
        return Promise.reject(new Error("the tracker is still looking at the last frame"));
      }
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        worker.postMessage({ frame, atMs }, [frame]);
      });
    },
    close() {
      worker.terminate();
      waiting?.reject(new Error("the tracker was closed"));
      waiting = undefined;
    },
  };

  return new Promise((resolve, reject) => {
    const fail = (reason: string) => {
      clearTimeout(deadline);
      tracker.close();
      reject(new Error(reason));
    };
    const deadline = setTimeout(() => fail("the face model took too long to load"), START_WITHIN_MS);
    worker.onerror = (event) => {
      event.preventDefault();
      fail(event.message || "the vision worker could not be loaded");
    };
    worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      if (data.kind === "ready") {
        clearTimeout(deadline);
        resolve(tracker);
      } else if (data.kind === "failed") {
        // before it is ready this is the end; later it is one bad frame, and its sight follows
        if (!waiting) fail(data.reason);
      } else {
        const asked = waiting;
        waiting = undefined;
        if (asked) asked.resolve({ frame: data.frame, face: data.face });
        else data.frame.close();
      }
    };
  });
}
