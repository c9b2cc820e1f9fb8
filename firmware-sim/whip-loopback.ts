import { createServer, type IncomingMessage } from "node:http";
import wrtc from "@roamhq/wrtc";
import { readFrameNumber } from "./video-scene.ts";

/**
 * A gateway as small as the simulated mirror can work with: the media status, a session, shares, and a WHIP endpoint
 * that watches the video itself. Prints {"port"}, then {"frame", "width"} for what it sees. Soon it asks the mirror to pause,
 * prints {"paused"} when nothing comes any more, and asks it to go on. Told to "fall-silent" it beats once, to the first
 * publication only. Prints {"published", "shares"} for each. A process of its own.
 */
const shareLifeMs = Number(process.argv[2] ?? 60_000);
const fallsSilent = process.argv[3] === "fall-silent";
const token = "loopback-token";
const pauseAtFrame = 10;
const quietMs = 500;
let shares = 0;
let published = 0;

const server = createServer(async (request, response) => {
  const path = new URL(request.url ?? "/", "http://loopback").pathname;
  const route = `${request.method} ${path}`;
  const json = (status: number, body: object) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  if (route === "GET /api/v1/media") return json(200, { state: "ready", step: "", progress: 1 });
  if (route === "POST /api/v1/mirrors/mirror-1/sessions") return json(201, { token });
  if (route.startsWith("GET /api/v1/shares/")) return json(200, { state: "live" });
  if (route.startsWith("DELETE /whip/")) return response.writeHead(200).end();
  if (request.headers.authorization !== `Bearer ${token}`) return json(401, {});
  if (route === "POST /api/v1/mirrors/mirror-1/shares") {
    shares += 1;
    return json(201, { url: `/s/share-${shares}`, expiresAt: Date.now() + shareLifeMs });
  }
  if (route !== "POST /whip/mirror-1") return json(404, {});
  published += 1;
  console.log(JSON.stringify({ published, shares }));
  const answer = await watch(await text(request), fallsSilent && published === 1);
  return response
    .writeHead(201, { "content-type": "application/sdp", location: `/whip/mirror-1/${shares}` })
    .end(answer);
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  console.log(JSON.stringify({ port: typeof address === "object" ? address?.port : 0 }));
});

async function watch(offer: string, beatsOnce: boolean): Promise<string> {
  const peer = new wrtc.RTCPeerConnection({ iceServers: [] });
  const words = peer.createDataChannel("words", { negotiated: true, id: 0, ordered: true });
  const tell = (kind: "pause" | "resume" | "beat") => words.send(JSON.stringify({ kind }));
  if (beatsOnce) words.onopen = () => tell("beat");
  let seen = 0;
  let isAsked = false;
  let quiet: NodeJS.Timeout | undefined;
  const isQuiet = () => {
    quiet = undefined;
    console.log(JSON.stringify({ paused: true }));
    tell("resume");
  };
  peer.ontrack = ({ track }) => {
    const sink = new wrtc.nonstandard.RTCVideoSink(track);
    sink.onframe = ({ frame }: { frame: { width: number; height: number; data: Uint8Array } }) => {
      console.log(JSON.stringify({ frame: readFrameNumber(frame), width: frame.width }));
      seen += 1;
      if (!isAsked && seen >= pauseAtFrame && words.readyState === "open") {
        isAsked = true;
        tell("pause");
        quiet = setTimeout(isQuiet, quietMs);
      } else quiet?.refresh();
    };
  };
  await peer.setRemoteDescription({ type: "offer", sdp: offer });
  await peer.setLocalDescription(await peer.createAnswer());
  await new Promise<void>((resolve) => {
    peer.onicegatheringstatechange = () => peer.iceGatheringState === "complete" && resolve();
    if (peer.iceGatheringState === "complete") resolve();
  });
  return peer.localDescription?.sdp ?? "";
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
