import { createClockReader, drawClock, nowMs } from "./video-clock.ts";

/**
 * The browser's end of the bench, in a page of its own in Chromium: a camera that shows a clock, publishers and players with
 * the bare steps of WHIP, WHEP and plain peer to peer. Everything is on `window.bench`; times are epoch ms of one clock.
 */
export type Frame = { at: number; age: number | undefined };
export type Answered = { id: number; status: number; answerMs: number };
export type Playing = Answered & { askedAt: number };
export type Publishing = { url: string; token: string; maxBitrate?: number };
export type Watching = { url: string; way: "page" | "player" };

export type BenchPage = {
  publish(options: Publishing): Promise<Answered>;
  play(options: Watching): Promise<Playing>;
  /** One peer sends to another on this very page. */
  peerToPeer(): Promise<number>;
  /** The frames a player has shown since it was asked last. */
  frames(id: number): Frame[];
  /** When the player shows its first frame, in epoch ms. */
  firstFrame(id: number): Promise<number>;
  leave(id: number): Promise<void>;
};

declare global {
  interface Window {
    bench: BenchPage;
  }
}

const [width, height] = [640, 480];
const framesPerSecond = 30;
/** What the mirror's page asks for at most. */
const mostBitrate = 2_500_000;
const maxFrames = 20_000;
const open = new Map<number, { frames: Frame[]; close(): Promise<void> }>();
let lastId = 0;
let camera: MediaStream | undefined;

/** A scene that moves everywhere, as somebody before a mirror does, with the clock under it. */
function openCamera(): MediaStream {
  if (camera) return camera;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  // drawn by the processor, where the encoder takes it from
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  if (!context) throw new Error("no canvas");
  const scene = drawScene();
  let drawnAt = 0;
  const draw = () => {
    requestAnimationFrame(draw);
    const now = performance.now();
    // half an animation frame of slack, or every third would be left out
    if (now - drawnAt < 1_000 / framesPerSecond - 8) return;
    drawnAt = now;
    const [x, y] = [Math.sin(now / 700), Math.cos(now / 900)];
    context.drawImage(scene, -40 + 40 * x, -30 + 30 * y);
    drawClock(context, nowMs());
  };
  draw();
  camera = canvas.captureStream(framesPerSecond);
  return camera;
}

/** Patches of many colours, somewhat larger than the picture, of which each frame shows another part. */
function drawScene(): OffscreenCanvas {
  const scene = new OffscreenCanvas(width + 80, height + 60);
  const context = scene.getContext("2d", { alpha: false, willReadFrequently: true });
  for (let at = 0; at < 600 && context; at++) {
    const [column, row] = [at % 30, Math.floor(at / 30)];
    context.fillStyle = `hsl(${(at * 47) % 360} 40% ${30 + ((at * 13) % 40)}%)`;
    context.fillRect(column * 24, row * 27, 25, 28);
  }
  return scene;
}

function addCamera(peer: RTCPeerConnection, maxBitrate = mostBitrate) {
  const stream = openCamera();
  const [track] = stream.getVideoTracks();
  if (!track) throw new Error("no track");
  track.contentHint = "motion";
  const sendEncodings = [{ maxBitrate, maxFramerate: framesPerSecond }];
  const sender = peer.addTransceiver(track.clone(), { direction: "sendonly", streams: [stream], sendEncodings });
  const all = RTCRtpSender.getCapabilities("video")?.codecs ?? [];
  const isVp8 = ({ mimeType }: { mimeType: string }) => mimeType === "video/VP8";
  sender.setCodecPreferences([...all.filter(isVp8), ...all.filter((codec) => !isVp8(codec))]);
}

