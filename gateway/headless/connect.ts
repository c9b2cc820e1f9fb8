import wrtc from "@roamhq/wrtc";

/** TURN relays as RTCPeerConnection takes them. `only`: no other way is tried. */
export type Relays = { iceServers: { urls: string[]; username: string; credential: string }[]; only: boolean };
export type Theirs = { offer: string; spentMs: number; relays?: Relays };
/** How the peer meets the video server. */
export type Meeting = {
  /** Hands over an offer for an answer; or an answer to their offer, for nothing. */
  ask(sdp: string): Promise<string>;
  theirs: Theirs | undefined;
  onConnected(): void;
};

/** No STUN, ever: both ends are in the shop, or meet by the candidates of the answer, or through the shop's own relay. */
export function openPeer({ iceServers, only }: Relays = { iceServers: [], only: false }): RTCPeerConnection {
  return new wrtc.RTCPeerConnection({ iceServers, iceTransportPolicy: only ? "relay" : "all" });
}

/** From offer and answer to a connection through which media can flow. Rejects when it does not come about. */
export async function meet(peer: RTCPeerConnection, { ask, theirs, onConnected }: Meeting): Promise<void> {
  if (theirs) {
    await peer.setRemoteDescription({ type: "offer", sdp: theirs.offer });
    await peer.setLocalDescription(await peer.createAnswer());
    // the server is ICE-lite: it waits to be called and needs no candidates
    await ask(peer.localDescription?.sdp ?? "");
  } else {
    await peer.setRemoteDescription({ type: "answer", sdp: await ask(await makeOffer(peer)) });
  }
  await connected(peer);
  onConnected();
}

/** The offer with all candidates in it. */
async function makeOffer(peer: RTCPeerConnection): Promise<string> {
  await peer.setLocalDescription(await peer.createOffer());
  if (peer.iceGatheringState !== "complete") {
    await new Promise<void>((resolve) => {
      peer.onicegatheringstatechange = () => {
        if (peer.iceGatheringState === "complete") resolve();
      };
    });
  }
  return peer.localDescription?.sdp ?? "";
}

/** Checks of a way that is open are answered within milliseconds; one through a full network within a few seconds. */
const connectMs = 8_000;

/** Resolves when media can flow. Rejects when this connection will not come about. */
function connected(peer: RTCPeerConnection): Promise<void> {
  return new Promise((resolve, reject) => {
    const noWay = () => reject(new Error("no way leads to the video port"));
    const timer = setTimeout(noWay, connectMs);
    const look = () => {
      if (peer.connectionState === "connected") {
        clearTimeout(timer);
        resolve();
      } else if (peer.connectionState === "failed" || peer.connectionState === "closed") noWay();
    };
    peer.onconnectionstatechange = look;
    look();
  });
}
