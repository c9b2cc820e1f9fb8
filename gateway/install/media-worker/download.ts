import { createWriteStream } from "node:fs";
import { readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

export type DownloadOptions = {
  signal: AbortSignal | undefined;
  /** `share` 0..1 of the file; `bytes` so far. */
  onProgress?(bytes: number, share: number): void;
  answerMs?: number;
  /** The line is given up when nothing has come for so long. */
  stallMs?: number;
};

/** The archive is 3 MB; whatever is much larger is something else. */
const maxBytes = 64 * 1024 * 1024;
const tries = 3;

/**
 * Fetches a file. What has come before a line broke is kept beside it as `.part` and continued, now and at the next start,
 * when the server says that it is still the same file (If-Range, RFC 9110 13.1.5); otherwise it starts clean. Resolves with
 * false when the file is not to be had.
 */
export async function download(url: string, into: string, options: DownloadOptions): Promise<boolean> {
  for (let left = tries; left > 0; left--) {
    const outcome = await attempt(url, into, options);
    if (outcome === "done") return true;
    if (outcome === "not there") return false;
  }
  return false;
}

async function attempt(
  url: string,
  into: string,
  { signal, onProgress, answerMs = 4_000, stallMs = 20_000 }: DownloadOptions,
): Promise<"done" | "not there" | "broke off"> {
  const [part, mark] = [`${into}.part`, `${into}.part.tag`];
  const tag = await readFile(mark, "utf8").catch(() => "");
  const have =
    tag === ""
      ? 0
      : await stat(part)
          .then(({ size }) => size)
          .catch(() => 0);
  const patience = new AbortController();
  let timer = setTimeout(() => patience.abort(), answerMs);
  const stop = signal ? AbortSignal.any([signal, patience.signal]) : patience.signal;
  let began = false;
  try {
    const headers = have > 0 ? { range: `bytes=${have}-`, "if-range": tag } : {};
    const answer = await fetch(url, { signal: stop, headers });
    const { from, total } = rangeOf(answer);
    if (!answer.ok || !answer.body || from === undefined || from > have || (total ?? 0) > maxBytes) {
      await Promise.all([rm(part, { force: true }), rm(mark, { force: true }), answer.body?.cancel()]);
      // a part that the server does not know any more: once again, clean
      return have > 0 ? "broke off" : "not there";
    }
    began = true;
    // a weak tag does not vouch for every byte
    const fresh = answer.headers.get("etag") ?? "";
    if (from === 0) await writeFile(mark, fresh.startsWith('"') ? fresh : "");
    let bytes = from;
    const counting = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        clearTimeout(timer);
        timer = setTimeout(() => patience.abort(), stallMs);
        bytes += chunk.length;
        onProgress?.(bytes, total ? bytes / total : 0);
        done(bytes > maxBytes ? new Error("too large") : null, chunk);
      },
    });
    const file = createWriteStream(part, from > 0 ? { flags: "r+", start: from } : { flags: "w" });
    await pipeline(Readable.fromWeb(answer.body), counting, file, { signal: stop });
    if (total !== undefined && bytes !== total) return "broke off";
    await rename(part, into);
    await rm(mark, { force: true });
    return "done";
  } catch (error) {
    if (signal?.aborted) throw error;
    return began ? "broke off" : "not there";
  } finally {
    clearTimeout(timer);
  }
}

/** Where the body begins, and how long the whole file is; `from` is undefined when that makes no sense. */
function rangeOf(answer: Response): { from: number | undefined; total: number | undefined } {
  const length = Number(answer.headers.get("content-length") ?? Number.NaN);
  const whole = Number.isFinite(length) ? length : undefined;
  if (answer.status === 200) return { from: 0, total: whole };
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(answer.headers.get("content-range") ?? "");
  if (answer.status !== 206 || !range) return { from: undefined, total: undefined };
  return { from: Number(range[1]), total: Number(range[2]) };
}
