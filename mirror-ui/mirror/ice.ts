/** Candidates on a shop's own network are there at once; a browser that goes on asking is not waited for. */
const GATHER_WITHIN_MS = 1_000;

export function gathered(connection: RTCPeerConnection): Promise<void> {
  if (connection.iceGatheringState === "complete") return Promise.resolve();
  return new Promise((resolve) => {
    const deadline = setTimeout(resolve, GATHER_WITHIN_MS);
    connection.addEventListener("icegatheringstatechange", () => {
      if (connection.iceGatheringState !== "complete") return;
      clearTimeout(deadline);
      resolve();
    });
  });
}

/** The body of an ICE restart [RFC 9725 4.3.3]: new credentials and candidates of the section that carries them all. */
export function iceFragment(sdp: string): string {
  const lines = sdp.split(/\r?\n/);
  const start = lines.findIndex((line) => line.startsWith("m="));
  const next = lines.findIndex((line, at) => at > start && line.startsWith("m="));
  const first = lines.slice(start, next === -1 ? undefined : next);
  const group = lines.find((line) => line.startsWith("a=group:BUNDLE"));
  const own = (prefix: string) => first.filter((line) => line.startsWith(prefix));
  const kept = [
    ...(group === undefined ? [] : [group]),
    ...first.slice(0, 1),
    ...own("a=mid:"),
    ...own("a=ice-ufrag:"),
    ...own("a=ice-pwd:"),
    ...own("a=candidate:"),
    "a=end-of-candidates",
  ];
  return `${kept.join("\r\n")}\r\n`;
}

/** The answer that was, with the credentials and candidates of a restart; undefined when those are missing. */
export function withNewIce(answer: string, fragment: string): string | undefined {
  const fresh = fragment.split(/\r?\n/);
  const ufrag = fresh.find((line) => line.startsWith("a=ice-ufrag:"));
  const password = fresh.find((line) => line.startsWith("a=ice-pwd:"));
  if (ufrag === undefined || password === undefined) return undefined;
  const candidates = fresh.filter((line) => line.startsWith("a=candidate:"));
  return answer
    .split(/\r?\n/)
    .filter((line) => candidates.length === 0 || !line.startsWith("a=candidate:"))
    .flatMap((line) => {
      if (line.startsWith("a=ice-ufrag:")) return [ufrag];
      return line.startsWith("a=ice-pwd:") ? [password, ...candidates] : [line];
    })
    .join("\r\n");
}
