/**
 * What the three switches say. Each sentence tells what the code does with the answer; whoever changes the code
 * changes the sentence and the version, because the version is stored with every answer.
 */
export const consentTextVersion = "2026-11-21";

export type ConsentName = "presence" | "offers" | "mirror";
export type Consents = Record<ConsentName, boolean>;

export const noConsents: Consents = { presence: false, offers: false, mirror: false };

export const consentTexts: readonly { name: ConsentName; title: string; sentence: string }[] = [
  {
    name: "presence",
    title: "Where my basket is",
    sentence: "Your offers may follow where it is. The shop hears the basket, not this phone.",
  },
  {
    name: "offers",
    title: "Offers on this phone",
    sentence:
      "For things near your basket that are in stock. The reason stands beside each. Needs the switch above too.",
  },
  {
    name: "mirror",
    title: "The mirror may know my number",
    sentence: "The mirrors here do not use this yet. What you try on is tied to no one, on or off.",
  },
];
