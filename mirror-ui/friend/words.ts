import type { ShareView } from "#wire/views.ts";
import { money } from "../look/money.ts";
import type { Stage } from "./watching.ts";

/** The headline and the sentence of each stage. The shop knows no names, so the friend stays "your friend". */
export function wordsFor(stage: Stage, share: ShareView | undefined): { title: string; sentence?: string } {
  switch (stage) {
    case "asking":
    case "starting":
      return { title: "The picture is coming" };
    case "live":
      return { title: share?.item ? "Your friend is trying this on" : "Your friend is at the mirror" };
    case "waiting":
      return {
        title: "Your friend is not showing anything right now",
        sentence: "Leave this open. The picture starts by itself when the mirror shows it again.",
      };
    case "full":
      return {
        title: "All places are taken",
        sentence: "As many friends are watching as the mirror allows. You get in when one of them leaves.",
      };
    case "lost":
      return {
        title: "The mirror does not answer",
        sentence: "The shop’s line is quiet. The picture comes back by itself.",
      };
    case "over":
      return {
        title: "This look has gone home",
        sentence:
          "Your friend’s link is closed. It was a live picture, so there is nothing left to play. Ask for a new link to see more.",
      };
  }
}

/** "Orso in tortoise, €140. Vitrine, Rue des Lisières 14" as far as the shop says it; the thing goes home with the look. */
export function whatAndWhere(share: ShareView | undefined, stage: Stage, locale: string): string {
  if (!share) return "";
  const item = stage === "over" ? undefined : share.item;
  const what =
    item && `${[item.name, item.note].filter(Boolean).join(", ")}, ${money(item.price, item.currency, locale)}.`;
  const where = [share.shopName, share.shopAddress].filter(Boolean).join(", ");
  return [what, where].filter(Boolean).join(" ");
}
