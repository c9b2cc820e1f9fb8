import wrtc from "@roamhq/wrtc";
import sharp from "sharp";
import { connected, makeOffer, openPeer } from "./connect.ts";
import { countFreezes, type Quality, readStats, type StatsEntry } from "./quality.ts";
import type { Still } from "./words.ts";

type Frame = { width: number; height: number; rotation?: number; data: Uint8Array };
/** Hands over the offer, and gets the answer. */
export type Ask = (offer: string) => Promise<string>;

/** A first picture is small or coarse while the sender learns what the line takes; a still waits this long for a better. */
const settleMs = 600;

/** Joins and keeps the newest frame and when each came. `firstFrame` resolves with the time from the start, ms. */
async function watch(ask: Ask) {
  const startedMs = performance.now();
  const peer = openPeer();
  const timesMs: number[] = [];
  let newest: Frame | undefined;
  let stopSink = () => {};
  let seen: (ms: number) => void = () => {};
  const firstFrame = new Promise<number>((resolve) => {
    seen = resolve;
  });
  peer.ontrack = ({ track }) => {
    const sink = new wrtc.nonstandard.RTCVideoSink(track);
    stopSink = () => sink.stop();
    sink.onframe = ({ frame }: { frame: Frame }) => {
      newest = frame;
      if (timesMs.push(performance.now()) === 1) seen(performance.now() - startedMs);
    };
  };
  peer.addTransceiver("video", { direction: "recvonly" });
  await peer.setRemoteDescription({ type: "answer", sdp: await ask(await makeOffer(peer)) });
  await connected(peer);
  return {
    firstFrame,
    timesMs,
    newest: () => newest,
    async stats() {
      const entries: StatsEntry[] = [];
      const report = await peer.getStats();
      report.forEach((entry: StatsEntry) => void entries.push(entry));
      return readStats(entries);
    },
    close() {
      stopSink();
      peer.close();
    },
  };
}

/** A picture of what is shown now. The frame is one that was decoded from a key frame on. */
export async function takeStill(ask: Ask, onConnected: () => void): Promise<Still> {
  const watching = await watch(ask);
  onConnected();
  await watching.firstFrame;
  await pause(settleMs);
  const frame = watching.newest();
  watching.close();
  if (!frame) throw new Error("no picture came");
  const { width, height } = frame;
  const rgba = { width, height, data: new Uint8Array(width * height * 4) };
  wrtc.nonstandard.i420ToRgba({ width, height, data: frame.data }, rgba);
  const { data, info } = await sharp(rgba.data, { raw: { width, height, channels: 4 } })
    .rotate(frame.rotation ?? 0)
    .removeAlpha()
    .jpeg({ quality: 88 })
    .toBuffer({ resolveWithObject: true });
  return { jpeg: data, width: info.width, height: info.height };
}

/** Watches for so many seconds after the first frame. */
export async function measure(ask: Ask, seconds: number, onConnected: () => void): Promise<Quality> {
  const watching = await watch(ask);
  onConnected();
  const firstFrameMs = await watching.firstFrame;
  const [before, fromMs] = [await watching.stats(), performance.now()];
  await pause(seconds * 1_000);
  const [after, untilMs] = [await watching.stats(), performance.now()];
  const timesMs = watching.timesMs.slice();
  const frame = watching.newest();
  watching.close();
  const lookedS = (untilMs - fromMs) / 1_000;
  const frames = timesMs.filter((atMs) => atMs >= fromMs && atMs <= untilMs).length;
  const [packets, lost] = [after.packets - before.packets, Math.max(0, after.lost - before.lost)];
  return {
    codec: after.codec,
    width: frame?.width ?? 0,
    height: frame?.height ?? 0,
    firstFrameMs,
    seconds: lookedS,
    frames,
    framesPerSecond: frames / lookedS,
    ...countFreezes(timesMs, untilMs),
    bitsPerSecond: (8 * (after.bytes - before.bytes)) / lookedS,
    roundTripMs: after.roundTripMs,
    lossShare: packets + lost > 0 ? lost / (packets + lost) : 0,
    protocol: after.protocol,
    address: after.address,
  };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
