import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ensureDebianTools, findProgram } from "../install/debian-packages.ts";

/** One frame's RTP payloads: VP8 with the shortest descriptor [RFC 7741 4.2]. */
export type Frame = Buffer[];

export const framesPerSecond = 30;
export const payloadType = 96;
const seconds = 10;
const maxPayloadBytes = 1_150;
const run = promisify(execFile);

/**
 * A moving test picture at 640 × 480, encoded once at so many kbit/s with a key frame each second, so that whoever joins
 * sees something soon and nobody's request changes what is sent.
 */
export async function encodeFrames(kbps: number): Promise<Frame[]> {
  await ensureDebianTools(["ffmpeg"]);
  const rate = `${kbps}k`;
  const { stdout } = await run(
    (await findProgram("ffmpeg")) ?? "ffmpeg",
    [
      ...["-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", `testsrc2=size=640x480:rate=${framesPerSecond}`],
      ...["-t", `${seconds}`, "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-g", `${framesPerSecond}`],
      ...["-b:v", rate, "-minrate", rate, "-maxrate", rate, "-bufsize", `${kbps / 2}k`, "-f", "ivf", "pipe:1"],
    ],
    { encoding: "buffer", maxBuffer: 64 * 1024 * 1024 },
  );
  return ivfFrames(stdout).map(payloadsOf);
}

/** IVF: a header that gives its own length at byte 6, then per frame 4 bytes of length, 8 of time, and the frame. */
function ivfFrames(file: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = file.readUInt16LE(6); at + 12 <= file.length; ) {
    const length = file.readUInt32LE(at);
    frames.push(file.subarray(at + 12, at + 12 + length));
    at += 12 + length;
  }
  return frames;
}

function payloadsOf(frame: Buffer): Frame {
  const parts = Math.ceil(frame.length / maxPayloadBytes);
  const size = Math.ceil(frame.length / parts);
  return Array.from({ length: parts }, (_, part) => {
    // bit 4 marks the start of a partition
    const descriptor = Buffer.from([part === 0 ? 0x10 : 0]);
    return Buffer.concat([descriptor, frame.subarray(part * size, (part + 1) * size)]);
  });
}

export type RtpFields = { payload: Buffer; marker: boolean; sequenceNumber: number; timestamp: number };

export type Replay = {
  /** While viewers join, one frame a second is enough: shaking a hundred hands is work of its own. */
  thin(isThin: boolean): void;
  stop(): void;
};

/** Calls `send` with every packet at its time, from the start again at the end of the frames, until it is stopped. */
export function replay(frames: Frame[], send: (packet: RtpFields) => void): Replay {
  const from = performance.now();
  let sent = 0;
  let sequenceNumber = 1_000;
  let isThin = false;
  const timer = setInterval(() => {
    const due = ((performance.now() - from) * framesPerSecond) / 1_000;
    for (; sent < due; sent++) {
      if (isThin && sent % framesPerSecond !== 0) continue;
      const payloads = frames[sent % frames.length] ?? [];
      const timestamp = (sent * (90_000 / framesPerSecond)) >>> 0;
      for (const [index, payload] of payloads.entries()) {
        sequenceNumber = (sequenceNumber + 1) & 0xffff;
        send({ payload, marker: index === payloads.length - 1, sequenceNumber, timestamp });
      }
    }
  }, 5);
  return {
    thin(wish) {
      isThin = wish;
    },
    stop: () => clearInterval(timer),
  };
}
