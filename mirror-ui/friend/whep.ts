/** How one attempt to play ended before it began. `status` 0: nothing answered. */
export type WhepRefusal = { ok: false; status: number; retryAfterMs?: number };
export type WhepSession = { ok: true; peer: RTCPeerConnection; leave(): void };

const answerTimeoutMs = 8_000;

/**
 * Plays a share by WHEP with the viewer's offer: one receive-only video, no ICE servers, because mirror and friend meet
 * at the shop's own address. Candidates are not awaited; the server's answer carries its own and learns the viewer's
 * from the first check. `show` gets the stream as soon as the track is known.
 */
export async function playByWhep(
  token: string,
  show: (stream: MediaStream) => void,
): Promise<WhepSession | WhepRefusal> {
  const peer = new RTCPeerConnection({ iceServers: [], bundlePolicy: "max-bundle" });
  const { receiver } = peer.addTransceiver("video", { direction: "recvonly" });
  // A mirror is a conversation: a late frame is worth less than a dropped one.
  if ("jitterBufferTarget" in receiver) receiver.jitterBufferTarget = 0;
  peer.ontrack = ({ track, streams }) => show(streams[0] ?? new MediaStream([track]));
  const refuse = (status: number, retryAfter: string | null = null): WhepRefusal => {
    peer.close();
    const seconds = Number(retryAfter ?? Number.NaN);
    return { ok: false, status, ...(seconds > 0 ? { retryAfterMs: Math.min(seconds, 30) * 1_000 } : {}) };
  };
  try {
    await peer.setLocalDescription();
    const response = await fetch(`/whep/${encodeURIComponent(token)}`, {
      method: "POST",
      headers: { "content-type": "application/sdp" },
      body: peer.localDescription?.sdp ?? "",
      signal: AbortSignal.timeout(answerTimeoutMs),
    });
    if (response.status !== 201) return refuse(response.status, response.headers.get("retry-after"));
    const location = response.headers.get("location");
    const resource = location === null ? undefined : new URL(location, response.url);
    const leave = () => {
      peer.close();
      // A seat that is not given back stays taken until the server notices; keepalive outlives the page.
      if (resource) void fetch(resource, { method: "DELETE", keepalive: true }).catch(() => undefined);
    };
    try {
      await peer.setRemoteDescription({ type: "answer", sdp: await response.text() });
    } catch {
      leave();
      return { ok: false, status: 0 };
    }
    return { ok: true, peer, leave };
  } catch {
    return refuse(0);
  }
}
