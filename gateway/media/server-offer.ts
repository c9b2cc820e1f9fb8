import type { types as ms } from "mediasoup";
import * as sdpTransform from "sdp-transform";
import { openChannel } from "./channel.ts";
import { hasTooManyLines, maxSdpBytes, readDtls } from "./offer.ts";
import type { Offered, Refusal } from "./results.ts";
import { dataLines, type MediaSection, mediaLines, sessionLines } from "./sdp-lines.ts";
import { full, isSentAway, nobody, takeSeat, unwelcome, type Watching } from "./seats.ts";
import type { Session } from "./sessions.ts";
import { openSpectator, type WatchParts } from "./spectator.ts";
import type { Stream } from "./streams.ts";
import type { Friend, Words } from "./words.ts";

export type OfferParts = WatchParts & { words: Words; answerWithinMs: number };

const rtp = "UDP/TLS/RTP/SAVPF";
const sctp = "UDP/DTLS/SCTP";

/**
 * Makes an offer to somebody who wants to watch. Here the numbers are the router's own, so retransmission, bandwidth
 * estimation, simulcast layers and the data channel work, and no relay router is needed.
 */
export async function offerPicture(parts: OfferParts, request: Watching): Promise<Offered | Refusal> {
  const stream = parts.streams.get(request.streamId);
  if (!stream) return nobody;
  if (isSentAway(parts.sessions, request)) return unwelcome;
  const free = takeSeat(parts.sessions, request);
  if (!free) return full;
  try {
    return await prepare(parts, request, stream);
  } finally {
    free();
  }
}

async function prepare(parts: OfferParts, request: Watching, { producers }: Stream): Promise<Offered | Refusal> {
  const { engine, answerWithinMs } = parts;
  const { router } = engine;
  const { session, consume, admit } = await openSpectator(parts, request, {
    router,
    media: { kind: producers[0]?.kind ?? "video", mid: "0", protocol: rtp },
    sctp: true,
    patienceMs: answerWithinMs,
    via: request.via ?? "page",
    release() {},
  });
  try {
    const sections: MediaSection[] = [];
    for (const [index, producer] of producers.entries()) {
      const mid = String(index);
      const { kind, rtpParameters } = await consume({
        producerId: producer.id,
        rtpCapabilities: router.rtpCapabilities,
        mid,
      });
      sections.push({ kind, mid, protocol: rtp, direction: "sendonly", rtp: rtpParameters });
    }
    await openWords(parts, session);
    if (!admit(producers)) return nobody;
    session.offered = { sections };
    const data = { mid: String(sections.length), protocol: sctp, accepted: true };
    const offer = writeOffer(session, sections, data);
    return { ok: true, sessionId: session.id, etag: session.etag, offer, validUntil: parts.now() + answerWithinMs };
  } catch (error) {
    session.close("refused");
    throw error;
  }
}

async function openWords({ engine, words }: OfferParts, session: Session) {
  const { viewer, address } = session.watching ?? {};
  const channel = await openChannel(engine, session.transport, (text) => {
    // who was asked to leave has had the last word
    if (friend && session.connected) words.hear(friend, text);
  });
  const friend: Friend | undefined = viewer && {
    ...{ viewer, streamId: session.streamId, say: channel.say },
    ...(address === undefined ? {} : { address }),
  };
  session.channel = channel;
  // who was told before the channel was open has not heard it
  channel.whenOpen(() => words.tellViewers(session.streamId));
}

function writeOffer(session: Session, sections: MediaSection[], data: Parameters<typeof dataLines>[0]): string {
  const server = session.server();
  const lines = [
    ...sessionLines([...sections, data].map(({ mid }) => mid)),
    ...sections.flatMap((section) => mediaLines(section, server, "actpass")),
    ...dataLines(data, server, "actpass"),
  ];
  return `${lines.join("\r\n")}\r\n`;
}

/** The answer to an offer of ours. One that cannot be read changes nothing: there is time for another. */
export async function takeAnswer(session: Session, text: string): Promise<{ ok: true } | Refusal> {
  const { offered } = session;
  if (!offered) return { ok: false, status: 422, title: "This session waits for no answer." };
  const read = readAnswer(text, offered.sections);
  if (!read.ok) return read;
  delete session.offered;
  try {
    await session.connect(read.dtls);
    return { ok: true };
  } catch {
    session.close("refused");
    return { ok: false, status: 422, title: "The media server cannot use this answer." };
  }
}

function readAnswer(text: string, sections: MediaSection[]): { ok: true; dtls: ms.DtlsParameters } | Refusal {
  if (Buffer.byteLength(text) > maxSdpBytes)
    return { ok: false, status: 413, title: "The answer is larger than 64 kB." };
  if (hasTooManyLines(text)) return { ok: false, status: 413, title: "The answer has too many lines." };
  const notSdp: Refusal = { ok: false, status: 400, title: "The body is not an SDP answer to this offer." };
  if (!text.startsWith("v=0")) return notSdp;
  let sdp: sdpTransform.SessionDescription;
  try {
    sdp = sdpTransform.parse(text);
  } catch {
    return notSdp;
  }
  // [RFC 3264 6] as many sections as were offered, in their order
  if (sdp.media.length !== sections.length + 1) return notSdp;
  const taken = sections.filter((section, place) => accepts(sdp.media[place], section));
  const first = sdp.media.find(({ port }) => port !== 0);
  if (!first || !taken.some(({ kind }) => kind === "video")) {
    return { ok: false, status: 422, title: "The answer does not take the picture." };
  }
  const dtls = readDtls(sdp, first);
  if (!dtls.ok) return { ok: false, status: dtls.status, title: dtls.reason };
  return { ok: true, dtls: dtls.value.dtls };
}

function accepts(answered: sdpTransform.SessionDescription["media"][number] | undefined, offered: MediaSection) {
  if (!answered || answered.type !== offered.kind || answered.port === 0) return false;
  if (String(answered.mid) !== offered.mid || !(answered.direction ?? "sendrecv").includes("recv")) return false;
  const payloads = String(answered.payloads).split(" ");
  return payloads.includes(String(offered.rtp?.codecs[0]?.payloadType));
}
