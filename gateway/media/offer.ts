import type { types as ms } from "mediasoup";
import * as sdpTransform from "sdp-transform";
import { type Codec, isRtx, type Kind } from "./codecs.ts";

/** One m= section of an offer, checked: every string that an answer may repeat is of a known shape. */
export type OfferedMedia = {
  kind: Kind;
  mid: string;
  protocol: string;
  sends: boolean;
  receives: boolean;
  codecs: Codec[];
  extensions: { uri: string; id: number }[];
  rids: string[];
  ssrc?: number;
  rtxSsrc?: number;
  cname?: string;
};
/** An m=application section: a data channel. `place` is its place among all sections. */
export type OfferedData = { mid: string; protocol: string; place: number; usable: boolean };
export type Dtls = { dtls: ms.DtlsParameters; setup: "active" | "passive" };
export type Offer = Dtls & { media: OfferedMedia[]; data?: OfferedData };
export type Parsed<T> = { ok: true; value: T } | { ok: false; status: 400 | 413 | 422; reason: string };

type Session = sdpTransform.SessionDescription;
type Section = Session["media"][number];

export const maxSdpBytes = 64 * 1024;
/** Browsers send 130 to 400. Every pattern of the reader looks at every line: 16,000 of them held the gateway for 0.4 s. */
const maxLines = 2_000;
/** [RFC 9725 4.4] one stream with at most one audio and one video track; and a data channel beside it. */
const maxSections = 3;
const maxCodecs = 64;
const maxParameters = 32;
const maxExtensions = 32;
const maxLayers = 3;
const protocols = new Set(["UDP/TLS/RTP/SAVPF", "TCP/DTLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP", "RTP/SAVPF"]);
const dataProtocols = new Set(["UDP/DTLS/SCTP", "TCP/DTLS/SCTP", "DTLS/SCTP"]);
const hashes: ReadonlySet<string> = new Set(["sha-1", "sha-224", "sha-256", "sha-384", "sha-512"]);
const token = /^[A-Za-z0-9_.+-]{1,64}$/;

/** Reads an SDP offer. Never throws; the reason is a sentence for the person who debugs a player. */
export function parseOffer(text: string): Parsed<Offer> {
  if (Buffer.byteLength(text) > maxSdpBytes) return bad(413, "The offer is larger than 64 kB.");
  if (hasTooManyLines(text)) return bad(413, `More than ${maxLines} lines.`);
  if (!text.startsWith("v=0")) return bad(400, "The body is not SDP: it does not begin with v=0.");
  let sdp: Session;
  try {
    sdp = sdpTransform.parse(text);
  } catch {
    return bad(400, "The body is not SDP.");
  }
  const first = sdp.media[0];
  if (!first) return bad(400, "The offer has no m= section.");
  if (sdp.media.length > maxSections) return bad(422, "One audio and one video section at most.");
  const dtls = readDtls(sdp, first);
  if (!dtls.ok) return dtls;
  const media: OfferedMedia[] = [];
  let data: OfferedData | undefined;
  for (const [index, section] of sdp.media.entries()) {
    if (section.type === "application") {
      const read = readData(section, index);
      if (!read.ok) return read;
      if (data) return bad(422, "One data channel section at most.");
      data = read.value;
      continue;
    }
    const read = readSection(section, index);
    if (!read.ok) return read;
    if (media.some((other) => other.kind === read.value.kind))
      return bad(422, "One audio and one video section at most.");
    media.push(read.value);
  }
  if (media.length === 0) return bad(422, "The offer has neither audio nor video.");
  const mids = new Set([...media, ...(data ? [data] : [])].map(({ mid }) => mid));
  if (mids.size < sdp.media.length) return bad(400, "Two sections have the same mid.");
  return { ok: true, value: { ...dtls.value, media, ...(data ? { data } : {}) } };
}

export function hasTooManyLines(text: string): boolean {
  return text.split(/\r\n|\r|\n/, maxLines + 1).length > maxLines;
}

