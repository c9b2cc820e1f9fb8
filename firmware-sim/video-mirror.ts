import { parseArgs } from "node:util";
import { createMirrorApi, type Share } from "./mirror-share.ts";
import { type Publication, publishByWhip } from "./whip-publisher.ts";

/**
 * A simulated mirror's camera: waits for the gateway, shares, publishes, and starts over when the share or the
 * connection ends. A process of its own, ended hard: node-webrtc does not always survive an orderly exit.
 */
const { values } = parseArgs({ options: { http: { type: "string" }, mirror: { type: "string" } } });
const { http, mirror } = values;
if (!http || !mirror) {
  console.error("node firmware-sim/video-mirror.ts --http http://127.0.0.1:8080 --mirror <id>");
  process.exit(1);
}

const firstRetryMs = 1_000;
const slowestRetryMs = 30_000;
const lookEveryMs = 5_000;

const die = () => process.kill(process.pid, "SIGKILL");
// The parent holds our standard input: when it is gone, so are we.
if (!process.stdin.isTTY) process.stdin.on("end", die).on("error", die).resume();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, die);

const api = createMirrorApi(http);
const never = new AbortController().signal;
let retryMs = firstRetryMs;
for (;;) {
  try {
    const reason = await shareOnce(mirror);
    retryMs = firstRetryMs;
    console.error(`${mirror}: the share is over (${reason}); sharing again`);
  } catch (error) {
    console.error(
      `warning: ${mirror}: ${error instanceof Error ? error.message : error}; again in ${retryMs / 1000} s`,
    );
    retryMs = Math.min(slowestRetryMs, retryMs * 2);
  }
  await pause(retryMs);
}

/** From a ready gateway to the end of one share; answers why it ended. */
async function shareOnce(mirrorId: string): Promise<string> {
  await api.mediaReady(never);
  const token = await api.openSession(mirrorId);
  const share = await api.startShare(mirrorId, token);
  for (let isNew = true; ; isNew = false) {
    await api.mediaReady(never);
    const publication = await publishByWhip(new URL(`/whip/${mirrorId}`, http).href, token);
    if (isNew) console.log(JSON.stringify({ share: share.url }));
    const reason = await publishedUntil(publication, share);
    if (!(await api.stillShared(share))) return "ended or expired";
    // friends keep their link
    console.error(`${mirrorId}: the video stopped (${reason}); sending it again`);
  }
}

/** Why the publication ended. */
async function publishedUntil(publication: Publication, share: Share): Promise<string> {
  try {
    for (;;) {
      const reason = await Promise.race([publication.ended, pause(lookEveryMs)]);
      if (reason !== undefined) return reason;
      if (!(await api.stillShared(share))) return "the share is over";
    }
  } finally {
    await publication.close();
  }
}

function pause(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined));
}
