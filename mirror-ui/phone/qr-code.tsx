import { encode } from "uqr";

/** A QR code as one path, dark on white in both themes, because scanners want it so. The
 * white pane around it is the rest of the quiet zone; the text below says the same. */
export function QrCode({ text }: { text: string }) {
  const { data, size } = encode(text, { ecc: "M", border: 2 });
  const modules = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join("");
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label="QR code" shape-rendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={modules} fill="#12201C" />
    </svg>
  );
}
