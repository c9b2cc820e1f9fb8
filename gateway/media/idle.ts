import type { Sessions } from "./sessions.ts";
import type { Streams } from "./streams.ts";

export type Idle = {
  /** To be called whenever somebody may have begun or ended to watch. */
  look(streamId: string): void;
  /**
   * Lets pictures pass again; to be called when a player can take them. mediasoup then asks for a key frame at once:
   * sooner, that request would only make the publisher deaf for the one that counts.
   */
  wake(streamId: string): void;
  /** Tells a mirror that can hear us now whether it need encode. */
  tell(streamId: string): void;
};

type Options = { sessions: Sessions; streams: Streams };

/** A page that is loaded again is back before this. */
const idleAfterMs = 2_000;

/**
 * Nobody watches: the picture is taken from the mirror no more, and the mirror may stop encoding. It begins again as
 * soon as somebody asks to watch, so that pictures are there when the handshake is done.
 */
export function createIdle({ sessions, streams }: Options): Idle {
  const watched = (streamId: string) => sessions.list().some((one) => one.kind === "play" && one.streamId === streamId);

  function look(streamId: string) {
    const stream = streams.get(streamId);
    if (!stream) return;
    if (watched(streamId)) {
      if (!stream.idle) return;
      stream.idle = false;
      api.tell(streamId);
      return;
    }
    setTimeout(() => {
      // one that is silent must not be paused: only pictures tell that it is back
      if (streams.get(streamId) !== stream || stream.idle || stream.silent || watched(streamId)) return;
      stream.idle = true;
      for (const producer of stream.producers) producer.pause().catch(ignoreClosed);
      api.tell(streamId);
    }, idleAfterMs).unref();
  }

  const api: Idle = {
    look,
    wake(streamId) {
      for (const producer of streams.get(streamId)?.producers ?? []) {
        if (producer.paused) producer.resume().catch(ignoreClosed);
      }
    },
    tell(streamId) {
      const stream = streams.get(streamId);
      stream?.publisher.channel?.say({ kind: stream.idle ? "pause" : "resume" });
    },
  };
  return api;
}

/** The session may end while a request is under way. */
function ignoreClosed() {}