/** Shows what arrives, with the shortest wait that the browser grants, and notes every frame shown. */
function show(peer: RTCPeerConnection): { video: HTMLVideoElement; frames: Frame[] } {
  const video = Object.assign(document.createElement("video"), { muted: true, autoplay: true, playsInline: true });
  video.width = 160;
  document.body.append(video);
  const frames: Frame[] = [];
  const read = createClockReader();
  const count = () => {
    const at = nowMs();
    if (frames.length < maxFrames) frames.push({ at, age: read(video, at) });
    video.requestVideoFrameCallback(count);
  };
  video.requestVideoFrameCallback(count);
  peer.ontrack = ({ track, receiver }) => {
    if (track.kind !== "video") return;
    receiver.jitterBufferTarget = 0;
    video.srcObject = new MediaStream([track]);
  };
  return { video, frames };
}

async function send(url: string, method: string, body: string, headers: Record<string, string> = {}) {
  const type = body === "" ? {} : { "content-type": "application/sdp" };
  const response = await fetch(url, { method, headers: { ...type, ...headers }, ...(body === "" ? {} : { body }) });
  const location = response.headers.get("location");
  return {
    status: response.status,
    text: await response.text(),
    session: location === null ? undefined : new URL(location, response.url).href,
  };
}

function keep(frames: Frame[], close: () => Promise<void>): number {
  lastId += 1;
  open.set(lastId, { frames, close });
  return lastId;
}

async function end(session: string | undefined, headers: Record<string, string> = {}) {
  // a gateway that is away has nothing left to end
  if (session) await fetch(session, { method: "DELETE", headers }).catch(() => undefined);
}

const bench: BenchPage = {
  async publish({ url, token, maxBitrate }) {
    const authorization = { authorization: `Bearer ${token}` };
    const peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    addCamera(peer, maxBitrate);
    await peer.setLocalDescription();
    const asked = performance.now();
    const { status, text, session } = await send(url, "POST", peer.localDescription?.sdp ?? "", authorization);
    const answerMs = performance.now() - asked;
    if (status === 201) await peer.setRemoteDescription({ type: "answer", sdp: text });
    const id = keep([], async () => {
      stopSending(peer);
      await end(session, authorization);
    });
    return { id, status, answerMs };
  },

  async play({ url, way }) {
    const peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    const { video, frames } = show(peer);
    const byOffer = way === "player";
    if (byOffer) {
      peer.addTransceiver("video", { direction: "recvonly" });
      await peer.setLocalDescription();
    }
    const askedAt = nowMs();
    const { status, text, session } = await send(url, "POST", byOffer ? (peer.localDescription?.sdp ?? "") : "");
    const answerMs = nowMs() - askedAt;
    if (status === 201) await peer.setRemoteDescription({ type: byOffer ? "answer" : "offer", sdp: text });
    if (status === 201 && !byOffer) {
      await peer.setLocalDescription();
      await send(session ?? "", "PATCH", peer.localDescription?.sdp ?? "");
    }
    const id = keep(frames, async () => {
      peer.close();
      video.remove();
      await end(session);
    });
    return { id, status, answerMs, askedAt };
  },

  async peerToPeer() {
    const [sender, receiver] = [new RTCPeerConnection(), new RTCPeerConnection()];
    sender.onicecandidate = ({ candidate }) => void receiver.addIceCandidate(candidate ?? undefined);
    receiver.onicecandidate = ({ candidate }) => void sender.addIceCandidate(candidate ?? undefined);
    addCamera(sender);
    const { video, frames } = show(receiver);
    await sender.setLocalDescription();
    if (sender.localDescription) await receiver.setRemoteDescription(sender.localDescription);
    await receiver.setLocalDescription();
    if (receiver.localDescription) await sender.setRemoteDescription(receiver.localDescription);
    return keep(frames, async () => {
      stopSending(sender);
      receiver.close();
      video.remove();
    });
  },

  frames: (id) => open.get(id)?.frames.splice(0) ?? [],

  async firstFrame(id) {
    for (;;) {
      const first = open.get(id)?.frames[0];
      if (first) return first.at;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  },

  async leave(id) {
    const one = open.get(id);
    open.delete(id);
    await one?.close();
  },
};

function stopSending(peer: RTCPeerConnection) {
  for (const { track } of peer.getSenders()) track?.stop();
  peer.close();
}

window.bench = bench;
