import type { types as ms } from "mediasoup";
import { type AnswerMedia, writeAnswer } from "./answer.ts";
import { type Codec, sameCodec } from "./codecs.ts";
import { type Offer, type OfferedMedia, parseOffer, playerCapabilities } from "./offer.ts";
import type { Opened, Refusal } from "./results.ts";
import { full, isSentAway, nobody, takeSeat, unwelcome, type Watching } from "./seats.ts";
import { handshakeMs } from "./sessions.ts";
import { openSpectator, type WatchParts } from "./spectator.ts";
import type { Stream } from "./streams.ts";

export type PlayRequest = Watching & { offer: string };
type Match = { offered: OfferedMedia; codec: Codec; producer: ms.Producer };

/** This offer cannot be served; one of ours might do. */
export type NotAsItIs = { ok: false; status: 406; title: string };

/** Lets a player in. */
export async function play(parts: WatchParts, request: PlayRequest): Promise<Opened | NotAsItIs | Refusal> {
  const { sessions, streams } = parts;
  const parsed = parseOffer(request.offer);
  if (!parsed.ok) return { ok: false, status: parsed.status, title: parsed.reason };
  const stream = streams.get(request.streamId);
  if (!stream) return nobody;
  const matches = matchTracks(parsed.value.media, stream);
  if (matches.length === 0) return { ok: false, status: 406, title: "No codec of the offer fits this stream." };
  if (isSentAway(sessions, request)) return unwelcome;
  const free = takeSeat(sessions, request);
  if (!free) return full;
  try {
    return await letPlay(parts, request, parsed.value, matches);
  } finally {
    free();
  }
}

async function letPlay(
  parts: WatchParts,
  request: PlayRequest,
  offer: Offer,
  matches: Match[],
): Promise<Opened | NotAsItIs | Refusal> {
  const source = await parts.engine.relays.acquire(
    matches.map(({ offered, producer, codec }) => ({ kind: offered.kind, producer, codec })),
  );
  if (!source) return { ok: false, status: 406, title: "Too many kinds of players are watching." };
  const { session, consume, ready } = await openSpectator(parts, request, {
    router: source.router,
    media: matches[0]?.offered ?? { kind: "video", mid: "0", protocol: "UDP/TLS/RTP/SAVPF" },
    sctp: false,
    patienceMs: handshakeMs,
    via: request.via ?? "player",
    release: source.release,
  });
  try {
    await session.connect(offer.dtls);
    const sections: AnswerMedia[] = [];
    for (const offered of offer.media) {
      const index = matches.findIndex((match) => match.offered === offered);
      const match = matches[index];
      const producer = source.producers[index];
      if (!match || !producer) {
        sections.push({ offered, direction: "inactive" });
        continue;
      }
      const { rtpParameters } = await consume({
        producerId: producer.id,
        rtpCapabilities: playerCapabilities(offered, match.codec),
        mid: offered.mid,
        // without this mediasoup strips NACK together with RTX
        enableRtx: true,
      });
      sections.push({ offered, rtp: rtpParameters, direction: "sendonly" });
    }
    if (!ready(matches.map(({ producer }) => producer))) return nobody;
    session.admitted = true;
    const answer = writeAnswer(offer, session.server(), sections);
    return { ok: true, sessionId: session.id, etag: session.etag, answer };
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
