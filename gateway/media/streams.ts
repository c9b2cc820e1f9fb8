import type { types as ms } from "mediasoup";
import type { Viewer } from "#wire/share-words.ts";
import { isViewer } from "./seats.ts";
import type { Session, Sessions } from "./sessions.ts";

/** What one mirror sends. */
export type Stream = {
  publisher: Session;
  producers: ms.Producer[];
  /** Paused, because nobody watches. */
  idle: boolean;
  /** It should send pictures, and has not for a while. */
  silent: boolean;
};
export type StreamState = { streamId: string; live: boolean; viewers: number };

export type Streams = {
  get(streamId: string): Stream | undefined;
  /** Whether this is a track of the stream as it is now. */
  sends(streamId: string, producer: ms.Producer): boolean;
  list(): [streamId: string, stream: Stream][];
  /** Takes a stream into use in place of an older publisher, whose viewers end with it. */
  take(streamId: string, stream: Stream): void;
  /** To be called when a publisher is gone. */
  drop(streamId: string, publisher: Session): void;
  /** Tells who wants to know when the number of viewers or the publisher is not what was last told. */
  tell(streamId: string): void;
  state(streamId: string): StreamState;
  viewersOf(audience: string): Viewer[];
};

type Options = { sessions: Sessions; onStreams(stream: StreamState): void };

/** The streams that are live now. A stream exists as long as its publisher, so the map is bounded by the sessions. */
export function createStreams({ sessions, onStreams }: Options): Streams {
  const streams = new Map<string, Stream>();
  const told = new Map<string, string>();

  const api: Streams = {
    get: (streamId) => streams.get(streamId),
    list: () => [...streams],
    sends: (streamId, producer) => streams.get(streamId)?.producers.includes(producer) === true,
    take(streamId, stream) {
      const older = streams.get(streamId);
      streams.set(streamId, stream);
      if (older) end(sessions, streamId, older.publisher);
      api.tell(streamId);
    },
    drop(streamId, publisher) {
      if (streams.get(streamId)?.publisher !== publisher) return;
      streams.delete(streamId);
      end(sessions, streamId, publisher);
      api.tell(streamId);
    },
    tell(streamId) {
      const state = api.state(streamId);
      const text = `${state.live} ${state.viewers}`;
      if ((told.get(streamId) ?? "false 0") === text) return;
      if (text === "false 0") told.delete(streamId);
      else told.set(streamId, text);
      onStreams(state);
    },
    state: (streamId) => ({
      streamId,
      live: streams.get(streamId)?.silent === false,
      viewers: sessions.list().filter((one) => one.streamId === streamId && one.connected && one.watching?.viewer)
        .length,
    }),
    viewersOf: (audience) =>
      sessions
        .list()
        .filter((one) => one.connected && isViewer(one, audience))
        .flatMap(({ watching }) => (watching?.viewer ? [watching.viewer] : [])),
  };
  return api;
}

function end(sessions: Sessions, streamId: string, publisher: Session) {
  publisher.close("replaced");
  for (const session of sessions.list()) {
    if (session.kind === "play" && session.streamId === streamId) session.close("the stream ended");
  }
}
