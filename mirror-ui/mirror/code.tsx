import type { JSX } from "preact";
import { encode } from "uqr";

/** Dark squares on white in both themes: phones read nothing else. */
export function Code({ url, caption }: { url: string; caption: string }): JSX.Element {
  const { data, size } = encode(url, { ecc: "M", border: 2 });
  const squares = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join("");
  return (
    <div class="qrbox">
      <p class="f1 q">{caption}</p>
      <svg viewBox={`0 0 ${size} ${size}`} role="img" aria-label={`Code for ${url}`} shape-rendering="crispEdges">
        <rect width={size} height={size} fill="#fff" />
        <path d={squares} fill="#12201C" />
      </svg>
    </div>
  );
}
