import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { startAtFullQuality } from "./start-bitrate.ts";
import { createScene, readFrameNumber } from "./video-scene.ts";

type Line = {
  port?: number;
  frame?: number;
  width?: number;
  share?: string;
  paused?: boolean;
  published?: number;
  shares?: number;
};

/** A script of this folder in a process of its own, its JSON lines, and its end with the test. */
function run(script: string, args: string[]): { lines: AsyncGenerator<Line>; child: ChildProcess } {
  const child = spawn(process.execPath, [new URL(script, import.meta.url).pathname, ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  async function* lines(): AsyncGenerator<Line> {
    for await (const line of createInterface({ input: child.stdout! })) yield JSON.parse(line);
  }
  return { lines: lines(), child };
}

async function until(lines: AsyncGenerator<Line>, wanted: (line: Line) => boolean): Promise<Line> {
  for (;;) {
    const { value, done } = await lines.next();
    if (done) throw new Error("the process ended early");
    if (wanted(value)) return value;
  }
}

test("the simulated mirror's video arrives, moving, at the other end of WHIP", async () => {
  const gateway = run("./whip-loopback.ts", []);
  const { port } = await until(gateway.lines, (line) => line.port !== undefined);
  const mirror = run("./video-mirror.ts", ["--http", `http://127.0.0.1:${port}`, "--mirror", "mirror-1"]);

  const { share } = await until(mirror.lines, (line) => line.share !== undefined);
  expect(share).toBe(`http://127.0.0.1:${port}/s/share-1`);
  const first = await until(gateway.lines, (line) => (line.frame ?? 0) > 0);
  // nobody watches for a while, and then somebody does again
  await until(gateway.lines, (line) => line.paused === true);
  const later = await until(gateway.lines, (line) => (line.frame ?? 0) >= (first.frame ?? 0) + 20);
  expect(later.frame).toBeLessThan(2_000);
  expect(later.width).toBeGreaterThan(0);
});

test("when a share has run out, the mirror shares again", async () => {
  const gateway = run("./whip-loopback.ts", ["1"]);
  const { port } = await until(gateway.lines, (line) => line.port !== undefined);
  const mirror = run("./video-mirror.ts", ["--http", `http://127.0.0.1:${port}`, "--mirror", "mirror-1"]);
  const { share } = await until(mirror.lines, (line) => line.share?.endsWith("share-2") ?? false);
  expect(share).toContain("/s/share-2");
});

test("when the gateway's video falls silent, the mirror publishes again under the same link", async () => {
  const gateway = run("./whip-loopback.ts", ["60000", "fall-silent"]);
  const { port } = await until(gateway.lines, (line) => line.port !== undefined);
  run("./video-mirror.ts", ["--http", `http://127.0.0.1:${port}`, "--mirror", "mirror-1"]);
  const again = await until(gateway.lines, (line) => line.published === 2);
  expect(again.shares).toBe(1);
  await until(gateway.lines, (line) => (line.frame ?? 0) > 0);
});

test("the mirror's process ends when the simulator that started it is gone", async () => {
  const mirror = run("./video-mirror.ts", ["--http", "http://127.0.0.1:9", "--mirror", "mirror-1"]);
  const ended = new Promise((resolve) => mirror.child.once("exit", (_code, signal) => resolve(signal)));
  mirror.child.stdin?.end();
  expect(await ended).toBe("SIGKILL");
});

test("every drawn frame carries its number, and the picture moves", async () => {
  const scene = await createScene();
  const first = scene.draw(41_234, 1_000);
  const before = { ...first, data: first.data.slice() };
  const picture = scene.draw(513, 1_500);
  expect(readFrameNumber(picture)).toBe(513);
  expect(readFrameNumber(before)).toBe(41_234);
  const person = ({ data, width }: typeof picture) => data.slice(width * 100, width * 600);
  expect(Buffer.compare(person(before), person(picture))).not.toBe(0);
});

test("the picture stands upright, as a mirror does, and the same moment looks the same", async () => {
  const [one, other] = await Promise.all([createScene(), createScene()]);
  const picture = one.draw(7, 12_345);
  expect(picture.height).toBeGreaterThan(picture.width);
  expect(picture.data).toHaveLength((picture.width * picture.height * 3) / 2);
  one.draw(8, 20_000);
  expect(Buffer.compare(one.draw(7, 12_345).data, other.draw(7, 12_345).data)).toBe(0);
});

test("an answer asks VP8 to start fast, whether or not it has parameters already", () => {
  const plain = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\na=rtcp-mux\r\n";
  expect(startAtFullQuality(plain)).toContain("a=rtpmap:96 VP8/90000\r\na=fmtp:96 x-google-start-bitrate=1200\r\n");
  const given = `${plain}a=fmtp:96 max-fs=3600\r\n`;
  expect(startAtFullQuality(given)).toContain("a=fmtp:96 max-fs=3600;x-google-start-bitrate=1200\r\n");
  expect(startAtFullQuality("no video here")).toBe("no video here");
});
