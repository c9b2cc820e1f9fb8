import wrtc from "@roamhq/wrtc";
import { createColourBars } from "./colour-bars.ts";
import { type Meeting, meet, openPeer } from "./connect.ts";

const framesPerSecond = 30;

/** Shows colour bars until `stopped`; rejects when the connection ends before. */
export async function showBars(meeting: Meeting, stopped: Promise<void>): Promise<void> {
  const source = new wrtc.nonstandard.RTCVideoSource();
  const peer = openPeer();
  peer.addTransceiver(source.createTrack(), { direction: "sendonly" });
  await meet(peer, meeting);
  const picture = createColourBars();
  let frameNumber = 0;
  const drawing = setInterval(() => {
    source.onFrame(picture.draw(frameNumber));
    frameNumber += 1;
  }, 1_000 / framesPerSecond);
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
