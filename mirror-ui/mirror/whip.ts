import { gathered, iceFragment, withNewIce } from "./ice.ts";
import type { Layer } from "./layers.ts";

/** Publishes the mirror's picture with WHIP (RFC 9725): one offer, one answer, one session to mend and to delete. */
export type Publication = {
  /** Nobody watches: nothing is captured and nothing encoded, until somebody does again. */
  setWatched(watched: boolean): void;
  /** A microphone's track, or silence. Nothing is negotiated anew. */
  setSound(track: MediaStreamTrack | undefined): void;
  /** New paths for the same session (ICE restart); false when the gateway does not know it any more. */
  restart(): Promise<boolean>;
  /** Ends the session at both ends. May be called twice. */
  close(): void;
};

export type Published = { ok: true; publication: Publication } | { ok: false; status: number; reason: string };

export type PublishOptions = {
  url: string;
  token: string;
  /** A fresh track of the picture each time somebody begins to watch. */
  capture: () => MediaStreamTrack | undefined;
  layers: Layer[];
  sound: MediaStreamTrack | undefined;
  /** What the gateway says beside the picture. */
  onMessage: (text: string) => void;
  /** The line is bad or gone: time to look. May be called several times. */
  onTrouble: () => void;
};

const ANSWER_WITHIN_MS = 10_000;
const FRAGMENT = "application/trickle-ice-sdpfrag";

export async function publish(options: PublishOptions): Promise<Published> {
  const { url, token, capture, layers, sound, onMessage, onTrouble } = options;
  const connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  const authorization = `Bearer ${token}`;
  let session: { url: string; etag: string | null } | undefined;
  let track = capture();
  let closed = false;
  const close = () => {
    if (closed) return;
    closed = true;
    track?.stop();
    connection.close();
    // a gateway that is away has nothing left to delete
    if (session) fetch(session.url, { method: "DELETE", headers: { authorization }, keepalive: true }).catch(() => {});
  };
  if (!track) {
    close();
    return { ok: false, status: 0, reason: "the picture cannot be captured here" };
  }
  const video = sendVideo(connection, track, layers);
  // without a track it is silent; a microphone can join later without a new offer, which WHIP does not know
  const audio = connection.addTransceiver("audio", { direction: "sendonly" }).sender;
  const words = connection.createDataChannel("words", { negotiated: true, id: 0, ordered: true });
  words.onmessage = ({ data }) => {
    if (typeof data === "string") onMessage(data);
  };
  words.onclose = () => closed || onTrouble();
  let failed = 0;
  try {
    await audio.replaceTrack(sound ?? null);
    await connection.setLocalDescription();
    await gathered(connection);
    const response = await fetch(url, {
      method: "POST",
      headers: { authorization, "content-type": "application/sdp" },
      body: connection.localDescription?.sdp ?? "",
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    failed = response.status;
    if (response.status !== 201) throw new Error(`the gateway answered ${response.status}`);
    const location = response.headers.get("location");
    if (!location) throw new Error("the gateway named no session");
    session = { url: new URL(location, response.url).href, etag: response.headers.get("etag") };
    await connection.setRemoteDescription({ type: "answer", sdp: await response.text() });
  } catch (error) {
    close();
    return { ok: false, status: failed, reason: String(error) };
  }
  connection.onconnectionstatechange = () => {
    const { connectionState } = connection;
    if (!closed && (connectionState === "failed" || connectionState === "disconnected")) onTrouble();
  };

  async function restart(): Promise<boolean> {
    if (closed || !session?.etag) return false;
    try {
      connection.restartIce();
      await connection.setLocalDescription();
      await gathered(connection);
      const response = await fetch(session.url, {
        method: "PATCH",
        headers: { authorization, "content-type": FRAGMENT, "if-match": "*" },
        body: iceFragment(connection.localDescription?.sdp ?? ""),
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      if (response.status !== 200) return false;
      session.etag = response.headers.get("etag") ?? session.etag;
      const sdp = withNewIce(connection.remoteDescription?.sdp ?? "", await response.text());
      if (sdp !== undefined) await connection.setRemoteDescription({ type: "answer", sdp });
      return sdp !== undefined;
    } catch {
      return false;
    }
  }

  async function setWatched(watched: boolean): Promise<void> {
    if (closed || watched === (track !== undefined)) return;
    if (!watched) {
      track?.stop();
      track = undefined;
    } else track = capture();
    await video.replaceTrack(track ?? null);
    const parameters = video.getParameters();
    for (const encoding of parameters.encodings) encoding.active = watched;
    await video.setParameters(parameters);
  }

  /** One after the other: parameters that were read before another call changed them are refused. */
  let last = Promise.resolve();
  const inTurn = (work: () => Promise<void>) => {
    last = last.then(work).catch(() => {});
  };
  return {
    ok: true,
    publication: {
      setWatched: (watched) => inTurn(() => setWatched(watched)),
      setSound: (microphone) => inTurn(() => audio.replaceTrack(microphone ?? null)),
      restart,
      close,
    },
  };
}

function sendVideo(connection: RTCPeerConnection, track: MediaStreamTrack, layers: Layer[]): RTCRtpSender {
  let transceiver: RTCRtpTransceiver;
  try {
    transceiver = connection.addTransceiver(track, { direction: "sendonly", sendEncodings: layers });
  } catch {
    // a browser without layered encodings sends the whole picture alone
    const maxBitrate = layers.at(-1)?.maxBitrate ?? 2_000_000;
    transceiver = connection.addTransceiver(track, { direction: "sendonly", sendEncodings: [{ maxBitrate }] });
  }
  preferVp8(transceiver);
  return transceiver.sender;
}

/** Every browser decodes VP8, and a Pi encodes it in time. What belongs to it (retransmission) keeps its place behind. */
function preferVp8(transceiver: RTCRtpTransceiver) {
  const codecs = RTCRtpSender.getCapabilities("video")?.codecs ?? [];
  const first = codecs.filter(({ mimeType }) => mimeType.toLowerCase() === "video/vp8");
  const others = codecs.filter((codec) => !first.includes(codec));
  if (first.length > 0) transceiver.setCodecPreferences([...first, ...others]);
}
