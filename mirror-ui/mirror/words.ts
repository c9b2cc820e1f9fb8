import type { Helping } from "./helping.ts";
import type { Problem } from "./mirror.ts";
import type { Sharing } from "./sharing.ts";

/** What the mirror says. A sentence that promises privacy follows what the code does, and is changed with it. */
export type Saying = { headline: string; text: string };

const clock = (ms: number, locale: string) =>
  new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" }).format(ms);

export function sayProblem(problem: Problem, atMs: number, locale: string): Saying {
  const at = clock(atMs, locale);
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

/** Words of the label under the real lens. */
export function sayLens(trying: boolean, starting: boolean, sharing: Sharing): string {
  if (starting) return "The camera is starting.";
  if (!trying) return "The camera is off.";
  if (sharing.state === "starting") return "Starting the live picture.";
  if (sharing.state !== "live") return "The camera is on. Nothing is kept.";
  const { viewers } = sharing;
  if (viewers === 0) return "Live. Nobody watches yet.";
  return viewers === 1 ? "Live. 1 friend watches." : `Live. ${viewers} friends watch.`;
}

export function sayShare(sharing: Sharing, locale: string): Saying {
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
      return {
        headline: "Your friends can see you",
        text: `Whoever has the code can watch until ${clock(sharing.expiresAt, locale)}, or until you stop.`,
      };
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

function sayOff(note: "ended" | "lost" | "refused" | undefined): Saying {
  switch (note) {
    case "ended":
      return {
        headline: "Nobody sees you now",
        text: "The live picture has ended, and its link with it. Nothing was kept.",
      };
    case "lost":
      return {
        headline: "The live picture broke off",
        text: "Nobody sees you now. Touch the button to show a friend again.",
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
