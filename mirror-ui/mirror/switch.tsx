import type { JSX } from "preact";

type Props = { title: string; sentence: string; on: boolean; busy?: boolean; onTurn: (on: boolean) => void };

/** One question with its switch, and what it means just now. The whole row can be touched. */
export function Switch({ title, sentence, on, busy = false, onTurn }: Props): JSX.Element {
  return (
    <button
      type="button"
      role="switch"
      class="turn"
      aria-checked={on}
      aria-busy={busy}
      onClick={() => busy || onTurn(!on)}
    >
      <span class={on ? "sw on" : "sw"} />
      <span>
        <b>{title}</b>
        <span class="f1 q">{sentence}</span>
      </span>
    </button>
  );
}
