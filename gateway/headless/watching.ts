import wrtc from "@roamhq/wrtc";
import sharp from "sharp";
import { type Meeting, meet, openPeer } from "./connect.ts";
import { countFreezes, type Quality, readStats, type StatsEntry } from "./quality.ts";
import type { Still } from "./words.ts";

type Frame = { width: number; height: number; rotation?: number; data: Uint8Array };

/** A first picture is small or coarse while the sender learns what the line takes; a still waits this long for a better. */
const settleMs = 600;

/** Joins and keeps the newest frame and when each came. `firstFrame` resolves with the time from the start, ms. */
async function watch(meeting: Meeting) {
  const startedMs = performance.now() - (meeting.theirs?.spentMs ?? 0);
  const peer = openPeer(meeting.theirs?.relays);
  const timesMs: number[] = [];
  let newest: Frame | undefined;
  let stopSink = () => {};
  let seen: (ms: number) => void = () => {};
  const firstFrame = new Promise<number>((resolve) => {
    seen = resolve;
  });
  peer.ontrack = ({ track }) => {
    if (track.kind !== "video") return;
    const sink = new wrtc.nonstandard.RTCVideoSink(track);
    stopSink = () => sink.stop();
    sink.onframe = ({ frame }: { frame: Frame }) => {
      newest = frame;
      if (timesMs.push(performance.now()) === 1) seen(performance.now() - startedMs);
    };
  };
  if (!meeting.theirs) peer.addTransceiver("video", { direction: "recvonly" });
  await meet(peer, meeting);
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
export async function takeStill(meeting: Meeting): Promise<Still> {
  const watching = await watch(meeting);
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
export async function measure(meeting: Meeting, seconds: number): Promise<Quality> {
  const watching = await watch(meeting);
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
    relayed: after.relayed,
  };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
