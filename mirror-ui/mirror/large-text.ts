import { signal } from "@preact/signals";

/** Larger text for this visit; the next person starts with the usual size. */
export const isLargeText = signal(false);

export function setLargeText(on: boolean) {
  isLargeText.value = on;
  document.documentElement.classList.toggle("large", on);
}

export const toggleLargeText = () => setLargeText(!isLargeText.value);
