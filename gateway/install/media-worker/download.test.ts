import { randomBytes } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { download } from "./download.ts";
import { prebuiltNames } from "./prebuilt.ts";

async function serve(answer: (request: IncomingMessage, response: ServerResponse, count: number) => void) {
  const ranges: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    ranges.push(request.headers.range);
    answer(request, response, ranges.length);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const folder = await mkdtemp(join(tmpdir(), "vitrine-download-"));
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true, force: true });
  });
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/worker.tgz`;
  return { url, folder, into: join(folder, "worker.tgz"), ranges };
}

/** Answers as web servers of files do, by RFC 9110 14: a part when it is still the same file, else all of it. */
function sendFile(request: IncomingMessage, response: ServerResponse, body: Buffer, etag: string, cut?: string) {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  const isPart = from > 0 && request.headers["if-range"] === etag;
  const rest = isPart ? body.subarray(from) : body;
  const range = isPart ? { "content-range": `bytes ${from}-${body.length - 1}/${body.length}` } : {};
  response.writeHead(isPart ? 206 : 200, { etag, "content-length": rest.length, ...range });
  if (cut === undefined) return response.end(rest);
  response.write(rest.subarray(0, rest.length / 3));
  // the line breaks once some of it has reached the disk at the other end
  const watch = setInterval(() => {
    if (!existsSync(cut) || statSync(cut).size === 0) return;
    clearInterval(watch);
    response.destroy();
  }, 5);
}

const body = randomBytes(300_000);
const quiet = { signal: undefined };

test("a download whose line breaks goes on where it stopped", async () => {
  const shop = await serve((request, response, count) =>
    sendFile(request, response, body, '"one"', count === 1 ? `${shop.into}.part` : undefined),
  );
  expect(await download(shop.url, shop.into, quiet)).toBe(true);
  expect((await readFile(shop.into)).equals(body)).toBe(true);
  expect(shop.ranges).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
  expect(await readdir(shop.folder)).toEqual(["worker.tgz"]);
});

test("a power cut in mid-download: the next start goes on with what is there", async () => {
  let isUp = false;
  const shop = await serve((request, response) =>
    sendFile(request, response, body, '"one"', isUp ? undefined : `${shop.into}.part`),
  );
  expect(await download(shop.url, shop.into, quiet)).toBe(false);
  const before = shop.ranges.length;
  isUp = true;
  expect(await download(shop.url, shop.into, quiet)).toBe(true);
  expect((await readFile(shop.into)).equals(body)).toBe(true);
  expect(shop.ranges.slice(before)).toEqual([expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
});

test("the file on the server is another one now: it is fetched from the start, not glued together", async () => {
  const other = randomBytes(200_000);
  const shop = await serve((request, response, count) =>
    count === 1
      ? sendFile(request, response, body, '"one"', `${shop.into}.part`)
      : sendFile(request, response, other, '"two"'),
  );
  expect(await download(shop.url, shop.into, quiet)).toBe(true);
  expect((await readFile(shop.into)).equals(other)).toBe(true);
});

test("a server without tags, or with strange ranges, is asked for the whole file again", async () => {
  const shop = await serve((_request, response, count) => {
    if (count === 1)
      response
        .writeHead(200, { "content-length": body.length })
        .write(body.subarray(0, 9_000), () => response.destroy());
    else response.writeHead(200, { "content-length": body.length }).end(body);
  });
  expect(await download(shop.url, shop.into, quiet)).toBe(true);
  expect((await readFile(shop.into)).equals(body)).toBe(true);
  expect(shop.ranges).toEqual([undefined, undefined]);
});

test("what is not there, is far too large or never answers is not waited for", async () => {
  const missing = await serve((_request, response) => response.writeHead(404).end());
  expect(await download(missing.url, missing.into, quiet)).toBe(false);
  const huge = await serve((_request, response) => response.writeHead(200, { "content-length": 1e10 }).write("x"));
  expect(await download(huge.url, huge.into, quiet)).toBe(false);
  const silent = await serve(() => {});
  expect(await download(silent.url, silent.into, { signal: undefined, answerMs: 50 })).toBe(false);
  expect([missing, huge, silent].map(({ ranges }) => ranges.length)).toEqual([1, 1, 1]);
});

test("each kind of computer gets the archive that was made for it", () => {
  const linux = (arch: string, kernel: string) => prebuiltNames("3.27.1", { platform: "linux", arch, kernel });
  expect(linux("arm64", "6.12.47+rpt-rpi-2712")).toEqual(["mediasoup-worker-3.27.1-linux-arm64-kernel6.tgz"]);
  expect(linux("x64", "7.0.1")).toEqual([
    "mediasoup-worker-3.27.1-linux-x64-kernel7.tgz",
    "mediasoup-worker-3.27.1-linux-x64-kernel6.tgz",
  ]);
  expect(prebuiltNames("3.27.1", { platform: "darwin", arch: "arm64", kernel: "25.0" })).toEqual([
    "mediasoup-worker-3.27.1-darwin-arm64.tgz",
  ]);
});
