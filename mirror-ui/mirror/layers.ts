/** One picture of simulcast: `f` the whole one, `h` half as wide, `q` a quarter. */
export type Layer = RTCRtpEncodingParameters & { rid: string; scalabilityMode?: string };

type Machine = { width: number; height: number; weak: boolean };

const FRAMES_PER_SECOND = 30;
/** 0.1 bit a pixel and frame: VP8 at arm's length, where a face is looked at closely. */
const BITS_PER_PIXEL_PER_SECOND = 0.1 * FRAMES_PER_SECOND;
const MOST_BITS_PER_SECOND = 3_500_000;
/** Smaller pictures help nobody: faces are a thumb's nail then. */
const SMALLEST_LINES = 180;

/**
 * What is sent of a picture of this size, the smallest first, so that each friend gets what their line carries.
 * Every layer is encoded anew, on the same processor that also finds the face: a weak machine sends two, which costs a
 * quarter more than one, and a friend on a poor line still has something to fall back to.
 */
export function layersFor({ width, height, weak }: Machine): Layer[] {
  const scales = [4, 2, 1].filter((scale) => scale === 1 || Math.min(width, height) / scale >= SMALLEST_LINES);
  return scales.slice(weak ? -2 : -3).map((scale) => ({
    rid: scale === 1 ? "f" : scale === 2 ? "h" : "q",
    scaleResolutionDownBy: scale,
    maxBitrate: Math.round(Math.min(MOST_BITS_PER_SECOND, (width * height * BITS_PER_PIXEL_PER_SECOND) / scale ** 2)),
    maxFramerate: FRAMES_PER_SECOND,
    // three rates within each layer, so that a line in between loses frames before it loses sharpness
    scalabilityMode: "L1T3",
  }));
}

/** A processor with few cores is busy with the face alone. */
export const isWeak = (software: boolean, cores = navigator.hardwareConcurrency) => software || cores < 4;
