import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { maxSdpBytes, parseOffer } from "./offer.ts";

/** What @roamhq/wrtc (libwebrtc M98) sent, byte for byte. */
const captured = readFileSync(new URL("captures/libwebrtc-m98-sendonly.sdp", import.meta.url), "utf8");

test("an offer of an older libwebrtc is read as it was sent", () => {
  const parsed = parseOffer(captured);
  if (!parsed.ok) throw new Error(parsed.reason);
  const [video] = parsed.value.media;
  expect(parsed.value.media).toHaveLength(1);
  expect(video).toMatchObject({ kind: "video", sends: true, receives: false, protocol: "UDP/TLS/RTP/SAVPF" });
  expect(video?.codecs[0]).toMatchObject({ mimeType: "video/VP8", clockRate: 90_000 });
  expect(video?.ssrc).toBeGreaterThan(0);
  expect(parsed.value).toMatchObject({ setup: "passive", dtls: { role: "client" } });
});

test("credentials at session level, as OBS writes them, count for every section", () => {
  const lines = captured.split("\r\n");
  const isTransport = (line: string) => /^a=(ice-ufrag|ice-pwd|fingerprint|setup):/.test(line);
  const at = lines.findIndex((line) => line.startsWith("m="));
  const moved = [
    ...lines.slice(0, at),
    ...lines.filter(isTransport),
    ...lines.slice(at).filter((line) => !isTransport(line)),
  ];
  expect(parseOffer(moved.join("\r\n"))).toMatchObject({ ok: true, value: { setup: "passive" } });
});

test.each([
  ["nothing", "", 400],
  ["a greeting", "hello", 400],
  ["only a version", "v=0\r\n", 400],
  ["an offer that is too large", `${captured}a=${"x".repeat(maxSdpBytes)}\r\n`, 413],
  ["thousands of sections", `v=0\r\n${"m=video 9 UDP/TLS/RTP/SAVPF 96\r\n".repeat(1_500)}`, 422],
  ["only a data channel", captured.replace(/^m=video.*$/m, "m=application 9 UDP/DTLS/SCTP webrtc-datachannel"), 422],
  ["plain RTP", captured.replace("UDP/TLS/RTP/SAVPF", "RTP/AVP"), 422],
  ["no fingerprint", captured.replace(/^a=fingerprint.*\r\n/gm, ""), 400],
  ["a fingerprint of rubbish", captured.replace(/^a=fingerprint:.*$/gm, "a=fingerprint:md5 zz"), 400],
  ["no ICE credentials", captured.replace(/^a=ice-pwd.*\r\n/gm, ""), 400],
  ["a mid that is not a token", captured.replace(/^a=mid:.*$/m, "a=mid:<script>"), 400],
  ["an impossible payload type", captured.replace(/a=rtpmap:96 /, "a=rtpmap:960 "), 400],
  ["more layers than we carry", `${captured}a=rid:a send\r\na=rid:b send\r\na=rid:c send\r\na=rid:d send\r\n`, 422],
])("an offer with %s is refused with a reason", (_name, sdp, status) => {
  const parsed = parseOffer(sdp);
  expect(parsed).toMatchObject({ ok: false, status });
  expect(parsed.ok ? "" : parsed.reason).toMatch(/^[A-Z].+\.$/);
});

test("cut off or scrambled at any place, an offer is an answer and never a crash", () => {
  for (let cut = 0; cut < captured.length; cut += 7) {
    expect(typeof parseOffer(captured.slice(0, cut)).ok).toBe("boolean");
    const scrambled = `${captured.slice(0, cut)}\u0000\r\n=:${captured.slice(cut + 3)}`;
    expect(typeof parseOffer(scrambled).ok).toBe("boolean");
  }
});
