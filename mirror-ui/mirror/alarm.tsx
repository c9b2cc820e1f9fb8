import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import type { Mirror } from "./mirror.ts";
import { sayAlarm } from "./words.ts";

/** The one thing that may interrupt a screen reader: from now on others can see you, hear you, or you are recorded. */
export function Alarm({ mirror }: { mirror: Mirror }): JSX.Element {
  const words = useComputed(() => sayAlarm(mirror.sharing.value, mirror.clips.clip.value));
  return (
    <p class="unseen-words" aria-live="assertive">
      {words}
    </p>
  );
}
