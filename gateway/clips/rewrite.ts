import {
  BufferSource,
  BufferTarget,
  EncodedAudioPacketSource,
  type EncodedPacket,
  EncodedPacketSink,
  EncodedVideoPacketSource,
  Input,
  type InputAudioTrack,
  type InputVideoTrack,
  MP4,
  Mp4OutputFormat,
  Output,
  WEBM,
  WebMOutputFormat,
} from "mediabunny";
import { type ClipMime, judgeStructure } from "./container.ts";

export type Rewritten = { ok: true; bytes: ArrayBuffer; durationMs: number } | { ok: false; reason: string };
export type Limits = { maxDurationMs: number; maxSide: number };

const videoCodecs = new Set(["avc", "vp8", "vp9", "av1"]);
const audioCodecs = new Set(["aac", "opus", "vorbis"]);
/** Half a minute at 120 pictures a second, and sound in pieces of 10 ms, fit twice. */
const maxPackets = 15_000;

const refuse = (reason: string): Rewritten => ({ ok: false, reason });

/**
 * Reads a clip packet by packet and writes it anew: what was beside the pictures and the sound is not in the new file, and
 * its index and its length stand where every phone looks for them (before the media in MP4; duration and cues in WebM).
 * Whatever cannot be read is an answer.
 */
export async function rewrite(bytes: Uint8Array, mime: ClipMime, limits: Limits): Promise<Rewritten> {
  const structure = judgeStructure(bytes, mime);
  if (!structure.ok) return structure;
  const input = new Input({ source: new BufferSource(bytes), formats: [mime === "video/mp4" ? MP4 : WEBM] });
  try {
    const tracks = await input.getTracks();
    const [video, ...moreVideo] = tracks.filter((track) => track.isVideoTrack());
    const [audio, ...moreAudio] = tracks.filter((track) => track.isAudioTrack());
    if (!video) return refuse("There is no picture in it.");
    if (tracks.length > 2 || moreVideo.length > 0 || moreAudio.length > 0) {
      return refuse("There is more in it than one picture and its sound.");
    }
    const refusal = await judgeVideo(video, limits);
    if (refusal !== undefined) return refuse(refusal);
    const sound = await audio?.getCodec();
    if (audio && !(sound && audioCodecs.has(sound))) return refuse("Its sound is of a kind that phones do not play.");
    return await write({ mime, video, ...(audio ? { audio } : {}), limits });
  } catch (error) {
    if (error instanceof RangeError) throw error;
    return refuse("It cannot be read as a video.");
  } finally {
    input.dispose();
  }
}

async function judgeVideo(video: InputVideoTrack, { maxSide }: Limits): Promise<string | undefined> {
  const codec = await video.getCodec();
  if (!codec || !videoCodecs.has(codec)) return "Its picture is of a kind that phones do not play.";
  const sides = [
    await video.getCodedWidth(),
    await video.getCodedHeight(),
    await video.getDisplayWidth(),
    await video.getDisplayHeight(),
  ];
  return sides.every((side) => side >= 16 && side <= maxSide)
    ? undefined
    : `Its picture is larger than ${maxSide} points.`;
}

type Parts = { mime: ClipMime; video: InputVideoTrack; audio?: InputAudioTrack; limits: Limits };

async function write({ mime, video, audio, limits }: Parts): Promise<Rewritten> {
  const pictures = await collect(video, true);
  const sounds = audio ? await collect(audio, false) : [];
  if (pictures === "too many" || sounds === "too many") return refuse("It is longer than a clip may be.");
  if (pictures === "no key" || sounds === "no key") return refuse("It does not begin with a whole picture.");
  const [first] = pictures;
  if (!first) return refuse("There is no picture in it.");
  const all = [...pictures, ...sounds];
  const start = Math.min(...all.map(({ timestamp }) => timestamp));
  const end = Math.max(...all.map(({ timestamp, duration }) => timestamp + duration));
  const durationMs = Math.round((end - start) * 1_000);
  if (!(durationMs <= limits.maxDurationMs)) return refuse("It is longer than a clip may be.");
  if (durationMs < 100) return refuse("It is too short to see anything.");

  const target = new BufferTarget();
  const format = mime === "video/mp4" ? new Mp4OutputFormat({ fastStart: "in-memory" }) : new WebMOutputFormat();
  const output = new Output({ format, target });
  const codec = await video.getCodec();
  if (!codec) return refuse("Its picture is of a kind that phones do not play.");
  const videoSource = new EncodedVideoPacketSource(codec);
  output.addVideoTrack(videoSource, { rotation: await video.getRotation() });
  const audioCodec = await audio?.getCodec();
  const audioSource = audioCodec && sounds.length > 0 ? new EncodedAudioPacketSource(audioCodec) : undefined;
  if (audioSource) output.addAudioTrack(audioSource);
  await output.start();
  const videoConfig = await video.getDecoderConfig();
  const audioConfig = await audio?.getDecoderConfig();
  const feed = async (packets: EncodedPacket[], add: (packet: EncodedPacket) => Promise<void>) => {
    for (const packet of packets) await add(packet.clone({ timestamp: packet.timestamp - start, sideData: {} }));
  };
  // by turns inside the writer: it waits for the other track before it closes a chunk
  await Promise.all([
    feed(pictures, (packet) => videoSource.add(packet, videoConfig ? { decoderConfig: videoConfig } : {})).then(() =>
      videoSource.close(),
    ),
    audioSource &&
      feed(sounds, (packet) => audioSource.add(packet, audioConfig ? { decoderConfig: audioConfig } : {})).then(() =>
        audioSource.close(),
      ),
  ]);
  await output.finalize();
  return target.buffer ? { ok: true, bytes: target.buffer, durationMs } : refuse("It cannot be read as a video.");
}

/** All packets of a track as they are decoded; key pictures are looked into, as files lie about them. */
async function collect(
  track: InputVideoTrack | InputAudioTrack,
  isVideo: boolean,
): Promise<EncodedPacket[] | "too many" | "no key"> {
  const packets: EncodedPacket[] = [];
  const sink = new EncodedPacketSink(track);
  for await (const packet of sink.packets(undefined, undefined, { verifyKeyPackets: true })) {
    if (packets.length === 0 && isVideo && packet.type !== "key") return "no key";
    packets.push(packet);
    if (packets.length > maxPackets) return "too many";
  }
  return packets;
}
