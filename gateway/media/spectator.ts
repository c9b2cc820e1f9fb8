import type { types as ms } from "mediasoup";
import type { Engine } from "./engine.ts";
import type { Idle } from "./idle.ts";
import { letIn } from "./key-frames.ts";
import { type Watching, watchingOf } from "./seats.ts";
import type { Opening, Session, Sessions, Via } from "./sessions.ts";
import type { Streams } from "./streams.ts";

export type WatchParts = {
  engine: Engine;
  sessions: Sessions;
  streams: Streams;
  idle: Idle;
  /** To be called when somebody begins or ends to watch a stream. */
  changed(streamId: string): void;
  /** Epoch ms. */
  now(): number;
};

/** One who watches: a session with consumers, which begin when the other side can decrypt. */
export type Spectator = {
  session: Session;
  consume(
    options: Pick<ms.ConsumerOptions, "producerId" | "rtpCapabilities" | "enableRtx"> & { mid: string },
  ): Promise<ms.Consumer>;
  /** The last step. False, and the session is over, when one of these left the stream while we were busy. */
  ready(producers: ms.Producer[]): boolean;
};

type How = Pick<Opening, "router" | "media" | "sctp" | "patienceMs"> & {
  via: Via;
  /** Runs once, when the session is over or could not be opened. */
  release(): void;
};

/** Opens a player's session. Throws what mediasoup throws. */
export async function openSpectator(parts: WatchParts, request: Watching, how: How): Promise<Spectator> {
  const { engine, sessions, streams, idle, changed } = parts;
  const { streamId } = request;
  const { via, release, ...transport } = how;
  const consumers: ms.Consumer[] = [];
  const watching = watchingOf(request, via, parts.now());
  const session = await sessions
    .open(
      { engine, kind: "play", streamId, watching, ...transport },
      {
        onConnected() {
          // only now can the player decrypt: a key frame sent earlier would be lost
          idle.wake(streamId);
          for (const consumer of consumers) letIn(consumer);
          changed(streamId);
        },
        onClosed() {
          release();
          changed(streamId);
        },
      },
    )
    .catch((error: unknown) => {
      release();
      throw error;
    });

  return {
    session,
    async consume(options) {
      const consumer = await session.transport.consume({ ...options, paused: true });
      consumers.push(consumer);
      consumer.once("producerclose", () => session.close("the stream ended"));
      return consumer;
    },
    ready(producers) {
      // a player whose publisher has left would wait for nothing
      if (!producers.every((producer) => streams.sends(streamId, producer))) {
        session.close("the stream ended");
        return false;
      }
      changed(streamId);
      return true;
    },
  };
}
