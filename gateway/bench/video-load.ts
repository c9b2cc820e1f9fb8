import { createSocket } from "node:dgram";
import { request } from "node:http";
import { MediaStreamTrack, RTCPeerConnection, RTCRtpCodecParameters, RtpHeader, RtpPacket } from "werift";
import type { Jobs } from "./load-jobs.ts";
import { openJanus } from "./video-janus.ts";
import {
  encodeFrames,
  type Frame,
  framesPerSecond,
  payloadType,
  type Replay,
  type RtpFields,
  replay,
} from "./video-packets.ts";
import { countPackets, type Tally } from "./video-tally.ts";

/** Publisher and viewers that truly speak ICE, DTLS and SRTP but neither encode nor decode. Part of the load process. */
type Viewer = { tally: Tally; leave(): Promise<void> };

const ssrc = 0x5eed;
const joinsAtOnce = 5;
const connectWithinMs = 60_000;
const maxWaitS = 10;

export function createVideoLoad() {
  const encoded = new Map<number, Promise<Frame[]>>();
  let sending: Replay | undefined;
  let peer: RTCPeerConnection | undefined;
  const viewers: Viewer[] = [];

  async function send({ kbps, to }: Jobs["send"]["ask"]): Promise<Jobs["send"]["answer"]> {
    await silence();
    const encoding = encoded.get(kbps) ?? encodeFrames(kbps);
    encoded.set(kbps, encoding);
    const frames = await encoding;
    const bytes = frames.flat().reduce((sum, { length }) => sum + length + 12, 0);
    sending = replay(frames, "port" in to ? toPort(to.port) : await toWhip(to.url, to.token));
    return { kbps: (bytes * 8 * framesPerSecond) / frames.length / 1_000 };
  }

  function toPort(port: number) {
    const socket = createSocket("udp4").unref();
    return (packet: RtpFields) => socket.send(serialize(packet), port, "127.0.0.1");
  }

  async function toWhip(url: string, token: string) {
    const track = new MediaStreamTrack({ kind: "video" });
    const opened = newPeer();
    peer = opened;
    opened.addTransceiver(track, { direction: "sendonly" });
    await opened.setLocalDescription(await opened.createOffer());
    const { text } = await post({ url, sdp: opened.localDescription?.sdp ?? "", token });
    await opened.setRemoteDescription({ type: "answer", sdp: text });
    await connected(opened);
    return (packet: RtpFields) => track.writeRtp(serialize(packet));
  }

  async function silence() {
    sending?.stop();
    sending = undefined;
    await peer?.close();
    peer = undefined;
  }

  async function watch({ viewers: count, at }: Jobs["watch"]["ask"]): Promise<Jobs["watch"]["answer"]> {
    const janus = "janusPort" in at ? await openJanus(at.janusPort) : undefined;
    const waiting = Array.from({ length: count }, (_, index) => index);
    const join = async () => {
      for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
        viewers.push(janus ? await watchJanus(janus) : await watchWhep("url" in at ? at.url : "", viewers.length));
      }
    };
    sending?.thin(true);
    await Promise.all(Array.from({ length: joinsAtOnce }, join));
    sending?.thin(false);
    return { profile: viewers[0]?.tally.profile ?? "" };
  }

  async function leave() {
    await Promise.all(viewers.splice(0).map((viewer) => viewer.leave()));
    await silence();
  }

  async function count({ seconds }: Jobs["count"]["ask"]): Promise<Jobs["count"]["answer"]> {
    const cpu = process.cpuUsage();
    for (const { tally } of viewers) tally.begin();
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    const totals = { packets: 0, bytes: 0, lost: 0, broken: 0, receiving: 0 };
    for (const { tally } of viewers) {
      const { packets, bytes, lost, broken } = tally.end();
      totals.packets += packets;
      totals.bytes += bytes;
      totals.lost += lost;
      totals.broken += broken;
      if (packets > 0) totals.receiving += 1;
    }
    const { user, system } = process.cpuUsage(cpu);
    return { ...totals, micros: user + system };
  }

  /** Epoch ms of the last packet that any viewer was sent. */
  const lastPacket = () => Math.max(0, ...viewers.map(({ tally }) => tally.lastAt()));
  return { send, watch, count, leave, lastPacket };
}

async function watchWhep(url: string, index: number): Promise<Viewer> {
  const peer = newPeer();
  peer.addTransceiver("video", { direction: "recvonly" });
  await peer.setLocalDescription(await peer.createOffer());
  // each friend has a phone of its own, so each comes from an address of its own
  const localAddress = `127.0.1.${1 + (index % 250)}`;
  const { text, session } = await post({ url, sdp: peer.localDescription?.sdp ?? "", localAddress });
  await peer.setRemoteDescription({ type: "answer", sdp: text });
  const tally = await countPackets(peer, () => connected(peer));
  return {
    tally,
    async leave() {
      await peer.close();
      await fetch(session, { method: "DELETE" }).catch(() => undefined);
    },
  };
}

async function watchJanus(janus: Awaited<ReturnType<typeof openJanus>>): Promise<Viewer> {
  const peer = newPeer();
  const watching = await janus.watch(async (offer) => {
    await peer.setRemoteDescription({ type: "offer", sdp: offer });
    await peer.setLocalDescription(await peer.createAnswer());
    return peer.localDescription?.sdp ?? "";
  });
  const tally = await countPackets(peer, () => connected(peer));
  return {
    tally,
    async leave() {
      await watching.leave();
      await peer.close();
    },
  };
}

function newPeer(): RTCPeerConnection {
  const vp8 = new RTCRtpCodecParameters({ mimeType: "video/VP8", clockRate: 90_000, payloadType });
  return new RTCPeerConnection({
    codecs: { video: [vp8] },
    headerExtensions: { video: [] },
    iceServers: [],
    iceUseIpv6: false,
    iceAdditionalHostAddresses: ["127.0.0.1"],
    bundlePolicy: "max-bundle",
  });
}

async function connected(peer: RTCPeerConnection) {
  if (peer.connectionState === "connected") return;
  await peer.connectionStateChange.watch((state) => {
    if (state === "failed") throw new Error("a load client did not connect");
    return state === "connected";
  }, connectWithinMs);
}

function serialize({ payload, ...fields }: RtpFields) {
  return new RtpPacket(new RtpHeader({ ...fields, payloadType, ssrc }), payload).serialize();
}

/** Whoever is told to come back later does. */
async function post(asked: Post): Promise<{ text: string; session: string }> {
  for (;;) {
    const { status, text, location, retryAfterS } = await postOnce(asked);
    if (status === 201) return { text, session: new URL(location, asked.url).href };
    if (status !== 429 || retryAfterS > maxWaitS) throw new Error(`a load client was answered ${status}: ${text}`);
    await new Promise((resolve) => setTimeout(resolve, retryAfterS * 1_000));
  }
}

type Post = { url: string; sdp: string; token?: string; localAddress?: string };

type Answer = { status: number; text: string; location: string; retryAfterS: number };

function postOnce({ url, sdp, token, localAddress }: Post): Promise<Answer> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const headers = { "content-type": "application/sdp", ...authorization };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: "POST", headers, ...(localAddress ? { localAddress } : {}) }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const { statusCode: status = 0, headers: answered } = response;
        const text = Buffer.concat(chunks).toString("utf8");
        const retryAfterS = Number(answered["retry-after"] ?? 1);
        resolve({ status, text, location: answered.location ?? "", retryAfterS });
      });
    });
    sent.on("error", reject);
    sent.end(sdp);
  });
}
