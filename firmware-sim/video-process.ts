import { type ChildProcess, spawn } from "node:child_process";

const firstRetryMs = 2_000;
const slowestRetryMs = 60_000;

/**
 * Keeps the simulated mirror's video running in a process of its own: node-webrtc has taken its host down at exit.
 * The child sees its standard input close when this process is gone, however it went.
 */
export function startVideoMirror(http: string, mirrorId: string): { close(): void } {
  let child: ChildProcess | undefined;
  let retry: NodeJS.Timeout | undefined;
  let retryMs = firstRetryMs;
  let closed = false;

  function start() {
    const startedMs = performance.now();
    child = spawn(
      process.execPath,
      [new URL("./video-mirror.ts", import.meta.url).pathname, "--http", http, "--mirror", mirrorId],
      { stdio: ["pipe", "inherit", "inherit"] },
    );
    child.once("error", (error) => console.error(`warning: the video mirror cannot start: ${error.message}`));
    child.once("exit", (code, signal) => {
      if (closed) return;
      if (performance.now() - startedMs > slowestRetryMs) retryMs = firstRetryMs;
      console.error(`warning: the video mirror ended (${signal ?? code}); starting it again in ${retryMs / 1000} s`);
      retry = setTimeout(start, retryMs);
      retryMs = Math.min(slowestRetryMs, retryMs * 2);
    });
  }
  start();
  return {
    close() {
      closed = true;
      clearTimeout(retry);
      child?.kill("SIGKILL");
    },
  };
}
