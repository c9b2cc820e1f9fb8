import type { Stream, Streams } from "./streams.ts";

/** Pictures come 15 to 30 times a second; without any for so long a mirror is stuck or out of reach. */
const silentAfterMs = 4_000;
const lookEveryMs = 1_000;

type Seen = { packets: number; atMs: number };

/**
 * Notices a publisher whose connection stands and whose pictures have stopped, and that they come again. Returns what
 * ends the watch.
 */
export function watchSilence(streams: Streams): () => void {
  const seen = new WeakMap<Stream, Seen>();

  async function look(streamId: string, stream: Stream) {
    const nowMs = performance.now();
    const packets = await packetsOf(stream);
    const last = seen.get(stream);
    // nothing is expected of one that is asked to pause or has not shaken hands yet
    const expected = stream.publisher.connected && !stream.idle && !stream.producers.some(({ paused }) => paused);
    if (!last || packets !== last.packets || !expected) {
      seen.set(stream, { packets, atMs: nowMs });
      if (last && packets > last.packets) set(streamId, stream, false);
    } else if (nowMs - last.atMs >= silentAfterMs) set(streamId, stream, true);
  }

  function set(streamId: string, stream: Stream, silent: boolean) {
    if (stream.silent === silent || streams.get(streamId) !== stream) return;
    stream.silent = silent;
    streams.tell(streamId);
  }

  const timer = setInterval(() => {
    for (const [streamId, stream] of streams.list()) look(streamId, stream).catch(ignoreClosed);
  }, lookEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}

async function packetsOf({ producers }: Stream): Promise<number> {
  let packets = 0;
  for (const producer of producers) {
    if (producer.kind !== "video") continue;
    for (const stat of await producer.getStats()) packets += stat.packetCount;
  }
  return packets;
}

/** The stream may end while a request is under way. */
function ignoreClosed() {}
