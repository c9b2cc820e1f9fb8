import type { types as ms } from "mediasoup";
import { type AnswerMedia, writeAnswer } from "./answer.ts";
import { type Codec, sameCodec } from "./codecs.ts";
import type { Engine } from "./engine.ts";
import type { KeyFrames } from "./key-frames.ts";
import { type OfferedMedia, parseOffer, playerCapabilities } from "./offer.ts";
import type { Opened, Refusal } from "./results.ts";
import type { Sessions } from "./sessions.ts";
import type { Stream, Streams } from "./streams.ts";

export type PlayRequest = {
  streamId: string;
  /** On whose behalf: the share. Viewers are counted and ended by it. */
  audience: string;
  /** How many may watch on its behalf at once. */
  maxViewers: number;
  offer: string;
};
type Parts = { engine: Engine; sessions: Sessions; streams: Streams };
type Match = { offered: OfferedMedia; codec: Codec; producer: ms.Producer; keyFrames: KeyFrames };

const nobody: Refusal = { ok: false, status: 409, title: "Nobody is showing anything here yet.", retryAfterS: 2 };
const full: Refusal = { ok: false, status: 429, title: "As many friends as allowed are watching.", retryAfterS: 20 };
const tooMany: Refusal = { ok: false, status: 503, title: "Too many kinds of players are watching.", retryAfterS: 20 };

/** Places taken by players whose answer is still being made, so that a rush cannot pass the limit. */
const joining = new WeakMap<Sessions, Map<string, number>>();

/** Lets a player in. */
export async function play(parts: Parts, request: PlayRequest): Promise<Opened | Refusal> {
  const { sessions, streams } = parts;
  const parsed = parseOffer(request.offer);
  if (!parsed.ok) return { ok: false, status: parsed.status, title: parsed.reason };
  const stream = streams.get(request.streamId);
  if (!stream) return nobody;
  const matches = matchTracks(parsed.value.media, stream);
  if (matches.length === 0) return { ok: false, status: 422, title: "No codec of the offer fits this stream." };
  const free = takePlace(sessions, request);
  if (!free) return full;
  try {
    return await letIn(parts, request, parsed.value, matches);
  } finally {
    free();
  }
}

async function letIn(
  { engine, sessions, streams }: Parts,
  { streamId, audience }: PlayRequest,
  offer: { media: OfferedMedia[] } & Parameters<typeof writeAnswer>[0],
  matches: Match[],
): Promise<Opened | Refusal> {
  const source = await engine.relays.acquire(
    matches.map(({ offered, producer, codec }) => ({ kind: offered.kind, producer, codec })),
  );
  if (!source) return tooMany;
  const consumers: { consumer: ms.Consumer; keyFrames: KeyFrames }[] = [];
  const opening = { engine, router: source.router, offer, kind: "play", streamId, audience } as const;
  const session = await sessions
    .open(opening, {
      onConnected() {
        // only now can the player decrypt: a key frame sent earlier would be lost
        for (const { consumer, keyFrames } of consumers) keyFrames.resume(consumer);
        streams.tell(streamId);
      },
      onClosed() {
        source.release();
        streams.tell(streamId);
      },
    })
    .catch((error: unknown) => {
      source.release();
      throw error;
    });
  try {
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
      consumers.push({ consumer, keyFrames: match.keyFrames });
      consumer.once("producerclose", () => session.close("the stream ended"));
      answer.push({ offered, rtp: consumer.rtpParameters, direction: "sendonly" });
    }
    // the publisher may have left while we were busy; the player would wait for nothing
    if (streams.get(streamId)?.tracks.some(({ producer }) => producer === matches[0]?.producer) !== true) {
      session.close("the stream ended");
      return nobody;
    }
    session.admitted = true;
    return {
      ok: true,
      sessionId: session.id,
      etag: session.etag,
      answer: writeAnswer(offer, session.transport, answer),
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
    const track = stream.tracks.find(({ producer }) => producer.kind === offered.kind);
    const native = track?.producer.consumableRtpParameters.codecs[0];
    const codec = native && offered.codecs.find((candidate) => sameCodec(native, candidate));
    if (track && codec) matches.push({ offered, codec, ...track });
  }
  return matches;
}

function takePlace(sessions: Sessions, { audience, maxViewers }: PlayRequest): (() => void) | undefined {
  const places = joining.get(sessions) ?? new Map<string, number>();
  joining.set(sessions, places);
  const inside = sessions.list().filter((one) => one.admitted && one.audience === audience).length;
  const atTheDoor = places.get(audience) ?? 0;
  if (inside + atTheDoor >= maxViewers) return;
  places.set(audience, atTheDoor + 1);
  return () => {
    const left = (places.get(audience) ?? 1) - 1;
    if (left > 0) places.set(audience, left);
    else places.delete(audience);
  };
}
