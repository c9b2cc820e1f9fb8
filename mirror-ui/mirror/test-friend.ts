import type { Page } from "playwright-core";
import type { MirrorHears } from "#wire/share-words.ts";
import type { TestGateway } from "./test-gateway.ts";
import { WAIT_MS } from "./test-visits.ts";

/** A second page that receives what the mirror publishes, and speaks to it, as the gateway would. */
export type TestFriend = {
  page: Page;
  /** Waits until a picture has arrived. */
  sees(): Promise<void>;
  /** Waits until the microphone is heard. */
  hears(): Promise<void>;
  say(message: MirrorHears): Promise<void>;
  /** The gateway falls silent: no beat comes any more, until the mirror publishes anew. */
  fallSilent(): Promise<void>;
};

export async function openTestFriend(mirror: Page, gateway: TestGateway): Promise<TestFriend> {
  const page = await mirror.context().newPage();
  // any page of this host will do: the friend only needs a place to run in
  await page.goto(`${gateway.url}/vision/canonical-face.json`);
  await page.evaluate(() => {
    const video = document.createElement("video");
    video.muted = true;
    document.body.append(video);
    let beating: ReturnType<typeof setInterval> | undefined;
    let words: RTCDataChannel | undefined;
    let peer: RTCPeerConnection | undefined;
    Object.assign(window, {
      async answer(sdp: string) {
        clearInterval(beating);
        const connection = new RTCPeerConnection();
        peer = connection;
        const channel = connection.createDataChannel("words", { negotiated: true, id: 0 });
        words = channel;
        channel.onopen = () => {
          beating = setInterval(() => {
            if (channel.readyState === "open") channel.send('{"kind":"beat"}');
          }, 500);
        };
        connection.ontrack = ({ track }) => {
          if (track.kind !== "video") return;
          video.srcObject = new MediaStream([track]);
          video.play().catch(() => {});
        };
        await connection.setRemoteDescription({ type: "offer", sdp });
        await connection.setLocalDescription();
        while (connection.iceGatheringState !== "complete")
          await new Promise((done) => connection.addEventListener("icegatheringstatechange", done, { once: true }));
        return connection.localDescription?.sdp ?? "";
      },
      say(text: string) {
        if (words?.readyState !== "open") return false;
        words.send(text);
        return true;
      },
      fallSilent: () => clearInterval(beating),
      async audioPackets() {
        let packets = 0;
        for (const [, entry] of (await peer?.getStats()) ?? [])
          if (entry.type === "inbound-rtp" && entry.kind === "audio") packets += entry.packetsReceived;
        return packets;
      },
    });
  });
  gateway.answerOffer = async (offer) => String(await page.evaluate(`answer(${JSON.stringify(offer)})`));
  await mirror.bringToFront();
  const options = { timeout: WAIT_MS, polling: 100 };
  return {
    page,
    async sees() {
      await page.waitForFunction(() => (document.querySelector("video")?.videoWidth ?? 0) > 0, undefined, options);
    },
    async hears() {
      await page.waitForFunction("audioPackets().then((packets) => packets > 10)", undefined, options);
    },
    async say(message) {
      await page.waitForFunction(`say(${JSON.stringify(JSON.stringify(message))})`, undefined, options);
    },
    async fallSilent() {
      await page.evaluate("fallSilent()");
    },
  };
}
