import type { Page } from "playwright-core";
import type { MirrorHears } from "#wire/share-words.ts";

/**
 * For tests: a page of the true gateway that publishes a moving canvas as a mirror does, with a channel for words, and
 * publishes again when the gateway's beat is missing.
 */
export async function publish(page: Page, { whip, token }: { whip: string; token: string }) {
  await page.evaluate(`(${publisherScript})(${JSON.stringify({ whip, token })})`);
  const heard = () => page.evaluate<MirrorHears[]>("heard");
  return {
    heard,
    /** The last list of who watches. */
    viewers: async () => (await heard()).findLast((message) => message.kind === "viewers")?.viewers ?? [],
  };
}

const publisherScript = `({ whip, token }) => {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  canvas.width = 360;
  canvas.height = 640;
  let turn = 0;
  setInterval(() => {
    turn += 1;
    context.fillStyle = "#cfd9d3";
    context.fillRect(0, 0, 360, 640);
    context.fillStyle = "#0a5a50";
    context.fillRect((turn * 9) % 360, 200, 90, 160);
  }, 33);
  const track = canvas.captureStream(30).getVideoTracks()[0];
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  window.heard = [];

  async function once() {
    const peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    const { sender } = peer.addTransceiver(track, { direction: "sendonly" });
    peer.addTransceiver("audio", { direction: "sendonly" });
    const channel = peer.createDataChannel("words", { negotiated: true, id: 0 });
    let beatAt = performance.now();
    channel.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.kind === "beat") beatAt = performance.now();
      else window.heard.push(message);
      if (message.kind === "pause") sender.replaceTrack(null);
      if (message.kind === "resume") sender.replaceTrack(track);
    };
    await peer.setLocalDescription();
    const headers = { "content-type": "application/sdp", authorization: "Bearer " + token };
    const signal = AbortSignal.timeout(5000);
    const answer = await fetch(whip, { method: "POST", headers, body: peer.localDescription.sdp, signal });
    if (answer.status !== 201) return peer.close();
    await peer.setRemoteDescription({ type: "answer", sdp: await answer.text() });
    while (performance.now() - beatAt < 2500) await pause(200);
    peer.close();
  }
  (async () => {
    for (;;) {
      await once().catch(() => {});
      await pause(200);
    }
  })();
}`;
