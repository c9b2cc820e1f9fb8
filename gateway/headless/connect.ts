import wrtc from "@roamhq/wrtc";

/** No STUN, ever: both ends are in the shop, or meet by the candidates of the answer. */
export function openPeer(): RTCPeerConnection {
  return new wrtc.RTCPeerConnection({ iceServers: [] });
}

/** The offer with all candidates in it. */
export async function makeOffer(peer: RTCPeerConnection): Promise<string> {
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
export function connected(peer: RTCPeerConnection): Promise<void> {
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
