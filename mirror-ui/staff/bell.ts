import { type ReadonlySignal, signal } from "@preact/signals";

/** Sound and vibration of this one device; both are off until somebody wants them. */
export type Bell = {
  sound: ReadonlySignal<boolean>;
  vibration: ReadonlySignal<boolean>;
  canVibrate: boolean;
  turn(what: "sound" | "vibration", on: boolean): void;
  /** Whatever it says is on the page in words too. */
  ring(): void;
};

const keptAs = "vitrine-staff-bell";
/** Two soft notes, a fifth apart: heard in a pocket, not across the shop. Hertz and seconds. */
const notes: [hertz: number, start: number][] = [
  [587.33, 0],
  [880, 0.14],
];
const noteSeconds = 0.32;
const loudness = 0.16;
const buzzMs = [90, 60, 90];

export function createBell(): Bell {
  const kept = recall();
  const sound = signal(kept.has("sound"));
  const vibration = signal(kept.has("vibration"));
  const canVibrate = typeof navigator.vibrate === "function";
  let audio: AudioContext | undefined;

  // A browser lets a page sound only once somebody has touched it.
  const wake = () => {
    if (!sound.peek()) return;
    audio ??= new AudioContext();
    if (audio.state === "suspended") void audio.resume();
  };
  addEventListener("pointerdown", wake);
  addEventListener("keydown", wake);

  function ring(): void {
    if (sound.peek() && audio?.state === "running") play(audio);
    if (vibration.peek() && canVibrate) navigator.vibrate(buzzMs);
  }

  return {
    sound,
    vibration,
    canVibrate,
    turn(what, on) {
      (what === "sound" ? sound : vibration).value = on;
      remember([...(sound.peek() ? ["sound"] : []), ...(vibration.peek() ? ["vibration"] : [])]);
      if (!on) return;
      wake();
      // So that whoever turned it on knows it again; the context may need a moment to wake.
      if (what === "sound" && audio) void audio.resume().then(() => audio && play(audio));
      else ring();
    },
    ring,
  };
}

function play(audio: AudioContext): void {
  for (const [hertz, start] of notes) {
    const [tone, volume, at] = [audio.createOscillator(), audio.createGain(), audio.currentTime + start];
    tone.type = "sine";
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(loudness, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + noteSeconds);
    tone.connect(volume).connect(audio.destination);
    tone.start(at);
    tone.stop(at + noteSeconds);
  }
}

function recall(): Set<string> {
  try {
    return new Set((localStorage.getItem(keptAs) ?? "").split(" "));
  } catch {
    return new Set();
  }
}

function remember(on: string[]): void {
  try {
    if (on.length > 0) localStorage.setItem(keptAs, on.join(" "));
    else localStorage.removeItem(keptAs);
  } catch {
    // A browser that keeps nothing is quiet again next time.
  }
}
