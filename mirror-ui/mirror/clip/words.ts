import { clockTime, type Place } from "../../look/time.ts";
import type { Clip } from "./clip.ts";

/** What the mirror says about a clip. A sentence that promises privacy follows what the code does. */
export function sayClip(clip: Clip, place: Place, now: number): { headline: string; text: string } {
  switch (clip.state) {
    case "none":
      return { headline: "", text: "" };
    case "counting":
      return { headline: COUNT[clip.left] ?? "", text: "Ten seconds, without sound. Look at the mirror." };
    case "recording":
      return {
        headline: "Turn slowly, show every side",
        text: "The clip stays on this mirror and goes nowhere unless you send it.",
      };
    case "review":
      return clip.note === undefined
        ? {
            headline: "This is your clip",
            text: "It is only on this mirror. When you finish or walk away, it is thrown away, unless you send it.",
          }
        : {
            headline: "It could not be sent",
            text: `${clip.note || "The shop's computer does not answer."} Your clip is still here. Send it again, or ask us.`,
          };
    case "sending":
      return {
        headline: `Sending, ${Math.round(clip.sent * 100)} %`,
        text: clip.waiting ? "The line is quiet. It goes on by itself." : "To the shop's own computer, and no further.",
      };
    case "kept":
      return {
        headline: clip.problem === undefined ? "Scan it with your phone" : "It is still there",
        text:
          clip.problem === undefined
            ? `Kept until ${until(clip.expiresAt, now, place)}. Your phone can send it on, or delete it.`
            : "The shop's computer did not answer. Touch Delete it now once more.",
      };
  }
}

/** Beside the switch of the link's preview. */
export function sayPreview(showsPerson: boolean, product: string | undefined): string {
  if (showsPerson) return "Whoever gets the link sees your face before they open it.";
  return product === undefined ? "The preview is a drawing." : `The preview is a drawing of the ${product}.`;
}

/** Why there is no clip any more, beside the key that records one. */
export function sayNoClip(note: "thrown" | "deleted" | "unrecorded" | undefined): string {
  switch (note) {
    case "thrown":
      return "Thrown away. Nothing of it is left.";
    case "deleted":
      return "Deleted. Its link is closed, and nothing of it is left.";
    case "unrecorded":
      return "It could not be recorded here.";
    case undefined:
      return "";
  }
}

const COUNT: Record<number, string> = { 3: "Three", 2: "Two", 1: "One" };

/** "14:41", "14:41 tomorrow", later "14:41 on Monday". */
function until(at: number, now: number, place: Place): string {
  const { locale, timeZone } = place;
  const day = (ms: number) => new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" }).format(ms);
  const time = clockTime(at, place);
  if (day(at) === day(now)) return time;
  if (day(at) === day(now + DAY_MS)) return `${time} tomorrow`;
  const isWeek = at - now < 6 * DAY_MS;
  const options: Intl.DateTimeFormatOptions = isWeek ? { weekday: "long" } : { day: "numeric", month: "long" };
  return `${time} on ${new Intl.DateTimeFormat(locale, { ...options, timeZone }).format(at)}`;
}

const DAY_MS = 86_400_000;
