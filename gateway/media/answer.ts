import { randomInt } from "node:crypto";
import type { types as ms } from "mediasoup";
import { isRtx } from "./codecs.ts";
import type { Offer, OfferedMedia } from "./offer.ts";

/** One m= section of the answer; without `rtp` the section is answered inactive. */
export type AnswerMedia = {
  offered: OfferedMedia;
  rtp?: ms.RtpParameters;
  direction: "recvonly" | "sendonly" | "inactive";
};

export type Server = Pick<ms.WebRtcTransport, "iceParameters" | "iceCandidates" | "dtlsParameters">;

/** libwebrtc begins at 300 kbit/s and takes seconds to believe more; in a shop's own network this is a fair start. */
const startKbps = 1_500;

/** The SDP answer [RFC 8829 5.3], with all of the server's candidates in it: there is no trickle from here. */
export function writeAnswer(offer: Offer, server: Server, media: AnswerMedia[]): string {
  const fingerprint = server.dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === "sha-256");
  const lines = [
    "v=0",
    `o=- ${randomInt(1, 2 ** 47)} 1 IN IP4 127.0.0.1`,
    "s=-",
    "t=0 0",
    "a=ice-lite",
    `a=group:BUNDLE ${media.map(({ offered }) => offered.mid).join(" ")}`,
    "a=msid-semantic:WMS *",
  ];
  for (const section of media) {
    lines.push(
      ...head(section),
      ...ice(server),
      `a=fingerprint:${fingerprint?.algorithm} ${fingerprint?.value}`,
      `a=setup:${offer.setup}`,
      ...codecLines(section),
      ...layerLines(section),
      ...sourceLines(section),
    );
  }
  return `${lines.join("\r\n")}\r\n`;
}

/** Answer to an ICE restart [RFC 9725 4.3.3]: the server's new credentials as a trickle-ice-sdpfrag. */
export function writeFragment(server: Server, media: OfferedMedia): string {
  const lines = [
    "a=ice-lite",
    `a=ice-ufrag:${server.iceParameters.usernameFragment}`,
    `a=ice-pwd:${server.iceParameters.password}`,
    `m=${media.kind} 9 ${media.protocol} 0`,
    `a=mid:${media.mid}`,
    ...candidates(server),
  ];
  return `${lines.join("\r\n")}\r\n`;
}

function head({ offered, rtp, direction }: AnswerMedia): string[] {
  // an inactive section must still name a codec
  const payloads = (rtp?.codecs ?? offered.codecs.slice(0, 1)).map(({ payloadType }) => payloadType);
  return [
    `m=${offered.kind} 9 ${offered.protocol} ${payloads.join(" ")}`,
    "c=IN IP4 0.0.0.0",
    `a=mid:${offered.mid}`,
    `a=${direction}`,
    "a=rtcp-mux",
    "a=rtcp-rsize",
  ];
}

function ice(server: Server): string[] {
  const { usernameFragment, password } = server.iceParameters;
  return [`a=ice-ufrag:${usernameFragment}`, `a=ice-pwd:${password}`, ...candidates(server)];
}

function candidates(server: Server): string[] {
  return [
    ...server.iceCandidates.map((candidate) => {
      const { foundation, protocol, priority, address, port, type, tcpType } = candidate;
      const tcp = tcpType ? ` tcptype ${tcpType}` : "";
      return `a=candidate:${foundation} 1 ${protocol} ${priority} ${address} ${port} typ ${type}${tcp}`;
    }),
    "a=end-of-candidates",
  ];
}

function codecLines({ offered, rtp, direction }: AnswerMedia): string[] {
  const lines = (rtp?.headerExtensions ?? []).map(({ id, uri }) => `a=extmap:${id} ${uri}`);
  for (const codec of rtp?.codecs ?? offered.codecs.slice(0, 1)) {
    const { payloadType, mimeType, clockRate, channels } = codec;
    const name = mimeType.slice(mimeType.indexOf("/") + 1);
    lines.push(`a=rtpmap:${payloadType} ${name}/${clockRate}${channels && channels > 1 ? `/${channels}` : ""}`);
    const faster = direction === "recvonly" && offered.kind === "video" && !isRtx(codec);
    const parameters = { ...codec.parameters, ...(faster ? { "x-google-start-bitrate": startKbps } : {}) };
    const config = Object.entries(parameters).map(([key, value]) => `${key}=${value}`);
    if (config.length > 0) lines.push(`a=fmtp:${payloadType} ${config.join(";")}`);
    for (const { type, parameter } of codec.rtcpFeedback ?? []) {
      lines.push(`a=rtcp-fb:${payloadType} ${type}${parameter ? ` ${parameter}` : ""}`);
    }
  }
  return lines;
}

function layerLines({ offered, direction }: AnswerMedia): string[] {
  if (direction !== "recvonly" || offered.rids.length === 0) return [];
  return [...offered.rids.map((rid) => `a=rid:${rid} recv`), `a=simulcast:recv ${offered.rids.join(";")}`];
}

function sourceLines({ offered, rtp, direction }: AnswerMedia): string[] {
  const ssrc = rtp?.encodings?.[0]?.ssrc;
  if (direction !== "sendonly" || ssrc === undefined) return [];
  return [`a=msid:live ${offered.kind}`, `a=ssrc:${ssrc} cname:${rtp?.rtcp?.cname ?? "live"}`];
}
