/** One picture in planar YUV 4:2:0, as WebRTC takes it. */
export type Frame = { width: number; height: number; data: Uint8Array };
type Bar = { name: string; y: number; u: number; v: number; rgb: [number, number, number] };

/** Bars of 75 % by ITU-R BT.601, video range: what test pictures have shown since there is colour television. */
export const bars: readonly Bar[] = [
  { name: "white", y: 180, u: 128, v: 128, rgb: [191, 191, 191] },
  { name: "yellow", y: 162, u: 44, v: 142, rgb: [191, 191, 0] },
  { name: "cyan", y: 131, u: 156, v: 44, rgb: [0, 191, 191] },
  { name: "green", y: 112, u: 72, v: 58, rgb: [0, 191, 0] },
  { name: "magenta", y: 84, u: 184, v: 198, rgb: [191, 0, 191] },
  { name: "red", y: 65, u: 100, v: 212, rgb: [191, 0, 0] },
  { name: "blue", y: 35, u: 212, v: 114, rgb: [0, 0, 191] },
];

export const barsWidth = 448;
export const barsHeight = 320;
/** The lowest part is grey, and a square runs along it, so that a picture that stands still is seen. */
const floorAt = 256;
const runner = 64;

export function createColourBars(): { draw(frameNumber: number): Frame } {
  const luma = barsWidth * barsHeight;
  const data = new Uint8Array((luma * 3) / 2).fill(128);
  const barWidth = barsWidth / bars.length;
  const rows = (plane: number, width: number, height: number, tone: (bar: Bar) => number) => {
    for (let row = 0; row < height; row++) {
      for (const [index, bar] of bars.entries()) {
        const from = plane + row * width + (index * width) / bars.length;
        data.fill(tone(bar), from, from + (barWidth * width) / barsWidth);
      }
    }
  };
  rows(0, barsWidth, floorAt, ({ y }) => y);
  rows(luma, barsWidth / 2, floorAt / 2, ({ u }) => u);
  rows(luma * 1.25, barsWidth / 2, floorAt / 2, ({ v }) => v);
  return {
    draw(frameNumber) {
      const left = (frameNumber * 8) % (barsWidth - runner);
      for (let row = floorAt; row < barsHeight; row++) {
        data.fill(90, row * barsWidth, (row + 1) * barsWidth);
        data.fill(200, row * barsWidth + left, row * barsWidth + left + runner);
      }
      return { width: barsWidth, height: barsHeight, data };
    },
  };
}
