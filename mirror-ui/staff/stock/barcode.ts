import { isGtin } from "#wire/gtin.ts";

/** What a browser's own detector does, where there is one (Shape Detection API). */
type Detector = { detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]> };
type DetectorClass = new (options: { formats: string[] }) => Detector;

const formats = ["ean_13", "ean_8", "upc_a", "upc_e", "itf", "code_128", "qr_code", "data_matrix"];
const everyMs = 150;

/** Why this browser cannot scan, in words; undefined: it can. */
export function whyNoScan(): string | undefined {
  if (!detectorClass()) return "This browser cannot read barcodes by itself. Type the number under the bars.";
  if (!navigator.mediaDevices) return "The camera is only there when this page is opened with https. Type the number.";
  return undefined;
}

/**
 * Looks through the camera at the back until a barcode of goods is read. Throws what the browser throws when the camera
 * is refused. The picture stays in this page; `stop` switches the camera off.
 */
export async function scan(video: HTMLVideoElement, onFound: (gtin: string) => void): Promise<{ stop(): void }> {
  const Detector = detectorClass();
  if (!Detector) throw new Error("this browser has no barcode detector");
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
  const detector = new Detector({ formats });
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = () => {
    stopped = true;
    clearTimeout(timer);
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
  const look = async () => {
    // A frame that cannot be read is followed by the next.
    const codes = await detector.detect(video).catch(() => []);
    if (stopped) return;
    const gtin = codes.map(({ rawValue }) => gtinIn(rawValue)).find(Boolean);
    if (gtin === undefined) {
      timer = setTimeout(() => void look(), everyMs);
      return;
    }
    stop();
    onFound(gtin);
  };
  video.srcObject = stream;
  await video.play().catch(() => undefined);
  void look();
  return { stop };
}

/** The GTIN in what was scanned or typed: bare digits, an element string "(01)…", or a Digital Link ".../01/…". */
export function gtinIn(text: string): string | undefined {
  const digits = text.replace(/[\s-]/g, "");
  if (isGtin(digits)) return digits;
  const keyed = /(?:\/01\/|^\(01\)|^\]C101|^01)(\d{14}|\d{13}|\d{12}|\d{8})/.exec(digits)?.[1];
  return keyed !== undefined && isGtin(keyed) ? keyed : undefined;
}

/** The same number, however many zeros stand before it. */
export const sameGtin = (a: string, b: string): boolean => a.padStart(14, "0") === b.padStart(14, "0");

function detectorClass(): DetectorClass | undefined {
  const found: unknown = Reflect.get(window, "BarcodeDetector");
  return isClass(found) ? found : undefined;
}

function isClass(found: unknown): found is DetectorClass {
  return typeof found === "function";
}
