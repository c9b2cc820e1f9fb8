import type { types as ms } from "mediasoup";
import { type AnswerMedia, writeAnswer } from "./answer.ts";
import { type Codec, sameCodec } from "./codecs.ts";
import type { Engine } from "./engine.ts";
import type { Idle } from "./idle.ts";
import { letIn } from "./key-frames.ts";
import { type Offer, type OfferedMedia, parseOffer, playerCapabilities } from "./offer.ts";
import type { Opened, Refusal } from "./results.ts";
import { full, nobody, takeSeat, type Watching, watchingOf } from "./seats.ts";
import { handshakeMs, type Sessions } from "./sessions.ts";
import type { Stream, Streams } from "./streams.ts";

export type PlayRequest = Watching & { offer: string };
export type PlayParts = {
  engine: Engine;
  sessions: Sessions;
  streams: Streams;
  idle: Idle;
  /** To be called when somebody begins or ends to watch a stream. */
  changed(streamId: string): void;
  /** Epoch ms. */
  now(): number;
};
type Match = { offered: OfferedMedia; codec: Codec; producer: ms.Producer };

/** This offer cannot be served; one of ours might do. */
export type NotAsItIs = { ok: false; status: 406; title: string };

/** Lets a player in. */
export async function play(parts: PlayParts, request: PlayRequest): Promise<Opened | NotAsItIs | Refusal> {
  const { sessions, streams } = parts;
  const parsed = parseOffer(request.offer);
  if (!parsed.ok) return { ok: false, status: parsed.status, title: parsed.reason };
  const stream = streams.get(request.streamId);
  if (!stream) return nobody;
  const matches = matchTracks(parsed.value.media, stream);
  if (matches.length === 0) return { ok: false, status: 406, title: "No codec of the offer fits this stream." };
  const free = takeSeat(sessions, request);
  if (!free) return full;
  try {
    return await admit(parts, request, parsed.value, matches);
  } finally {
    free();
  }
}

async function admit(
  parts: PlayParts,
  request: PlayRequest,
  offer: Offer,
  matches: Match[],
): Promise<Opened | NotAsItIs | Refusal> {
  const { engine, sessions, streams, idle, changed } = parts;
  const { streamId } = request;
  const source = await engine.relays.acquire(
    matches.map(({ offered, producer, codec }) => ({ kind: offered.kind, producer, codec })),
  );
  if (!source) return { ok: false, status: 406, title: "Too many kinds of players are watching." };
  const consumers: ms.Consumer[] = [];
  const session = await sessions
    .open(
      {
        engine,
        router: source.router,
        kind: "play",
        streamId,
        watching: watchingOf(request, request.via ?? "player", parts.now()),
        media: matches[0]?.offered ?? { kind: "video", mid: "0", protocol: "UDP/TLS/RTP/SAVPF" },
        sctp: false,
        patienceMs: handshakeMs,
      },
      {
        onConnected() {
          // only now can the player decrypt: a key frame sent earlier would be lost
          idle.wake(streamId);
          for (const consumer of consumers) letIn(consumer);
          changed(streamId);
        },
        onClosed() {
          source.release();
          changed(streamId);
        },
      },
    )
    .catch((error: unknown) => {
      source.release();
      throw error;
    });
  try {
    await session.connect(offer.dtls);
    const answer: AnswerMedia[] = [];
    for (const offered of offer.media) {
      const index = matches.findIndex((match) => match.offered === offered);
      const match = matches[index];
      const producer = source.producers[index];
      if (!match || !producer) {
        answer.push({ offered, direction: "inactive" });
        continue;
      }
      const consumer = await session.transport.consume({
        producerId: producer.id,
        rtpCapabilities: playerCapabilities(offered, match.codec),
        mid: offered.mid,
        // without this mediasoup strips NACK together with RTX
        enableRtx: true,
        paused: true,
      });
      consumers.push(consumer);
      consumer.once("producerclose", () => session.close("the stream ended"));
      answer.push({ offered, rtp: consumer.rtpParameters, direction: "sendonly" });
    }
    // the publisher may have left while we were busy; the player would wait for nothing
    if (!matches.every(({ producer }) => streams.sends(streamId, producer))) {
      session.close("the stream ended");
      return nobody;
    }
    session.admitted = true;
    changed(streamId);
    return {
      ok: true,
      sessionId: session.id,
      etag: session.etag,
      answer: writeAnswer(offer, session.server(), answer),
    };
  } catch (error) {
    session.close("refused");
    throw error;
  }
}

/** For each section the track of its kind, with the player's own number for the codec. */
function matchTracks(media: OfferedMedia[], stream: Stream): Match[] {
  const matches: Match[] = [];
  for (const offered of media) {
    if (!offered.receives) continue;
    const producer = stream.producers.find(({ kind }) => kind === offered.kind);
    const native = producer?.consumableRtpParameters.codecs[0];
    const codec = native && offered.codecs.find((candidate) => sameCodec(native, candidate));
    if (producer && codec) matches.push({ offered, codec, producer });
  }
  return matches;
}
