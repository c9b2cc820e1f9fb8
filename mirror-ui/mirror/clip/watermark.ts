/** Shop and day, for the corner of a clip. */
export type Watermark = { shop: string; day: string };

/** Of the clip's height. */
const LETTERS = 0.026;

/** Draws the label once; every frame copies it. Opaque, like every label on a picture. */
export function drawWatermark({ shop, day }: Watermark, clipHeight: number): OffscreenCanvas {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string, otherwise: string) => style.getPropertyValue(name).trim() || otherwise;
  const letters = Math.max(11, Math.round(clipHeight * LETTERS));
  const family = token("--text", "sans-serif");
  const [strong, plain] = [`600 ${letters}px ${family}`, `400 ${letters}px ${family}`];
  const context = new OffscreenCanvas(1, 1).getContext("2d");
  const measure = (font: string, text: string) => {
    if (!context) return text.length * letters * 0.6;
    context.font = font;
    return context.measureText(text).width;
  };
  const gap = letters * 0.6;
  const shopWidth = measure(strong, shop);
  const inset = Math.round(letters * 0.7);
  const width = Math.ceil(shopWidth + gap + measure(plain, day) + 2 * inset);
  const label = new OffscreenCanvas(width, Math.round(letters * 1.9));
  const pen = label.getContext("2d");
  if (!pen) return label;
  pen.fillStyle = token("--sill", "#fcfcfa");
  pen.fillRect(0, 0, label.width, label.height);
  pen.fillStyle = token("--ink", "#12201c");
  pen.textBaseline = "middle";
  pen.font = strong;
  pen.fillText(shop, inset, label.height / 2 + 1);
  pen.font = plain;
  pen.fillText(day, inset + shopWidth + gap, label.height / 2 + 1);
  return label;
}