/** Data channels as RFC 8841 writes them; the older way (`DTLS/SCTP 5000`) is refused in the answer, not as an error. */
function readData(section: Section, place: number): Parsed<OfferedData> {
  const mid = String(section.mid ?? place);
  if (!token.test(mid)) return bad(400, "A mid is not a token.");
  const { protocol } = section;
  if (!dataProtocols.has(protocol)) return bad(422, "Only data channels over DTLS can pass.");
  const usable = protocol !== "DTLS/SCTP" && String(section.payloads) === "webrtc-datachannel" && section.port !== 0;
  return { ok: true, value: { mid, protocol, place, usable } };
}

/** OBS and others put ICE and DTLS attributes at session level, browsers at media level: both count. */
export function readDtls(sdp: Session, first: Section): Parsed<Dtls> {
  const fingerprint = first.fingerprint ?? sdp.fingerprint;
  const algorithm = hashAlgorithm(fingerprint?.type);
  if (!fingerprint || !algorithm || !/^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){19,63}$/.test(String(fingerprint.hash))) {
    return bad(400, "There is no usable DTLS fingerprint.");
  }
  if (!(first.iceUfrag ?? sdp.iceUfrag) || !(first.icePwd ?? sdp.icePwd)) {
    return bad(400, "There are no ICE credentials.");
  }
  const theirs = first.setup ?? sdp.setup ?? "actpass";
  // mediasoup's `role` is the remote side's. [RFC 9725 4.2] the server should answer passive.
  const passive = theirs === "passive";
  return {
    ok: true,
    value: {
      dtls: { role: passive ? "server" : "client", fingerprints: [{ algorithm, value: fingerprint.hash }] },
      setup: passive ? "active" : "passive",
    },
  };
}

function readSection(section: Section, index: number): Parsed<OfferedMedia> {
  const { type } = section;
  if (type !== "audio" && type !== "video") return bad(422, "Only audio and video can pass.");
  if (!protocols.has(section.protocol)) return bad(422, "Only encrypted RTP (SAVPF over DTLS) can pass.");
  const mid = String(section.mid ?? index);
  if (!token.test(mid)) return bad(400, "A mid is not a token.");
  if (!Array.isArray(section.rtp) || section.rtp.length === 0) return bad(400, "A section names no codec.");
  if (section.rtp.length > maxCodecs) return bad(422, `More than ${maxCodecs} codecs in a section.`);
  const codecs = readCodecs(type, section);
  if (!codecs) return bad(400, "A codec line is broken.");
  const extensions = (section.ext ?? []).map((ext) => ({ uri: String(ext.uri), id: Number(ext.value) }));
  if (extensions.length > maxExtensions || extensions.some(({ id }) => !(id >= 1 && id <= 255))) {
    return bad(400, "The header extensions are broken or too many.");
  }
  const rids = (section.rids ?? []).filter((rid) => rid.direction === "send").map((rid) => String(rid.id));
  if (rids.length > maxLayers || rids.some((rid) => !/^[A-Za-z0-9_-]{1,16}$/.test(rid))) {
    return bad(422, `More than ${maxLayers} simulcast layers, or a broken rid.`);
  }
  const direction = section.direction ?? "sendrecv";
  return {
    ok: true,
    value: {
      kind: type,
      mid,
      protocol: section.protocol,
      sends: direction.startsWith("send"),
      receives: direction.includes("recv"),
      codecs,
      extensions,
      rids,
      ...readSources(section),
    },
  };
}

function readCodecs(kind: Kind, section: Section): Codec[] | undefined {
  const codecs: Codec[] = [];
  for (const { payload, codec, rate, encoding } of section.rtp) {
    const clockRate = rate ?? 90_000;
    if (!(payload >= 0 && payload <= 127) || !token.test(String(codec)) || !(clockRate > 0 && clockRate < 1e6)) return;
    const channels = Number(encoding ?? 1);
    if (!(channels >= 1 && channels <= 8)) return;
    const config = String(section.fmtp.find((line) => line.payload === payload)?.config ?? "");
    if (config.split(";", maxParameters + 1).length > maxParameters) return;
    codecs.push({
      mimeType: `${kind}/${codec}`,
      payloadType: payload,
      clockRate,
      ...(kind === "audio" ? { channels } : {}),
      parameters: sdpTransform.parseParams(config),
      rtcpFeedback: (section.rtcpFb ?? [])
        .filter((line) => line.payload === payload || String(line.payload) === "*")
        .map((line) => ({ type: String(line.type), parameter: String(line.subtype ?? "") })),
    });
  }
  return codecs;
}

