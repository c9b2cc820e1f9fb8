import { deflateRawSync } from "node:zlib";
import {
  BufferSource,
  BufferTarget,
  EncodedAudioPacketSource,
  EncodedPacketSink,
  EncodedVideoPacketSource,
  Input,
  MP4,
  Mp4OutputFormat,
  Output,
} from "mediabunny";
import { fixture, mp4 } from "./test-clips.ts";

/** What strangers might send in a clip's name. */

type Made = { seconds?: number; width?: number; pictures?: number; sounds?: number; comment?: string };

/** The pictures of a real recording, over and over, in an MP4 of another kind. */
export async function recording({ seconds = 1, width, pictures = 1, sounds = 0, comment }: Made): Promise<Uint8Array> {
  const input = new Input({ source: new BufferSource(fixture("vp9-opus.mp4")), formats: [MP4] });
  const video = await input.getPrimaryVideoTrack();
  const audio = await input.getPrimaryAudioTrack();
  if (!video || !audio) throw new Error("the fixture has lost its tracks");
  const target = new BufferTarget();
  const output = new Output({ format: new Mp4OutputFormat({ fastStart: "in-memory" }), target });
  const videos = Array.from({ length: pictures }, () => new EncodedVideoPacketSource("vp9"));
  const audios = Array.from({ length: sounds }, () => new EncodedAudioPacketSource("opus"));
  for (const source of videos) output.addVideoTrack(source);
  for (const source of audios) output.addAudioTrack(source);
  if (comment !== undefined) output.setMetadataTags({ comment });
  await output.start();
  const config = await video.getDecoderConfig();
  const soundConfig = await audio.getDecoderConfig();
  if (!config || !soundConfig) throw new Error("the fixture has lost its codecs");
  const decoderConfig = width === undefined ? config : { ...config, codedWidth: width, codedHeight: width };
  const key = await new EncodedPacketSink(video).getFirstKeyPacket();
  const sound = await new EncodedPacketSink(audio).getFirstPacket();
  if (!key || !sound) throw new Error("the fixture is empty");
  const duration = 0.5;
  for (let n = 0; n < seconds / duration; n++) {
    const at = { timestamp: n * duration, duration };
    await Promise.all([
      ...videos.map((source) => source.add(key.clone(at), { decoderConfig })),
      ...audios.map((source) => source.add(sound.clone(at), { decoderConfig: soundConfig })),
    ]);
  }
  await output.finalize();
  input.dispose();
  return new Uint8Array(target.buffer ?? new ArrayBuffer());
}

/** The head of a Linux program, and enough behind it. */
export const program = () =>
  Buffer.concat([Buffer.from("7f454c46020101000000000000000000", "hex"), Buffer.alloc(9_000, 0x90)]);

/** An archive of 10 kB that unpacks to 10 MB. */
export function zipBomb(): Buffer {
  const packed = deflateRawSync(Buffer.alloc(10_000_000));
  const head = Buffer.alloc(30);
  head.writeUInt32LE(0x04034b50, 0);
  head.writeUInt16LE(20, 4);
  head.writeUInt16LE(8, 8);
  head.writeUInt32LE(packed.length, 18);
  head.writeUInt32LE(10_000_000, 22);
  return Buffer.concat([head, packed]);
}

/** A video to one reader and an archive to another, which looks at the end. */
export const videoAndArchive = () => Buffer.concat([mp4(), zipBomb()]);

/** A web page in the room that a video leaves empty. */
export function videoAndPage(): Buffer {
  const page = Buffer.from("<script>alert(document.domain)</script>");
  const box = Buffer.alloc(8);
  box.writeUInt32BE(8 + page.length, 0);
  box.write("free", 4);
  return Buffer.concat([mp4(), box, page]);
}

/** A few bytes that claim four thousand million pictures: stsz and stts [ISO 14496-12 8.7.3, 8.6.1]. */
export async function endlessTable(): Promise<Buffer> {
  const bytes = Buffer.from(await recording({}));
  const sizes = bytes.indexOf("stsz");
  bytes.writeUInt32BE(1, sizes + 8);
  bytes.writeUInt32BE(0xffffffff, sizes + 12);
  const times = bytes.indexOf("stts");
  bytes.writeUInt32BE(0xffffffff, times + 12);
  return bytes;
}
