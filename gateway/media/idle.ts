import type { Sessions } from "./sessions.ts";
import type { Stream, Streams } from "./streams.ts";

export type Idle = {
  /** To be called whenever somebody may have begun or ended to watch. */
  look(streamId: string): void;
  /** Tells a mirror that can hear us now whether it need encode. */
  tell(streamId: string): void;
};

type Options = { sessions: Sessions; streams: Streams };

/** A page that is loaded again is back before this. */
const idleAfterMs = 2_000;

/**
 * Nobody watches: the picture is taken from the mirror no more, and the mirror may stop encoding. It begins again as
 * soon as somebody asks for an offer, so that pictures are there when the handshake is done.
 */
export function createIdle({ sessions, streams }: Options): Idle {
  const watched = (streamId: string) => sessions.list().some((one) => one.kind === "play" && one.streamId === streamId);

  function set(stream: Stream, idle: boolean) {
    stream.idle = idle;
    for (const { producer } of stream.tracks) (idle ? producer.pause() : producer.resume()).catch(ignoreClosed);
    stream.publisher.channel?.say({ kind: idle ? "pause" : "resume" });
  }

  function look(streamId: string) {
    const stream = streams.get(streamId);
    if (!stream) return;
    if (watched(streamId)) {
      if (stream.idle) set(stream, false);
      return;
    }
    setTimeout(() => {
      // one that is silent must not be paused: only pictures tell that it is back
      if (streams.get(streamId) !== stream || stream.idle || stream.silent || watched(streamId)) return;
      set(stream, true);
    }, idleAfterMs).unref();
  }

  return {
    look,
    tell(streamId) {
      const stream = streams.get(streamId);
      stream?.publisher.channel?.say({ kind: stream.idle ? "pause" : "resume" });
    },
  };
}

/** The session may end while a request is under way. */
function ignoreClosed() {}
