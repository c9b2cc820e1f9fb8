import { BufferSource, BufferTarget, Conversion, Input, Output, WEBM, WebMOutputFormat } from "mediabunny";

/** For tests: a recorder's endless WebM as a file with a length and a table to seek in, as the gateway keeps clips. */
export async function finished(recorded: Uint8Array): Promise<Uint8Array> {
  const input = new Input({ formats: [WEBM], source: new BufferSource(recorded) });
  const target = new BufferTarget();
  const output = new Output({ format: new WebMOutputFormat(), target });
  const conversion = await Conversion.init({ input, output });
  await conversion.execute();
  return new Uint8Array(target.buffer ?? new ArrayBuffer(0));
}
