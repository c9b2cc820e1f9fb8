import { Icon } from "../look/icons.tsx";

/** Sound is off until somebody wants it: a phone in a tram must not begin to speak. */
export function SoundButton({ on, onClick }: { on: boolean; onClick(): void }) {
  return (
    <button type="button" class="b sound" aria-pressed={on} onClick={onClick}>
      <Icon name={on ? "volume" : "volume-off"} />
      {on ? "Sound is on" : "Tap for sound"}
    </button>
  );
}
