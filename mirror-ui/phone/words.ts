import type { Offer, ShopCard } from "#wire/views.ts";
import { money } from "../look/money.ts";
import { ago, clockTime, dayAndTime } from "../look/time.ts";

/** What prices and times need of the shop. Without a currency an amount is written bare: none is made up. */
export type Manners = Pick<ShopCard, "locale" | "timeZone"> & { currency?: string; closes?: string };

const oneThing = new Set(
  "bag balm beanie belt beret blouse bucket candle cap cardigan cleanser coat cream dress hat jacket jumper knit lipstick mask mist oil parka parfum perfume pullover ring scarf serum shawl shirt skirt soap sweater toner tote vest watch".split(
    " ",
  ),
);
const aPair = new Set("boots earrings frames glasses gloves mittens shoes socks sunglasses trousers".split(" "));

/** "this coat" after "Quay coat", "these glasses" after the picture of Orso; a thing with no plain noun keeps its name. */
export function thing({ name, picture }: Pick<Offer, "name" | "picture">): string {
  const kind = name.split(",")[0]?.replace(/ [\d.]+ ?(ml|g|cl)$/, "") ?? "";
  for (const noun of [kind.split(" ").at(-1)?.toLowerCase() ?? "", picture.split("-")[0] ?? ""]) {
    if (oneThing.has(noun)) return `this ${noun}`;
    if (aPair.has(noun)) return `these ${noun}`;
  }
  return name;
}

/** "Quay coat, 38". */
export function fullName(offer: Offer): string {
  return offer.size ? `${offer.name}, ${offer.size}` : offer.name;
}

export function amount(minor: number, manners: Manners): string {
  return manners.currency ? money(minor, manners.currency, manners.locale) : (minor / 100).toFixed(2);
}

/** The offer in two lines: "€63 off this coat," and "today only". */
export function headline(offer: Offer, manners: Manners, now: number): [string, string] {
  return [
    `${amount(offer.price - offer.offerPrice, manners)} off ${thing(offer)},`,
    dayOf(offer.expiresAt, now, manners) === "today" ? "today only" : `until ${dayOf(offer.expiresAt, now, manners)}`,
  ];
}

/** "until the shop closes at 19:30", "until 17:40", "until tomorrow, 10:15". */
export function untilWhen(offer: Offer, manners: Manners, now: number): string {
  const time = clockTime(offer.expiresAt, manners);
  const day = dayOf(offer.expiresAt, now, manners);
  if (day !== "today") return `until ${day}, ${time}`;
  return time === manners.closes ? `until the shop closes at ${time}` : `until ${time}`;
}

/** When it came, for the corner of the page: "just now, 14:52". */
export function cameWhen(offer: Offer, manners: Manners, now: number): string {
  const time = dayAndTime(offer.issuedAt, now, manners);
  return now - offer.issuedAt < 3_600_000 ? `${ago(offer.issuedAt, now, manners.locale)}, ${time}` : time;
}

/** How the offer stands now: the shop's word, and this clock once the time is up. */
export function standing(offer: Offer, now: number): Offer["state"] {
  return offer.state === "fresh" && offer.expiresAt <= now ? "over" : offer.state;
}

/** "Used today at 15:10" and "Ended yesterday", for an offer that no longer works. */
export function endedWhen(offer: Offer, manners: Manners, now: number): string {
  if (offer.state === "used") {
    if (offer.usedAt === undefined) return "Used";
    return `Used ${dayOf(offer.usedAt, now, manners)} at ${clockTime(offer.usedAt, manners)}`;
  }
  const day = dayOf(offer.expiresAt, now, manners);
  return day === "today" ? `Ended today at ${clockTime(offer.expiresAt, manners)}` : `Ended ${day}`;
}

/** The code as it is read aloud: even groups of four at most, so that it survives a noisy till. */
export function codeGroups(code: string): string[] {
  const plain = code.replace(/[^0-9A-Za-z]/g, "").toUpperCase();
  const count = Math.ceil(plain.length / 4);
  const start = (group: number) => Math.ceil((group * plain.length) / count);
  return Array.from({ length: count }, (_, group) => plain.slice(start(group), start(group + 1)));
}

function dayOf(at: number, now: number, manners: Manners): string {
  const day = (time: number) =>
    new Intl.DateTimeFormat("en-CA", { timeZone: manners.timeZone, dateStyle: "short" }).format(time);
  const dayMs = 86_400_000;
  if (day(at) === day(now)) return "today";
  if (day(at) === day(now + dayMs)) return "tomorrow";
  if (day(at) === day(now - dayMs)) return "yesterday";
  return new Intl.DateTimeFormat(manners.locale, {
    timeZone: manners.timeZone,
    ...(Math.abs(at - now) < 6 * dayMs ? { weekday: "long" } : { day: "numeric", month: "long" }),
  }).format(at);
}
