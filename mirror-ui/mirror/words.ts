import type { Reaction } from "#wire/share-words.ts";
import { clockTime, type Place } from "../look/time.ts";
import type { ShopLine } from "./api.ts";
import type { Clip } from "./clip/clip.ts";
import type { Watermark } from "./clip/watermark.ts";
import type { Helping } from "./helping.ts";
import type { Problem } from "./mirror.ts";
import type { Live, Sharing } from "./sharing.ts";
import type { Sound } from "./sound.ts";

/** What the mirror says. A sentence that promises privacy follows what the code does, and is changed with it. */
export type Saying = { headline: string; text: string };

export function sayProblem(problem: Problem, atMs: number, place: Place): Saying {
  const at = clockTime(atMs, place);
  switch (problem) {
    case "denied":
      return {
        headline: "The camera may not be used",
        text: "This browser was told to keep the camera off. Somebody from the shop can allow it next to the address.",
      };
    case "missing":
      return { headline: "There is no camera", text: "Plug the camera in, then touch Try again." };
    case "busy":
      return {
        headline: "The camera is busy",
        text: "Another program holds it. Close that program, then touch Try again.",
      };
    case "insecure":
      return {
        headline: "This address may not use a camera",
        text: "Open the mirror on its own computer, or over https.",
      };
    case "camera-lost":
      return {
        headline: `The mirror lost its camera at ${at}`,
        text: "Plug the cable in again. The picture comes back by itself.",
      };
    case "vision":
      return {
        headline: "The mirror cannot find faces yet",
        text: "The part that sees where glasses sit did not start. Try again in a minute, or ask somebody from the shop.",
      };
    case "gateway":
      return {
        headline: `The shop's computer does not answer since ${at}`,
        text: "The mirror needs it to know what is here. Try again in a moment.",
      };
    case "not-signed-in":
      return {
        headline: "This mirror is not signed in",
        text: "Somebody from the shop opens it once with its key. Then it is ready for you.",
      };
    case "nothing-to-try":
      return {
        headline: "There is nothing to try on today",
        text: "The shop has no frames for this mirror at the moment.",
      };
  }
}

/** Words of the label under the real lens: who sees you, who hears you, and whether anything is kept. */
export function sayLens(mode: { trying: boolean; starting: boolean }, sharing: Sharing, clip: Clip): string {
  if (mode.starting) return "The camera is starting.";
  if (!mode.trying) return "The camera is off.";
  if (clip.state === "recording") {
    return sharing.state === "live"
      ? `Recording, and live. ${sayWatchers(sharing)}`
      : "Recording. Only on this mirror.";
  }
  if (sharing.state === "starting") return "Starting the live picture.";
  if (sharing.state === "live") {
    return sharing.broken ? "One moment, the picture comes back." : `Live. ${sayWatchers(sharing)}`;
  }
  if (clip.state === "review") return "The camera is on. Your clip is only on this mirror.";
  if (clip.state === "sending") return "The camera is on. Your clip goes to the shop's computer.";
  if (clip.state === "kept") return "The camera is on. The shop keeps your clip for you.";
  return "The camera is on. Nothing is kept.";
}

/** "2 friends watch and hear you." */
export function sayWatchers({ viewers, sound }: Live): string {
  const heard = sound === "on" ? " and hear you" : "";
  if (viewers.length === 0) return sound === "on" ? "Nobody watches yet. The microphone is on." : "Nobody watches yet.";
  return viewers.length === 1
    ? `1 friend watches${sound === "on" ? " and hears you" : ""}.`
    : `${viewers.length} friends watch${heard}.`;
}

/** What interrupts a screen reader, each once: others can see you, hear you, or you are recorded. */
export function sayAlarm(sharing: Sharing, clip: Clip): string {
  const live = sharing.state === "live";
  if (clip.state === "recording") return `Recording. ${live ? "Your friends still see you." : "Only on this mirror."}`;
  if (!live) return "";
  return sharing.sound === "on" ? "Friends hear you now." : "You are live. Others can see you now.";
}

export function sayShare(sharing: Sharing, place: Place): Saying {
  switch (sharing.state) {
    case "off":
      return sayOff(sharing.note);
    case "preparing":
      return {
        headline: `Getting ready, ${Math.round(sharing.progress * 100)} %`,
        text: `${sentence(sharing.step)} Sharing starts by itself when that is done.`,
      };
    case "starting":
      return { headline: "One moment", text: "The live picture is starting." };
    case "live":
      if (sharing.broken) return { headline: "One moment, the picture comes back", text: "The link stays the same." };
      return {
        headline: "Your friends can see you",
        text: `Whoever has the code can watch until ${clockTime(sharing.expiresAt, place)}, or until you stop.`,
      };
  }
}

/** The key that opens the list of viewers. */
export const sayWatching = (viewers: number) => (viewers === 0 ? "Nobody yet" : `${viewers} watching`);

/** Beside the switch of the microphone. */
export function saySound(sound: Sound): string {
  switch (sound) {
    case "off":
      return "Friends do not hear you.";
    case "asking":
      return "Asking for the microphone.";
    case "on":
      return "Friends hear you.";
    case "denied":
      return "The microphone may not be used. Friends still see you.";
  }
}

/** The three answers of a friend's page. */
export function sayReaction(reaction: Reaction): string {
  switch (reaction) {
    case "yes":
      return "Yes, this one";
    case "unsure":
      return "Not sure";
    case "another":
      return "Another";
  }
}

/** Beside the button that calls a person. */
export function sayHelp(helping: Helping): string {
  switch (helping.state) {
    case "none":
      return "";
    case "asking":
      return "One moment.";
    case "asked":
      return "We have told the shop. Somebody comes as soon as they can.";
    case "coming":
      return helping.by === undefined ? "Somebody is coming." : `${helping.by} is coming.`;
    case "failed":
      return helping.detail || "That did not reach the shop. Please ask at the till.";
  }
}

const sentence = (step: string) =>
  step === "" ? "" : `${step.charAt(0).toUpperCase()}${step.slice(1).replace(/\.$/, "")}.`;

function sayOff(note: "ended" | "refused" | undefined): Saying {
  switch (note) {
    case "ended":
      return {
        headline: "Nobody sees you now",
        text: "The live picture has ended, and its link with it. Nothing was kept.",
      };
    case "refused":
      return {
        headline: "It did not start",
        text: "The shop's computer could not send the picture. Try again, or ask us.",
      };
    case undefined:
      return {
        headline: "Show a friend",
        text: "A friend sees you live on a phone, as long as you like. Nothing is kept.",
      };
  }
}

/** What stands in the corner of a clip, and nowhere else. */
export function sayWatermark(shop: ShopLine | undefined, atMs: number): Watermark {
  const { name, locale, timeZone } = shop ?? { name: "", locale: "en", timeZone: "UTC" };
  const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric", timeZone });
  return { shop: name || "Vitrine", day: day.format(atMs) };
}
