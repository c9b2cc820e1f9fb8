import type { JSX } from "preact";
import type { Clip } from "./clip.ts";

const TICKS = 20;
const SECONDS = 10;

/** Ticks round a circle: seconds that were recorded, or how much has been sent. The words beside it say the same. */
export function Dial({ clip }: { clip: Clip }): JSX.Element {
  const { share, number, under } = readDial(clip);
  const ticks = Array.from({ length: TICKS }, (_, at) => at);
  return (
    <svg class="dial" viewBox="-50 -50 100 100" aria-hidden="true">
      {ticks.map((at) => (
        <path
          key={at}
          class={at < Math.round(share * TICKS) ? "on" : ""}
          d="M0 -47V-38"
          transform={`rotate(${(at * 360) / TICKS})`}
        />
      ))}
      <text class="d" y={under === "" ? 9 : 4}>
        {number}
      </text>
      <text class="small" y={19}>
        {under}
      </text>
    </svg>
  );
}

function readDial(clip: Clip): { share: number; number: string; under: string } {
  switch (clip.state) {
    case "counting":
      return { share: 0, number: String(clip.left), under: "" };
    case "recording":
      return {
        share: 1 - clip.left / SECONDS,
        number: String(clip.left),
        under: clip.left === 1 ? "second" : "seconds",
      };
    case "sending":
      return { share: clip.sent, number: String(Math.round(clip.sent * 100)), under: "percent" };
    case "review":
      return {
        share: clip.seconds / SECONDS,
        number: String(clip.seconds),
        under: clip.seconds === 1 ? "second" : "seconds",
      };
    case "none":
    case "kept":
      return { share: 1, number: "", under: "" };
  }
}