function readSources(section: Section): Pick<OfferedMedia, "ssrc" | "rtxSsrc" | "cname"> {
  // sdp-transform turns what looks like a number into one, whatever its types say
  const group = section.ssrcGroups?.find(({ semantics }) => semantics === "FID");
  const pair = group && String(group.ssrcs).split(" ");
  const ssrc = uint32(pair?.[0] ?? section.ssrcs?.[0]?.id);
  const rtxSsrc = uint32(pair?.[1]);
  const cname = String(section.ssrcs?.find((line) => line.attribute === "cname")?.value ?? "");
  return {
    ...(ssrc === undefined ? {} : { ssrc }),
    ...(rtxSsrc === undefined ? {} : { rtxSsrc }),
    ...(/^[\x21-\x7e]{1,255}$/.test(cname) ? { cname } : {}),
  };
}

function uint32(value: unknown): number | undefined {
  const number = Number(value);
  return Number.isInteger(number) && number > 0 && number <= 0xffff_ffff ? number : undefined;
}

function hashAlgorithm(type: unknown): ms.FingerprintAlgorithm | undefined {
  const name = String(type).toLowerCase();
  return isHash(name) ? name : undefined;
}

function isHash(name: string): name is ms.FingerprintAlgorithm {
  return hashes.has(name);
}

function bad(status: 400 | 413 | 422, reason: string): { ok: false; status: 400 | 413 | 422; reason: string } {
  return { ok: false, status, reason };
}

/** What a publisher will send, as mediasoup wants it: its first codec that `usable` accepts, with its own numbers kept. */
export function producerParameters(
  media: OfferedMedia,
  capabilities: ms.RtpCapabilities,
  usable: (codec: Codec) => boolean,
): ms.RtpParameters | undefined {
  const codec = media.codecs.find(usable);
  if (!codec) return;
  const rtx = media.codecs.find((other) => isRtx(other) && Number(other.parameters?.apt) === codec.payloadType);
  // mediasoup sends transport-cc or REMB, never both; the answer must offer only the one it will send
  const transportCc = media.extensions.some(({ uri }) => uri.includes("transport-wide-cc"));
  const feedback = (codec.rtcpFeedback ?? []).filter(({ type }) => !(transportCc && type === "goog-remb"));
  const known = capabilities.headerExtensions ?? [];
  // without L1T3 mediasoup takes every simulcast stream for one temporal layer
  const layered = media.rids.length > 1 ? { scalabilityMode: "L1T3" } : {};
  const rtxEncoding = media.rtxSsrc !== undefined && rtx ? { rtx: { ssrc: media.rtxSsrc } } : {};
  return {
    mid: media.mid,
    codecs: [{ ...codec, rtcpFeedback: feedback }, ...(rtx ? [rtx] : [])],
    headerExtensions: known
      .filter((ext) => ext.kind === media.kind)
      .flatMap((ext) => {
        const offered = media.extensions.find(({ uri }) => uri === ext.uri);
        return offered ? [{ uri: ext.uri, id: offered.id }] : [];
      }),
    encodings:
      media.rids.length > 0
        ? media.rids.map((rid) => ({ rid, ...layered }))
        : // no a=ssrc: the MID extension tells the streams apart
          [{ ...(media.ssrc === undefined ? {} : { ssrc: media.ssrc }), ...rtxEncoding }],
    rtcp: media.cname === undefined ? {} : { cname: media.cname },
  };
}

/**
 * What a player can take. RTX is left out because its payload type cannot be chosen; lost packets are sent again as
 * they were (plain NACK), which repaired 5 % loss in trials.
 */
export function playerCapabilities(media: OfferedMedia, codec: Codec): ms.RtpCapabilities {
  return {
    codecs: [{ ...codec, kind: media.kind, preferredPayloadType: codec.payloadType }],
    headerExtensions: [],
  };
}
