import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { askGateway } from "./own-gateway.ts";
import { codeOf, plain } from "./setting.ts";

/** A minute of a busy shop is a few megabytes; a record stops here rather than fill the card. */
const maxBytes = 2 * 1024 * 1024 * 1024;

const ended = "The gateway ended the recording. What came until then is kept.";

export async function run(args: string[]) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      seconds: { type: "string" },
      data: { type: "string" },
      url: { type: "string" },
      token: { type: "string" },
    },
  });
  const [file] = positionals;
  if (!file)
    throw plain("vitrine record needs a file to write to, for example: vitrine record monday.jsonl --seconds 60");
  const seconds = values.seconds === undefined ? undefined : Number(values.seconds);
  if (seconds !== undefined && !(seconds > 0)) throw plain("--seconds must be a number above 0");

  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  process.once("SIGTERM", () => stop.abort());
  const response = await askGateway("/api/v1/recording", {}, values);
  if (!response.ok || !response.body)
    throw plain(
      `The gateway refused to be recorded (${response.status}). Run it as the gateway's own user, or give --token.`,
    );

  if (seconds !== undefined) setTimeout(() => stop.abort(), seconds * 1000);
  let bytes = 0;
  let lines = 0;
  const source = Readable.fromWeb(response.body, { signal: stop.signal });
  console.error(seconds === undefined ? "Recording. Ctrl-C ends it." : `Recording for ${seconds} s.`);
  await pipeline(
    source,
    async function* (chunks: AsyncIterable<Buffer>) {
      let rest = "";
      // a letter may be cut between two chunks
      const text = new TextDecoder();
      try {
        for await (const chunk of chunks) {
          bytes += chunk.length;
          if (bytes > maxBytes) stop.abort();
          const parts = (rest + text.decode(chunk, { stream: true })).split("\n");
          rest = parts.pop() ?? "";
          lines += parts.length;
          // only whole lines: a record that was stopped in mid-line can still be replayed
          if (parts.length > 0) yield `${parts.join("\n")}\n`;
        }
      } catch {
        if (!stop.signal.aborted) console.error(ended);
      }
    },
    createWriteStream(file, { mode: 0o600 }),
  ).catch((error: unknown) => {
    if (codeOf(error).startsWith("E")) throw plain(`${file} cannot be written (${codeOf(error)}).`);
    if (!stop.signal.aborted) console.error(ended);
  });
  console.error(`${lines} lines in ${file}. Keep it like the shop's data: it holds shoppers' numbers and codes.`);
  process.exit(0);
}
