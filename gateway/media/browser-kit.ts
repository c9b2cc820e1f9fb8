import { type Browser, chromium, type Page } from "playwright-core";

/** For tests: real Chromium pages that publish a moving canvas and play it, with the bare steps of the RFCs. */

export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--autoplay-policy=no-user-gesture-required",
      "--disable-renderer-backgrounding",
      "--disable-backgrounding-occluded-windows",
    ],
  });
}

type Session = { status: number; location: string; etag: string; problem: string };
type Publishing = {
  url: string;
  token?: string;
  codec?: string;
  library?: boolean;
  /** With a tone, with a data channel, in so many simulcast layers. */
  sound?: boolean;
  words?: boolean;
  layers?: number;
  width?: number;
  height?: number;
};
type Heard = { kind: string } & Record<string, unknown>;
type Playing = { url: string; swap?: Record<string, string>; library?: boolean };

/** The part of a page that a test talks to; `script` below is its other end. */
export function remote(page: Page) {
  return {
    page,
    publish: (options: Publishing): Promise<Session> => page.evaluate(`publish(${JSON.stringify(options)})`),
    play: (options: Playing): Promise<Session> => page.evaluate(`play(${JSON.stringify(options)})`),
    /** Watches by the gateway's offer: an empty POST, then the answer by PATCH. */
    watch: (options: {
      url: string;
      prefer?: string;
      /** Connects to another UDP port in place of those of the offer. */
      port?: number;
      /** Uses the TCP candidates alone. */
      tcp?: boolean;
    }): Promise<Session & { offer: string; patched: number }> => page.evaluate(`watch(${JSON.stringify(options)})`),
    say: (message: object): Promise<void> => page.evaluate(`say(${JSON.stringify(JSON.stringify(message))})`),
    /** What came over the data channel so far, without the beats. */
    heard: (): Promise<Heard[]> => page.evaluate("heard.filter(({ kind }) => kind !== 'beat')"),
    /** Resolves with the first message of the kind that passes the test (JavaScript), whether it came already or not. */
    hears: (kind: string, test = "true"): Promise<Heard> =>
      page.evaluate(`hears(${JSON.stringify(kind)}, (message) => ${test})`),
    /** A publisher's encoders on or off. */
    encode: (active: boolean): Promise<void> => page.evaluate(`encode(${active})`),
    /** Resolves when `report` (JavaScript, of `stats`: an array of reports) is true. */
    stats: (report: string): Promise<void> => page.evaluate(`stats((stats) => ${report})`),
    /** Resolves when so many more frames have been shown; rejects after `withinMs`. */
    frames: (count: number, withinMs = 20_000): Promise<number> =>
      page.evaluate(`frames(${count}, ${Number(withinMs)})`),
    /** Waits until no frame has come for `quietMs`. */
    frozen: (quietMs: number): Promise<void> => page.evaluate(`frozen(${quietMs})`),
    decoded: (): Promise<{ width: number; payloadType: number; codec: string }> => page.evaluate("decoded()"),
    connected: (): Promise<unknown> => page.waitForFunction("peer && peer.connectionState === 'connected'"),
  };
}
export type Remote = ReturnType<typeof remote>;

