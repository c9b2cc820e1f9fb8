/** Publishes one video track with WHIP (RFC 9725): one offer, one answer, one session to delete. */
export type Publication = {
  /** Ends the session at both ends. May be called twice. */
  close(): void;
};

export type Published = { ok: true; publication: Publication } | { ok: false; reason: string };

export type PublishOptions = {
  url: string;
  token: string;
  track: MediaStreamTrack;
  /** Called once when the connection is lost and does not come back. */
  onLost: () => void;
};

const MAX_BITRATE = 2_500_000;
/** Candidates on a shop's own network are there at once; a browser that goes on asking is not waited for. */
const GATHER_WITHIN_MS = 1_000;
const ANSWER_WITHIN_MS = 10_000;

export async function publish({ url, token, track, onLost }: PublishOptions): Promise<Published> {
  const connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  let session: string | undefined;
  let closed = false;
  const close = () => {
    if (closed) return;
    closed = true;
    connection.close();
    if (session !== undefined) {
      const request = { method: "DELETE", headers: { authorization: `Bearer ${token}` }, keepalive: true };
      // a gateway that is away has nothing left to delete
      fetch(session, request).catch(() => {});
    }
  };
  try {
    const transceiver = connection.addTransceiver(track, {
      direction: "sendonly",
      sendEncodings: [{ maxBitrate: MAX_BITRATE, maxFramerate: 30 }],
    });
    preferVp8(transceiver);
    await connection.setLocalDescription();
    await gathered(connection);
    const response = await fetch(url, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/sdp" },
      body: connection.localDescription?.sdp ?? "",
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    if (response.status !== 201) throw new Error(`the gateway answered ${response.status}`);
    const location = response.headers.get("location");
    if (location) session = new URL(location, new URL(url, window.location.href)).href;
    await connection.setRemoteDescription({ type: "answer", sdp: await response.text() });
  } catch (error) {
    close();
    return { ok: false, reason: String(error) };
  }
  connection.onconnectionstatechange = () => {
    if (closed || connection.connectionState !== "failed") return;
    close();
    onLost();
  };
  return { ok: true, publication: { close } };
}

/** Every browser decodes VP8, and a Pi encodes it in time. What belongs to it (retransmission) keeps its place behind. */
function preferVp8(transceiver: RTCRtpTransceiver) {
  const codecs = RTCRtpSender.getCapabilities("video")?.codecs ?? [];
  const first = codecs.filter(({ mimeType }) => mimeType.toLowerCase() === "video/vp8");
  const others = codecs.filter((codec) => !first.includes(codec));
  if (first.length > 0) transceiver.setCodecPreferences([...first, ...others]);
}

function gathered(connection: RTCPeerConnection): Promise<void> {
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
