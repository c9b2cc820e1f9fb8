import wrtc from "@roamhq/wrtc";
import { createColourBars } from "./colour-bars.ts";
import { connected, makeOffer, openPeer } from "./connect.ts";
import type { Ask } from "./watching.ts";

const framesPerSecond = 30;

/** Shows colour bars until `stopped`; rejects when the connection ends before. */
export async function showBars(ask: Ask, onConnected: () => void, stopped: Promise<void>): Promise<void> {
  const source = new wrtc.nonstandard.RTCVideoSource();
  const peer = openPeer();
  peer.addTransceiver(source.createTrack(), { direction: "sendonly" });
  await peer.setRemoteDescription({ type: "answer", sdp: await ask(await makeOffer(peer)) });
  await connected(peer);
  const picture = createColourBars();
  let frameNumber = 0;
  const drawing = setInterval(() => {
    source.onFrame(picture.draw(frameNumber));
    frameNumber += 1;
  }, 1_000 / framesPerSecond);
  onConnected();
  const lost = new Promise<never>((_resolve, reject) => {
    peer.onconnectionstatechange = () => {
      if (peer.connectionState === "failed") reject(new Error("the connection was lost"));
    };
  });
  try {
    await Promise.race([stopped, lost]);
  } finally {
    clearInterval(drawing);
    peer.close();
  }
}
