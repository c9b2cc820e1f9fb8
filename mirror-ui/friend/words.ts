import type { ShareView } from "#wire/views.ts";
import { money } from "../look/money.ts";
import { maxWordsLength } from "./limits.ts";
import type { Refused, Said } from "./talk.ts";
import type { Ending, Stage } from "./watching.ts";

export type Told = { title: string; sentence?: string };
export type Standing = {
  stage: Stage;
  ending: Ending;
  share: ShareView | undefined;
  owner: boolean;
  offline: boolean;
  /** The browser plays nothing before it is touched. */
  held: boolean;
  /** The browser takes no video from the computer it runs on, and the gateway runs there. */
  deafHere: boolean;
};

/** The headline and the sentence of each stage. The shop knows no names, so the friend stays "your friend". */
export function wordsFor({ stage, ending, share, owner, offline, held, deafHere }: Standing): Told {
  switch (stage) {
    case "asking":
    case "starting":
      return held
        ? {
            title: "The picture waits for you",
            sentence: "Your phone plays nothing by itself. Tap “Show the picture”.",
          }
        : { title: "The picture is coming" };
    case "live":
    case "back":
      return { title: share?.item ? "Your friend is trying this on" : "Your friend is at the mirror" };
    case "waiting":
      return {
        title: "Your friend is not showing anything right now",
        sentence: "Leave this open. The picture starts by itself when the mirror shows it again.",
      };
    case "preparing":
      return {
        title: "The shop is getting its video ready",
        sentence: "The first time takes a few minutes. Leave this open, the picture starts by itself.",
      };
    case "full":
      return {
        title: "All places are taken",
        sentence: "As many friends are watching as the mirror allows. You get in when one of them leaves.",
      };
    case "unreached":
      return {
        title: "The picture does not get through",
        sentence: deafHere
          ? "The shop’s video comes from this very computer, and Firefox takes none from there. Open the link in Chromium or Chrome."
          : "The shop answers, but its video does not reach you on this network. Try the shop’s Wi-Fi or another network. This page goes on trying by itself.",
      };
    case "unable":
      return {
        title: "This browser plays nothing live",
        sentence:
          "Open the link in Safari, Chrome or Firefox. Where that is what you use, live pictures are switched off: by Lockdown Mode on an iPhone, or by a privacy setting.",
      };
    case "lost":
      return offline
        ? {
            title: "You are offline",
            sentence: "The picture comes back by itself when you have a line again.",
          }
        : {
            title: "The mirror does not answer",
            sentence: "The shop’s line is quiet. The picture comes back by itself.",
          };
    case "clip":
      if (owner) return { title: "Here is your clip" };
      return { title: share?.item ? "Your friend tried this on" : "Your friend at the mirror" };
    case "over":
      return endings[ending];
  }
}

const endings: Record<Ending, Told> = {
  ended: {
    title: "This look has gone home",
    sentence: "Your friend’s link is closed, and nothing of it is kept. Ask for a new link to see more.",
  },
  "ran-out": {
    title: "This look has gone home",
    sentence:
      "The link’s time is over, and nothing of it is kept. You missed nothing your friend can’t show you again.",
  },
  removed: {
    title: "You were asked to leave",
    sentence:
      "Your friend goes on without you for now. It happens, by a slip of the finger too. Ask for a new link if you would like to come back.",
  },
  gone: {
    title: "This look has gone home",
    sentence:
      "There is nothing under this link. It ended a while ago, or lost a letter on its way to you. Ask for it once more.",
  },
  deleted: {
    title: "The clip is deleted",
    sentence: "Nothing of it is left, also not with us. Whoever opens the link now reads that it has gone home.",
  },
};

/** "Orso in tortoise, €140. Vitrine, Rue des Lisières 14" as far as the shop says it; the thing goes home with the look. */
export function whatAndWhere(share: ShareView | undefined, stage: Stage, locale: string): string {
  if (!share) return "";
  const item = stage === "over" ? undefined : share.item;
  const what =
    item && `${[item.name, item.note].filter(Boolean).join(", ")}, ${money(item.price, item.currency, locale)}.`;
  const where = [share.shopName, share.shopAddress].filter(Boolean).join(", ");
  return [what, where].filter(Boolean).join(" ");
}

/** What became of the friend's last word, for the line under the field. */
export function feedback(said: Said | undefined, name: string): string {
  switch (said?.state) {
    case undefined:
      return "";
    case "sending":
      return "On its way.";
    case "reaction":
      return "Your answer stands at the mirror.";
    case "words":
      return "Your line stands at the mirror.";
    case "name":
      return name ? `The mirror calls you ${name} now.` : "The mirror knows your name now.";
    case "refused":
      return said.why === "nobody-there" ? notListening[said.what] : refusals[said.why];
  }
}

/** Only a line stays in its field; an answer is not chosen any more, and a name is told again with the next line to the mirror. */
const notListening: Record<Extract<Said, { state: "refused" }>["what"], string> = {
  words: "The mirror is not listening right now. Your words wait here, try again in a moment.",
  reaction: "The mirror is not listening right now. Tap your answer again in a moment.",
  name: "The mirror is not listening right now. It hears your name when the picture is back.",
};

const refusals: Record<Exclude<Refused, "nobody-there">, string> = {
  "too-long": `That is more than one line. ${maxWordsLength} letters fit on the mirror.`,
  "too-often": "A little slower, so that your friend can read it. Try again in a few seconds.",
  "not-text": "The mirror can only show plain words. Try it another way.",
  broken: "The line broke before it arrived. Try again in a moment.",
};

/** "30 letters left" when it gets tight, "4 letters too many" beyond; nothing before. */
export function roomLeft(length: number): string {
  const left = maxWordsLength - length;
  if (left > 25) return "";
  const letters = (count: number) => `${count} ${count === 1 ? "letter" : "letters"}`;
  return left >= 0 ? `${letters(left)} left` : `${letters(-left)} too many`;
}

/** The shopper sees who watches; whoever watches should know. */
export function watchingWords(viewers: number | undefined): string {
  if (viewers === undefined || viewers < 2) return "Your friend sees that you watch";
  return `${viewers} watching, your friend sees it`;
}
