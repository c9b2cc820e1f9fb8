import type { types as ms } from "mediasoup";

export type Codec = ms.RtpCodecParameters;
export type Kind = "audio" | "video";

const h264 = (profile: string) => ({
  "packetization-mode": 1,
  "profile-level-id": profile,
  "level-asymmetry-allowed": 1,
});

/**
 * What may pass. The payload types are the ones Chromium offers: a player that offers the same needs no relay router.
 */
export const routerCodecs: ms.RtpCodecCapability[] = [
  { kind: "audio", mimeType: "audio/opus", clockRate: 48_000, channels: 2, preferredPayloadType: 111 },
  { kind: "video", mimeType: "video/VP8", clockRate: 90_000, preferredPayloadType: 96 },
  {
    kind: "video",
    mimeType: "video/H264",
    clockRate: 90_000,
    parameters: h264("42e01f"),
    preferredPayloadType: 108,
  },
  {
    kind: "video",
    mimeType: "video/H264",
    clockRate: 90_000,
    parameters: h264("42001f"),
    preferredPayloadType: 102,
  },
];

export function isRtx(codec: { mimeType: string }): boolean {
  return codec.mimeType.toLowerCase().endsWith("/rtx");
}

type Comparable = { mimeType: string; clockRate: number; channels?: number; parameters?: Record<string, unknown> };

/** The same bytes mean the same picture: equal name and clock, for H.264 also equal profile and packetization. */
export function sameCodec(a: Comparable, b: Comparable): boolean {
  const name = a.mimeType.toLowerCase();
  if (isRtx(a) || name !== b.mimeType.toLowerCase() || a.clockRate !== b.clockRate) return false;
  if (name.startsWith("audio/") && (a.channels ?? 1) !== (b.channels ?? 1)) return false;
  if (name !== "video/h264") return true;
  return packetization(a) === packetization(b) && h264Profile(a) === h264Profile(b);
}

function packetization(codec: Comparable): number {
  return Number(codec.parameters?.["packetization-mode"] ?? 0);
}

/** RFC 6184 8.1: profile_idc, then constraint flags; bit 6 of the flags turns Baseline into Constrained Baseline. */
function h264Profile(codec: Comparable): string {
  const id = String(codec.parameters?.["profile-level-id"] ?? "42001f")
    .toLowerCase()
    .padStart(6, "0");
  if (!id.startsWith("42")) return id.slice(0, 4);
  return (Number.parseInt(id.slice(2, 4), 16) & 0x40) === 0 ? "baseline" : "constrained-baseline";
}