export const pageHtml = `<!doctype html><meta charset="utf-8"><title>kit</title><body><script type="module">
let shown = 0, lastShown = performance.now();

function moving(width = 320, height = 240) {
  const canvas = document.createElement("canvas"), draw = canvas.getContext("2d");
  let n = 0;
  canvas.width = width; canvas.height = height; document.body.append(canvas);
  setInterval(() => {
    n += 1;
    for (let i = 0; i < 8; i += 1) {
      draw.fillStyle = "hsl(" + ((i * 45 + n * 3) % 360) + " 60% 50%)";
      draw.fillRect((i * 40 + n * 3) % width, i * 30, width / 4, 30);
    }
  }, 33);
  return canvas.captureStream(30);
}

async function ask(url, peer, token, change = (sdp) => sdp) {
  const offer = await peer.createOffer();
  await peer.setLocalDescription({ type: "offer", sdp: change(offer.sdp) });
  const headers = { "content-type": "application/sdp", ...(token ? { authorization: "Bearer " + token } : {}) };
  const answer = await fetch(url, { method: "POST", headers, body: peer.localDescription.sdp });
  const body = await answer.text();
  if (answer.status === 201) await peer.setRemoteDescription({ type: "answer", sdp: body });
  return {
    status: answer.status,
    location: answer.headers.get("location") ?? "",
    etag: answer.headers.get("etag") ?? "",
    problem: answer.status === 201 ? "" : body,
  };
}

window.heard = [];
function openWords(peer) {
  const channel = window.channel = peer.createDataChannel("words", { negotiated: true, id: 0 });
  channel.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    heard.push({ ...message, at: performance.now() });
    if (message.kind === "pause" || message.kind === "resume") encode(message.kind === "resume");
  };
}
// as the mirror's page does
window.encode = async (active) => {
  for (const sender of window.peer.getSenders()) {
    const parameters = sender.getParameters();
    for (const encoding of parameters.encodings) encoding.active = active;
    await sender.setParameters(parameters);
  }
};
window.say = async (text) => {
  await until(() => channel.readyState === "open");
  channel.send(text);
};
window.until = async (test) => { while (!await test()) await new Promise((resolve) => setTimeout(resolve, 20)); };
window.hears = async (kind, test) => {
  const find = () => heard.find((message) => message.kind === kind && test(message));
  await until(find);
  return find();
};
window.stats = (test) => until(async () => test([...(await window.peer.getStats()).values()]));

function tone() {
  const audio = new AudioContext(), oscillator = audio.createOscillator(), out = audio.createMediaStreamDestination();
  oscillator.connect(out); oscillator.start();
  return out.stream.getAudioTracks()[0];
}

window.publish = async ({ url, token, codec = "VP8", library, sound, words, layers = 1, width, height }) => {
  const peer = window.peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  if (words) openWords(peer);
  const stream = moving(width, height);
  if (sound) peer.addTransceiver(tone(), { direction: "sendonly", streams: [stream] });
  const sendEncodings = layers === 1 ? [{}] : ["q", "h", "f"].slice(3 - layers).map((rid, i, all) => ({
    rid, scaleResolutionDownBy: 2 ** (all.length - 1 - i), scalabilityMode: "L1T3",
  }));
  const sender = peer.addTransceiver(stream.getVideoTracks()[0], { direction: "sendonly", streams: [stream], sendEncodings });
  const all = RTCRtpSender.getCapabilities("video").codecs;
  const first = all.filter(({ mimeType }) => mimeType === "video/" + codec);
  sender.setCodecPreferences([...first, ...all.filter((other) => !first.includes(other))]);
  if (!library) return ask(url, peer, token);
  const { WHIPClient } = await import("/library/whip.js");
  const client = window.client = new WHIPClient();
  await client.publish(peer, new URL(url, location.href).href, token);
  return { status: 201, location: client.resourceURL.href, etag: client.etag ?? "", problem: "" };
};

function show(peer) {
  const video = document.createElement("video");
  video.muted = video.autoplay = video.playsInline = true;
  document.body.append(video);
  const count = () => { shown += 1; lastShown = performance.now(); video.requestVideoFrameCallback(count); };
  video.requestVideoFrameCallback(count);
  const stream = video.srcObject = new MediaStream();
  peer.ontrack = ({ track }) => stream.addTrack(track);
}

window.watch = async ({ url, prefer, port, tcp }) => {
  const peer = window.peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  show(peer);
  const headers = prefer ? { prefer, "content-type": "application/sdp" } : {};
  const offered = await fetch(url, { method: "POST", headers, ...(prefer ? { body: "v=0" } : {}) });
  const offer = await offered.text();
  const location = offered.headers.get("location") ?? "", etag = offered.headers.get("etag") ?? "";
  const session = { status: offered.status, location, etag, offer, problem: offer, patched: 0 };
  if (offered.status !== 201 && offered.status !== 406) return session;
  openWords(peer);
  const far = offer.replace(/^a=candidate:.* tcp .*\\r\\n/gm, "").replace(/^(a=candidate:(?:\\S+ ){5})\\d+/gm, "$1" + port);
  await peer.setRemoteDescription({ type: "offer", sdp: port ? far : tcp ? offer.replace(/^a=candidate:.* udp .*\\r\\n/gm, "") : offer });
  await peer.setLocalDescription(await peer.createAnswer());
  const type = { "content-type": "application/sdp" };
  const patched = await fetch(location, { method: "PATCH", headers: type, body: peer.localDescription.sdp });
  return { ...session, patched: patched.status };
};

window.play = async ({ url, swap, library }) => {
  const peer = window.peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  show(peer);
  peer.addTransceiver("video", { direction: "recvonly" });
  if (!library) return ask(url, peer, undefined, swap ? (sdp) => exchange(sdp, swap) : undefined);
  const { WHEPClient } = await import("/library/whep.js");
  const client = window.client = new WHEPClient();
  await client.view(peer, new URL(url, location.href).href);
  return { status: 201, location: client.resourceURL.href, etag: client.etag ?? "", problem: "" };
};

// another kind of player: the same codecs under other numbers
function exchange(sdp, swap) {
  return sdp
    .replace(/^m=video (.*)$/m, (line) => line.split(" ").map((word, i) => (i > 2 && swap[word]) || word).join(" "))
    .replace(/^(a=(?:rtpmap|rtcp-fb|fmtp):)(\\d+)/gm, (_, start, type) => start + (swap[type] ?? type))
    .replace(/apt=(\\d+)/g, (_, type) => "apt=" + (swap[type] ?? type));
}

window.frames = (count, withinMs) => new Promise((resolve, reject) => {
  const from = shown, started = performance.now();
  const timer = setInterval(() => {
    if (shown - from >= count) { clearInterval(timer); resolve(Math.round(performance.now() - started)); }
    else if (performance.now() - started > withinMs) {
      clearInterval(timer);
      reject(new Error((shown - from) + " of " + count + " frames, connection " + window.peer?.connectionState));
    }
  }, 10);
});

window.frozen = (quietMs) => new Promise((resolve) => {
  const timer = setInterval(() => {
    if (performance.now() - lastShown < quietMs) return;
    clearInterval(timer);
    resolve();
  }, 50);
});

window.decoded = async () => {
  const stats = await window.peer.getStats();
  for (const report of stats.values()) {
    if (report.type !== "inbound-rtp" || report.kind !== "video") continue;
    const codec = stats.get(report.codecId);
    return { width: report.frameWidth, payloadType: codec?.payloadType, codec: codec?.mimeType };
  }
};
window.ready = true;
</script>`;
