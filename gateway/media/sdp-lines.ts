import { randomInt } from "node:crypto";
import type { types as ms } from "mediasoup";
import { isRtx, type Kind } from "./codecs.ts";

/** What the other side must know of a transport of ours. */
export type Server = Pick<ms.WebRtcTransport, "iceParameters" | "iceCandidates" | "dtlsParameters">;

/** One audio or video section as we write it; one without `rtp` is inactive. */
export type MediaSection = {
  kind: Kind;
  mid: string;
  protocol: string;
  direction: "recvonly" | "sendonly" | "inactive";
  rtp?: ms.RtpParameters;
  /** An inactive section must still name a codec. */
  otherwise?: ms.RtpCodecParameters;
  rids?: string[];
};
/** The data channel's section; one that is not `accepted` is written with port 0. */
export type DataSection = { mid: string; protocol: string; accepted: boolean };

export type Setup = "active" | "passive" | "actpass";

/** Longest message that may come over the data channel, bytes. */
export const maxMessageBytes = 4_096;

/** libwebrtc begins at 300 kbit/s and takes seconds to believe more; in a shop's own network this is a fair start. */
const startKbps = 1_500;

export function sessionLines(mids: string[]): string[] {
  return [
    "v=0",
    `o=- ${randomInt(1, 2 ** 47)} 1 IN IP4 127.0.0.1`,
    "s=-",
    "t=0 0",
    "a=ice-lite",
    `a=group:BUNDLE ${mids.join(" ")}`,
    "a=msid-semantic:WMS *",
  ];
}

export function mediaLines(section: MediaSection, server: Server, setup: Setup): string[] {
  const payloads = codecsOf(section).map(({ payloadType }) => payloadType);
  return [
    `m=${section.kind} 9 ${section.protocol} ${payloads.join(" ")}`,
    "c=IN IP4 0.0.0.0",
    `a=mid:${section.mid}`,
    `a=${section.direction}`,
    "a=rtcp-mux",
    "a=rtcp-rsize",
    ...transportLines(server, setup),
    ...codecLines(section),
    ...layerLines(section),
    ...sourceLines(section),
  ];
}

/** [RFC 8841] */
export function dataLines({ mid, protocol, accepted }: DataSection, server: Server, setup: Setup): string[] {
  return [
    `m=application ${accepted ? 9 : 0} ${protocol} webrtc-datachannel`,
    "c=IN IP4 0.0.0.0",
    `a=mid:${mid}`,
    ...(accepted ? transportLines(server, setup) : []),
    ...(accepted ? ["a=sctp-port:5000", `a=max-message-size:${maxMessageBytes}`] : []),
  ];
}

/** All candidates at once: there is no trickle from here. */
export function candidateLines({ iceCandidates }: Pick<Server, "iceCandidates">): string[] {
  return [
    ...iceCandidates.map(({ foundation, protocol, priority, address, port, type, tcpType }) => {
      const tcp = tcpType ? ` tcptype ${tcpType}` : "";
      return `a=candidate:${foundation} 1 ${protocol} ${priority} ${address} ${port} typ ${type}${tcp}`;
    }),
    "a=end-of-candidates",
  ];
}

function transportLines(server: Server, setup: Setup): string[] {
  const { usernameFragment, password } = server.iceParameters;
  const fingerprint = server.dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === "sha-256");
  return [
    `a=ice-ufrag:${usernameFragment}`,
    `a=ice-pwd:${password}`,
    ...candidateLines(server),
    `a=fingerprint:${fingerprint?.algorithm} ${fingerprint?.value}`,
    `a=setup:${setup}`,
  ];
}

function codecsOf({ rtp, otherwise }: MediaSection): ms.RtpCodecParameters[] {
  return rtp?.codecs ?? (otherwise ? [otherwise] : []);
}

function codecLines(section: MediaSection): string[] {
  const lines = (section.rtp?.headerExtensions ?? []).map(({ id, uri }) => `a=extmap:${id} ${uri}`);
  for (const codec of codecsOf(section)) {
    const { payloadType, mimeType, clockRate, channels } = codec;
    const name = mimeType.slice(mimeType.indexOf("/") + 1);
    lines.push(`a=rtpmap:${payloadType} ${name}/${clockRate}${channels && channels > 1 ? `/${channels}` : ""}`);
    const faster = section.direction === "recvonly" && section.kind === "video" && !isRtx(codec);
    const parameters = { ...codec.parameters, ...(faster ? { "x-google-start-bitrate": startKbps } : {}) };
    const config = Object.entries(parameters).map(([key, value]) => `${key}=${value}`);
    if (config.length > 0) lines.push(`a=fmtp:${payloadType} ${config.join(";")}`);
    for (const { type, parameter } of codec.rtcpFeedback ?? []) {
      lines.push(`a=rtcp-fb:${payloadType} ${type}${parameter ? ` ${parameter}` : ""}`);
    }
  }
  return lines;
}

function layerLines({ rids = [], direction }: MediaSection): string[] {
  if (direction !== "recvonly" || rids.length === 0) return [];
  return [...rids.map((rid) => `a=rid:${rid} recv`), `a=simulcast:recv ${rids.join(";")}`];
}

/** One stream for both tracks, so that a page plays them in step. */
function sourceLines({ kind, rtp, direction }: MediaSection): string[] {
  const encoding = rtp?.encodings?.[0];
  if (direction !== "sendonly" || encoding?.ssrc === undefined) return [];
  const cname = rtp?.rtcp?.cname ?? "live";
  const { ssrc, rtx } = encoding;
  const again = rtx ? [`a=ssrc-group:FID ${ssrc} ${rtx.ssrc}`, `a=ssrc:${rtx.ssrc} cname:${cname}`] : [];
  return [`a=msid:live ${kind}`, `a=ssrc:${ssrc} cname:${cname}`, ...again];
}
