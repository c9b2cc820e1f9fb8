import { createHash } from "node:crypto";
import type { types as ms } from "mediasoup";
import * as sdpTransform from "sdp-transform";
import { openChannel } from "./channel.ts";
import { hasTooManyLines, maxSdpBytes, readDtls } from "./offer.ts";
import type { Offered, Refusal } from "./results.ts";
import { dataLines, type MediaSection, mediaLines, sessionLines } from "./sdp-lines.ts";
import { full, giveSeat, hasSeat, isSentAway, nobody, unwelcome, type Watching } from "./seats.ts";
import type { Session, Sessions } from "./sessions.ts";
import { openSpectator, type WatchParts } from "./spectator.ts";
import type { Stream } from "./streams.ts";
import { makeRoom, tooManyAtOnce } from "./waiting.ts";
import type { Friend, Words } from "./words.ts";

export type OfferParts = WatchParts & { words: Words; answerWithinMs: number };

const rtp = "UDP/TLS/RTP/SAVPF";
const sctp = "UDP/DTLS/SCTP";

/**
 * Makes an offer to somebody who wants to watch. Here the numbers are the router's own, so retransmission, bandwidth
 * estimation, simulcast layers and the data channel work, and no relay router is needed. The seat is given with the answer.
 */
export async function offerPicture(parts: OfferParts, request: Watching): Promise<Offered | Refusal> {
  const stream = parts.streams.get(request.streamId);
  if (!stream) return nobody;
  if (isSentAway(parts.sessions, request)) return unwelcome;
  const { audience, maxViewers, via } = request;
  if (via !== "probe" && !hasSeat(parts.sessions, audience, maxViewers)) return full;
  const made = makeRoom(parts.sessions, request);
  if (!made) return tooManyAtOnce;
  try {
    return await prepare(parts, request, stream);
  } finally {
    made();
  }
}

async function prepare(parts: OfferParts, request: Watching, { producers }: Stream): Promise<Offered | Refusal> {
  const { engine, answerWithinMs } = parts;
  const { router } = engine;
  const { session, consume, ready } = await openSpectator(parts, request, {
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
    if (!ready(producers)) return nobody;
    session.offered = { sections, maxViewers: request.maxViewers };
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

/**
 * The answer to an offer of ours, which also takes the seat. One that cannot be read, or comes when all seats are taken,
 * changes nothing: there is time for another. Said again, because our 204 was lost, it is what it was.
 */
export async function takeAnswer(sessions: Sessions, session: Session, text: string): Promise<{ ok: true } | Refusal> {
  const { offered, watching } = session;
  if (!offered || !watching) return { ok: false, status: 422, title: "This session waits for no answer." };
  const digest = createHash("sha256").update(text).digest("base64");
  if (offered.taken) return offered.taken.digest === digest ? offered.taken.result : answeredAlready;
  const read = readAnswer(text, offered.sections);
  if (!read.ok) return read;
  if (watching.viewer) {
    if (isSentAway(sessions, watching)) return unwelcome;
    // nothing is awaited between this and the seat, so no two answers get the same one
    if (!giveSeat(sessions, watching.audience, offered.maxViewers)) return full;
  }
  session.admitted = true;
  const result = connect(session, read.dtls);
  offered.taken = { digest, result };
  return result;
}

const answeredAlready: Refusal = {
  ok: false,
  status: 409,
  problem: "answered-already",
  title: "This offer was answered already, and otherwise.",
};

async function connect(session: Session, dtls: ms.DtlsParameters): Promise<{ ok: true } | Refusal> {
  try {
    await session.connect(dtls);
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
