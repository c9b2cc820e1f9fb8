import { useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { Mirror } from "./mirror.ts";
import { roomBeside } from "./state/tie.ts";
import { sayReaction } from "./words.ts";

type Props = { mirror: Mirror; host: { current: HTMLDivElement | null } };

/** What friends say stands on the sill's edge, on the side where the face is not. It is text, whatever was sent. */
export function FriendsWords({ mirror, host }: Props): JSX.Element {
  const list = useRef<HTMLUListElement>(null);
  useSignalEffect(() => {
    const { face, video } = mirror.glimpse.value ?? {};
    const [labels, pane] = [list.current, host.current];
    // what stands there stays where it is: words that jump cannot be read
    if (!face || !video || !labels || !pane || mirror.said.peek().length > 0) return;
    const { side, width } = roomBeside(face, video, { width: pane.clientWidth, height: pane.clientHeight });
    labels.classList.toggle("end", side === "end");
    labels.style.setProperty("--room", `${width}px`);
  });
  return (
    <ul class="friends" role="log" aria-label="What your friends say" aria-live="polite" ref={list}>
      {mirror.said.value.map((one) => (
        <li key={one.id} class="label">
          <span>
            <b dir="auto">{one.name}</b> <span dir="auto">{"text" in one ? one.text : sayReaction(one.reaction)}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}
