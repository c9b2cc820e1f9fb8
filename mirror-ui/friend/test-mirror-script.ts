/** For tests: runs in the page that plays the mirror and the gateway's video. Text, because a page cannot import it. */
export const mirrorScript = `({ width, height }) => {
  const canvas = document.querySelector("canvas");
  const context = canvas.getContext("2d");
  canvas.width = width;
  canvas.height = height;
  let turn = 0;
  setInterval(() => {
    turn += 1;
    context.fillStyle = "#cfd9d3";
    context.fillRect(0, 0, width, height);
    context.fillStyle = "#0a5a50";
    context.fillRect((turn * 9) % width, height / 3, width / 4, height / 4);
  }, 33);
  const picture = canvas.captureStream(30).getVideoTracks()[0];
  const audio = new AudioContext();
  const tone = new OscillatorNode(audio, { frequency: 330 });
  const microphone = audio.createMediaStreamDestination();
  tone.connect(microphone);
  tone.start();
  document.querySelector("button").onclick = () => audio.resume();

  let voice = microphone.stream.getAudioTracks()[0];
  const peers = new Map();
  const said = [];
  let refusal, silent = false;

  async function gathered(peer) {
    while (peer.iceGatheringState !== "complete") {
      await new Promise((done) => peer.addEventListener("icegatheringstatechange", done, { once: true }));
    }
    return peer.localDescription.sdp;
  }

  function carryWords(peer) {
    const channel = peer.createDataChannel("words", { negotiated: true, id: 0 });
    const say = (message) => channel.readyState === "open" && channel.send(JSON.stringify(message));
    channel.onopen = () => {
      say({ kind: "beat" });
      say({ kind: "watching", viewers: peers.size });
    };
    channel.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      said.push(message);
      say({ kind: "said", id: message.id, ...(refusal ? { ok: false, why: refusal } : { ok: true }) });
    };
    return say;
  }
  setInterval(() => {
    if (!silent) for (const { say } of peers.values()) say({ kind: "beat" });
  }, 1000);

  Object.assign(window, {
    async offer(id, { sound }) {
      silent = false;
      const peer = new RTCPeerConnection();
      const track = picture.clone();
      const stream = new MediaStream([track]);
      if (sound) peer.addTransceiver("audio", { direction: "sendonly" }).sender.replaceTrack(voice);
      peer.addTrack(track, stream);
      peers.set(id, { peer, say: carryWords(peer) });
      await peer.setLocalDescription();
      return gathered(peer);
    },
    async accept(id, sdp) {
      await peers.get(id).peer.setRemoteDescription({ type: "answer", sdp });
    },
    async answer(id, sdp) {
      const peer = new RTCPeerConnection();
      const track = picture.clone();
      peer.addTrack(track, new MediaStream([track]));
      peers.set(id, { peer, say() {} });
      await peer.setRemoteDescription({ type: "offer", sdp });
      await peer.setLocalDescription();
      return gathered(peer);
    },
    hangUp() {
      for (const { peer } of peers.values()) peer.close();
      peers.clear();
    },
    goSilent() {
      silent = true;
      for (const { peer } of peers.values()) for (const sender of peer.getSenders()) sender.replaceTrack(null);
    },
    reset() {
      window.hangUp();
      said.length = 0;
      refusal = undefined;
      voice = microphone.stream.getAudioTracks()[0];
    },
    hush() {
      voice = null;
    },
    heard: () => said,
    refuse(why) {
      refusal = why;
    },
    tell(message) {
      for (const { say } of peers.values()) say(message);
    },
    async record(ms) {
      const recorder = new MediaRecorder(new MediaStream([picture]), { mimeType: "video/webm;codecs=vp8", videoBitsPerSecond: 2_000_000 });
      const parts = [];
      // an encoder takes its time to start; from its first bytes on it keeps up
      const begun = new Promise((done) => {
        recorder.ondataavailable = ({ data }) => {
          parts.push(data);
          if (data.size > 2000) done();
        };
      });
      recorder.start(200);
      await begun;
      await new Promise((done) => setTimeout(done, ms));
      await new Promise((done) => {
        recorder.onstop = done;
        recorder.stop();
      });
      const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
      let text = "";
      for (const byte of bytes) text += String.fromCharCode(byte);
      return btoa(text);
    },
  });
}`;
