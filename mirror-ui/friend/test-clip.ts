import {
  BufferSource,
  BufferTarget,
  EncodedPacketSink,
  EncodedVideoPacketSource,
  Input,
  Output,
  WEBM,
  WebMOutputFormat,
} from "mediabunny";

/**
 * For tests: a recorder's endless WebM as a file with a length and a table to seek in, as the gateway keeps clips.
 * However few frames a busy machine recorded, they are spread evenly over `seconds`.
 */
export async function finished(recorded: Uint8Array, seconds: number): Promise<Uint8Array> {
  const track = await new Input({ formats: [WEBM], source: new BufferSource(recorded) }).getPrimaryVideoTrack();
  const decoderConfig = await track?.getDecoderConfig();
  if (!track || !decoderConfig) throw new Error("nothing was recorded");
  const packets = await Array.fromAsync(new EncodedPacketSink(track).packets());
  const source = new EncodedVideoPacketSource("vp8");
  const target = new BufferTarget();
  const output = new Output({ format: new WebMOutputFormat(), target });
  output.addVideoTrack(source);
  await output.start();
  const duration = seconds / packets.length;
  for (const [index, packet] of packets.entries()) {
    await source.add(packet.clone({ timestamp: index * duration, duration }), { decoderConfig });
  }
  await output.finalize();
  return new Uint8Array(target.buffer ?? new ArrayBuffer(0));
}
