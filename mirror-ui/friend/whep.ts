import { deadline } from "../link.ts";

/**
 * How one attempt to play ended before it began. `status` 0: nothing answered. `problem`: the last part of its type, or
 * "no-webrtc" where the browser makes no connection.
 */
export type WhepRefusal = { ok: false; status: number; problem?: string; retryAfterMs?: number };
export type WhepSession = { ok: true; peer: RTCPeerConnection; leave(): void };

export type PlayOptions = {
  token: string;
  /** Gets the stream when a track of it is known: again for its sound. */
  show(stream: MediaStream): void;
  /** Gets the channel for words where the gateway offers one; it may not be open yet. */
  talk(channel: RTCDataChannel): void;
  /** The shop's relay, if it has one. Asked only once the offer has come, so it costs no time of its own. */
  iceServers(): Promise<RTCIceServer[]>;
};

const answerTimeoutMs = 8_000;
const sdpType = "application/sdp";
/** What a server says that wants the player's offer first. */
const wantsOffer = new Set([400, 411, 415, 422]);

/**
 * Plays a share by WHEP. The gateway makes the offer (an empty POST is answered by 201 with it, the answer goes back by
 * PATCH), so that the stream keeps its own payload types and everything that hangs on them; a server that cannot do so
 * gets ours. Candidates are not awaited: the server's are in its SDP, and it learns the viewer's from the first check.
 */
export async function playByWhep(options: PlayOptions): Promise<WhepSession | WhepRefusal> {
  const asked = post(options.token);
  // a first peer takes a browser a while to make: whoever called may ask what else there is to ask before that
  await Promise.resolve();
  const peer = makePeer();
  if (!peer) {
    // what was offered is not answered, and the gateway takes it back
    void asked.catch(() => undefined);
    return { ok: false, status: 0, problem: "no-webrtc" };
  }
  const stream = new MediaStream();
  peer.ontrack = ({ track, receiver }) => {
    // A mirror is a conversation: a late frame is worth less than a dropped one.
    if ("jitterBufferTarget" in receiver) receiver.jitterBufferTarget = 0;
    stream.addTrack(track);
    options.show(stream);
  };
  let resource: URL | undefined;
  const leave = () => {
    peer.close();
    // A seat that is not given back stays taken until the server notices; keepalive outlives the page.
    if (resource) void fetch(resource, { method: "DELETE", keepalive: true }).catch(() => undefined);
    resource = undefined;
  };
  try {
    let response = await asked;
    let offered = false;
    if (wantsOffer.has(response.status)) {
      response = await post(options.token, await ownOffer(peer, await options.iceServers()));
      offered = true;
    }
    const location = response.headers.get("location");
    if (location !== null) resource = new URL(location, response.url);
    // 406: the server makes a counter-offer to ours
    const counters = offered && response.status === 406 && resource !== undefined;
    if (response.status !== 201 && !counters) {
      leave();
      return refusal(response);
    }
    const sdp = await response.text();
    if (offered && !counters) await peer.setRemoteDescription({ type: "answer", sdp });
    else {
      const answered = await answer({ peer, sdp, resource, options });
      if (!answered.ok) {
        leave();
        return refusal(answered);
      }
    }
    return { ok: true, peer, leave };
  } catch {
    leave();
    return { ok: false, status: 0 };
  }
}

/** Some browsers know the connection by name and refuse to make one. */
function makePeer(): RTCPeerConnection | undefined {
  try {
    return new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  } catch {
    return undefined;
  }
}

function post(token: string, body?: string): Promise<Response> {
  return fetch(`/whep/${encodeURIComponent(token)}`, {
    method: "POST",
    headers: { accept: sdpType, ...(body === undefined ? {} : { "content-type": sdpType }) },
    ...(body === undefined ? {} : { body }),
    signal: deadline(answerTimeoutMs),
  });
}

async function ownOffer(peer: RTCPeerConnection, iceServers: RTCIceServer[]): Promise<string> {
  if (iceServers.length > 0) peer.setConfiguration({ ...peer.getConfiguration(), iceServers });
  peer.addTransceiver("video", { direction: "recvonly" });
  await peer.setLocalDescription();
  return peer.localDescription?.sdp ?? "";
}

type Answering = { peer: RTCPeerConnection; sdp: string; resource: URL | undefined; options: PlayOptions };

/** What the server says to the answer: a seat is given with it, so the last one may just have gone. */
async function answer({ peer, sdp, resource, options }: Answering): Promise<Response> {
  if (!resource) throw new Error("an offer without a place for its answer");
  if (peer.signalingState !== "stable") await peer.setLocalDescription({ type: "rollback" });
  if (/^m=application /m.test(sdp)) {
    options.talk(peer.createDataChannel("words", { negotiated: true, id: 0, ordered: true }));
  }
  const iceServers = await options.iceServers();
  if (iceServers.length > 0) peer.setConfiguration({ ...peer.getConfiguration(), iceServers });
  await peer.setRemoteDescription({ type: "offer", sdp });
  await peer.setLocalDescription();
  return fetch(resource, {
    method: "PATCH",
    headers: { "content-type": sdpType },
    body: peer.localDescription?.sdp ?? "",
    signal: deadline(answerTimeoutMs),
  });
}

async function refusal(response: Response): Promise<WhepRefusal> {
  const said: { type?: unknown } | undefined = await response.json().catch(() => undefined);
  const problem = typeof said?.type === "string" ? said.type.split("/").at(-1) : undefined;
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return {
    ok: false,
    status: response.status,
    ...(problem ? { problem } : {}),
    ...(seconds > 0 ? { retryAfterMs: Math.min(seconds, 30) * 1_000 } : {}),
  };
}
