/** What a tracker says about one face. Nothing in here tells who it is, and nothing leaves the page's memory. */
export type SeenFace = {
  /** 478 landmarks, x and y as fractions of the frame (0..1 from the top left). The irises' centres are 468 and 473. */
  points: Float32Array;
  /** Canonical head to camera, centimetres, column-major, for a 63 degree vertical field of view. */
  matrix: Float32Array;
  /** Average colour (sRGB 0..255) of three patches of skin: the right cheek, the left cheek, the forehead. Not on every frame. */
  skin?: [number, number, number][];
};

export type Sight = { frame: VideoFrame; face: SeenFace | undefined };

/** Looks for a face in one frame and hands the same frame back, so that both are drawn together. */
export type Tracker = { track(frame: VideoFrame, atMs: number): Promise<Sight>; close(): void };
