import type { JSX } from "preact";

/** The recording, again and again, as whoever gets it will see it: not mirrored, the shop's label can be read. */
export function Replay({ src }: { src: string }): JSX.Element {
  return (
    <div class="replay">
      <video src={src} autoplay loop muted playsInline aria-label="Your clip" />
    </div>
  );
}
