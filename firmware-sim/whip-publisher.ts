import wrtc from "@roamhq/wrtc";
import { startAtFullQuality } from "./start-bitrate.ts";
import { createScene } from "./video-scene.ts";

const framesPerSecond = 15;
const connectWithinMs = 15_000;
/** A gateway that beats does so twice a second: so long a silence means that its video process is gone. */
const silentAfterMs = 3_000;

/** Video on its way to an SFU. `ended` resolves, with the reason, when it no longer is. */
export type Publication = { ended: Promise<string>; close(): Promise<void> };

/**
 * Publishes the drawn scene by WHIP (RFC 9725): one offer with all candidates in it, one answer back.
 * Throws when the other side refuses or no connection comes about.
 */
export async function publishByWhip(endpoint: string, token: string): Promise<Publication> {
  const source = new wrtc.nonstandard.RTCVideoSource();
  const peer = new wrtc.RTCPeerConnection({ iceServers: [] });
  const headers = { authorization: `Bearer ${token}` };
  let resource: string | undefined;
  let drawing: NodeJS.Timeout | undefined;
  let finish: (reason: string) => void = () => {};
  const ended = new Promise<string>((resolve) => {
    finish = resolve;
  });
  async function close() {
    clearInterval(drawing);
    clearTimeout(silence);
    peer.close();
    finish("closed");
    if (!resource) return;
    await fetch(resource, { method: "DELETE", headers, signal: AbortSignal.timeout(3_000) }).catch(() => {});
    resource = undefined;
  }

  // friends' words go to mirrors that listen; nobody watches: nothing need be drawn
  let isPaused = false;
  let silence: NodeJS.Timeout | undefined;
  const words = peer.createDataChannel("words", { negotiated: true, id: 0, ordered: true });
  words.onmessage = ({ data }) => {
    const { kind } = JSON.parse(String(data));
    if (kind === "pause" || kind === "resume") isPaused = kind === "pause";
    if (kind !== "beat") return;
    clearTimeout(silence);
    silence = setTimeout(() => finish("the gateway fell silent"), silentAfterMs);
  };

  try {
    peer.addTransceiver(source.createTrack(), { direction: "sendonly" });
    await peer.setLocalDescription(await peer.createOffer());
    await gathered(peer);
    const response = await fetch(endpoint, {
      method: "POST",
      headers: { ...headers, "content-type": "application/sdp" },
      body: peer.localDescription?.sdp ?? "",
      signal: AbortSignal.timeout(connectWithinMs),
    });
    if (response.status !== 201)
      throw new Error(`WHIP answered ${response.status}: ${(await response.text()).slice(0, 200)}`);
    const location = response.headers.get("location");
    if (location) resource = new URL(location, endpoint).href;
    await peer.setRemoteDescription({ type: "answer", sdp: startAtFullQuality(await response.text()) });
    await connected(peer);
  } catch (error) {
    await close();
    throw error;
  }

  const scene = await createScene();
  const startedMs = performance.now();
  let frameNumber = 0;
  drawing = setInterval(() => {
    if (isPaused) return;
    source.onFrame(scene.draw(frameNumber, performance.now() - startedMs));
    frameNumber += 1;
  }, 1000 / framesPerSecond);
  peer.onconnectionstatechange = () => {
    if (peer.connectionState === "failed" || peer.connectionState === "closed") finish(peer.connectionState);
  };
  return { ended, close };
}

function gathered(peer: RTCPeerConnection): Promise<void> {
  if (peer.iceGatheringState === "complete") return Promise.resolve();
  return new Promise((resolve) => {
    peer.onicegatheringstatechange = () => {
      if (peer.iceGatheringState === "complete") resolve();
    };
  });
}

function connected(peer: RTCPeerConnection): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("no connection came about")), connectWithinMs);
    const check = () => {
      if (peer.connectionState !== "connected" && peer.connectionState !== "failed") return;
      clearTimeout(timer);
      if (peer.connectionState === "connected") resolve();
      else reject(new Error("the connection failed"));
    };
    peer.onconnectionstatechange = check;
    check();
  });
}
