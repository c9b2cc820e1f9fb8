const startKbps = 1_200;

/** The sender starts near its final rate instead of climbing there from 300 kbit/s; VP8 has no other parameters. */
export function startAtFullQuality(answerSdp: string): string {
  const payload = /^a=rtpmap:(\d+) VP8\/90000\r?$/m.exec(answerSdp)?.[1];
  if (!payload) return answerSdp;
  const wish = `x-google-start-bitrate=${startKbps}`;
  const format = new RegExp(`^(a=fmtp:${payload} [^\\r\\n]*)`, "m");
  if (format.test(answerSdp)) return answerSdp.replace(format, `$1;${wish}`);
  return answerSdp.replace(
    new RegExp(`^(a=rtpmap:${payload} VP8/90000)(\\r?\\n)`, "m"),
    `$1$2a=fmtp:${payload} ${wish}$2`,
  );
}
