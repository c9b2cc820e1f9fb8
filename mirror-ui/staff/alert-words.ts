import type { Doubt } from "#wire/stock-views.ts";
import type { Alert, Shop, StockItem, StockPlace } from "#wire/views.ts";
import { money } from "../look/money.ts";
import { lasting } from "../look/time.ts";
import { deliveryWords, deviceWords, fetchWords, helpWords, moreWords, putBackWords } from "./task-words.ts";
import { type AlertWords, capital, type Given, type Known, listed, nameOf, staffName, zoneName } from "./words.ts";

/** What happened, where, and what there is to know before walking there. */
export function alertWords(alert: Alert, known: Known): AlertWords {
  const given = wordsOf(alert, known);
  return { short: given.title, subject: given.title, refute: "Not so", ...given };
}

function wordsOf(alert: Alert, known: Known): Given {
  switch (alert.kind) {
    case "empty":
    case "low":
      return (alert.plates?.length ?? 0) > 1 ? groupWords(alert, known) : goodsWords(alert, known);
    case "gap":
      return gapWords(alert, known);
    case "misplaced":
      return misplacedWords(alert, known);
    case "doubt":
      return doubtWords(alert, known);
    case "sweep":
      return sweepWords(alert, known);
    case "delivery":
      return deliveryWords(alert, known);
    case "fetch":
      return fetchWords(alert, known);
    case "put-back":
      return putBackWords(alert, known);
    case "help":
      return helpWords(alert, known);
    case "more":
      return moreWords(alert);
    case "device-down":
      return deviceWords(alert, known);
  }
}

const onShelf = ({ shelf }: Alert) => (shelf ? `Shelf ${shelf}` : "The floor");

function goodsWords(alert: Alert, known: Known): Given {
  const item = alert.sku ? known.stock.get(alert.sku) : undefined;
  const name = nameOf(alert.sku, known);
  const shelf = known.shop.shelves.find(({ id }) => id === alert.shelf);
  const place = item?.places.find((one) => one.shelf === alert.shelf && one.plate === alert.plate);
  const where = onShelf(alert);
  const what = alert.kind === "low" ? "is low" : shelf && shelf.plates.length > 1 ? "has a gap" : "is empty";
  return {
    title: `${where} ${what}`,
    detail: [name, countWords(alert, item, place)].filter(Boolean).join(", "),
    short: `${where} ${what}, ${name}`,
    subject: `${where}, ${name}`,
    done: "Filled",
    doneTitle: `${name} filled${alert.shelf ? ` on ${alert.shelf}` : ""}`,
    refute: alert.kind === "low" ? "It is not low" : "It is not empty",
  };
}

function countWords(alert: Alert, item: StockItem | undefined, place: StockPlace | undefined): string | undefined {
  if (!item || !place) return undefined;
  const elsewhere = item.places.filter((one) => one.shelf !== alert.shelf && one.count > 0);
  const other = elsewhere[0] ? `, ${elsewhere[0].count} on ${elsewhere[0].shelf}` : "";
  return `${place.count} of ${place.capacity}${other}`;
}

/** Several plates of one shelf at once: one walk, one row. */
function groupWords(alert: Alert, known: Known): Given {
  const plates = new Set(alert.plates);
  const shelf = known.shop.shelves.find(({ id }) => id === alert.shelf);
  const skus = alert.skus ?? shelf?.plates.filter(({ plate }) => plates.has(plate)).map(({ sku }) => sku) ?? [];
  const names = [...new Set(skus.map((sku) => nameOf(sku, known)))];
  const where = onShelf(alert);
  const what = alert.kind === "low" ? `is low in ${plates.size} places` : `has ${plates.size} gaps`;
  return {
    title: `${where} ${what}`,
    detail: listed(names, 2),
    subject: where,
    done: "Filled",
    doneTitle: `${plates.size} places filled${alert.shelf ? ` on ${alert.shelf}` : ""}`,
  };
}

function gapWords(alert: Alert, known: Known): Given {
  const name = nameOf(alert.sku, known);
  const place = alert.plate === undefined ? "A place" : `Plate ${alert.plate}`;
  return {
    title: `${place} of ${alert.shelf ?? "a shelf"} was never filled`,
    detail: `${name} belongs there`,
    short: `${place} of ${alert.shelf ?? "a shelf"} was never filled, ${name}`,
    subject: `${onShelf(alert)}, ${name}`,
    done: "Filled",
    doneTitle: `${name} filled on ${alert.shelf ?? "its shelf"}`,
    refute: "It is filled",
  };
}

function misplacedWords(alert: Alert, known: Known): Given {
  const pieces = alert.quantity !== undefined && alert.quantity > 1 ? `${alert.quantity} × ` : "";
  const name = pieces + nameOf(alert.sku, known);
  const home = known.shop.shelves.find(({ plates }) => plates.some(({ sku }) => sku === alert.sku));
  const lies = `${name} ${pieces ? "lie" : "lies"} on ${alert.shelf ?? zoneName(alert.zone ?? "the floor", known.shop)}`;
  return {
    title: lies,
    detail: home
      ? `${pieces ? "They belong" : "It belongs"} on ${home.id}, ${home.name}`
      : "It belongs nowhere in the shop",
    short: home ? `${lies}, ${pieces ? "belong" : "belongs"} on ${home.id}` : lies,
    subject: name,
    done: "Put back",
    doneTitle: `${name} put back`,
  };
}

function doubtWords(alert: Alert, known: Known): Given {
  const doubt = alert.doubtId === undefined ? undefined : known.doubts.get(alert.doubtId);
  const where = alert.shelf ?? doubt?.shelf ?? "a shelf";
  const title = !doubt
    ? `Something changed on ${where}`
    : doubt.grams < 0
      ? `Something left ${where}`
      : `Something came to ${where}`;
  const choices = doubt ? candidateNames(doubt, known) : [];
  return {
    title,
    detail: choices.length > 0 ? `${listed(choices, 3, "or")}?` : "Look what it was, and count it",
    short: choices.length > 0 ? `${title}: ${listed(choices, 2, "or")}?` : title,
    subject: title,
    done: "I looked",
    doneTitle: `What changed on ${where} is known`,
  };
}

/** What each candidate of a doubt says, the likeliest first: "Soap, cedar", "2 × Soap, oat", "Hat out, scarf in". */
export function candidateNames(doubt: Doubt, known: Known): string[] {
  const plain = doubt.candidates.map(({ moves }) => movesWords(moves, known, false));
  // The same goods on two plates of a shelf are told apart by the plate.
  return plain.map((words, index) => {
    const isTwin = plain.some((other, at) => at !== index && other === words);
    return isTwin ? movesWords(doubt.candidates[index]?.moves ?? [], known, true) : words;
  });
}

type Moves = Doubt["candidates"][number]["moves"];

function movesWords(moves: Moves, known: Known, withPlate: boolean): string {
  const isExchange = moves.some(({ delta }) => delta < 0) && moves.some(({ delta }) => delta > 0);
  const words = moves.map(({ sku, plate, delta }) => {
    const pieces = Math.abs(delta) === 1 ? "" : `${Math.abs(delta)} × `;
    const way = !isExchange ? "" : delta < 0 ? " out" : " in";
    return `${pieces}${nameOf(sku, known)}${withPlate ? ` of plate ${plate}` : ""}${way}`;
  });
  return words.length === 0 ? "Nothing" : listed(words, 4);
}

/** The gateway says how much left, within how long and what it is worth; with less than that, what there is is said. */
function sweepWords(alert: Alert, known: Known): Given {
  const { shop } = known;
  const where = alert.shelf ?? (alert.zone ? zoneName(alert.zone, shop) : "a shelf");
  const [told, worthTold] = (alert.note ?? "").replace(/\.$/, "").split(", ");
  const title = told || `${alert.quantity ?? "Many"} pieces left ${where} within seconds`;
  const worth =
    worthTold ??
    (alert.value === undefined ? undefined : `about ${money(wholeUnits(alert.value), shop.currency, shop.locale)}`);
  const detail = [alert.sku ? nameOf(alert.sku, known) : undefined, worth].filter(Boolean).join(", ");
  return {
    title,
    detail: detail === "" ? "Go and look" : capital(detail),
    short: worth ? `${title}, ${worth}` : title,
    subject: `Sweep at ${where}`,
    done: "I looked",
    doneTitle: `Looked after ${where}`,
  };
}

/** "About €240", not "about €239.85". */
const wholeUnits = (minor: number) => Math.round(minor / 100) * 100;

/** "Nobody has looked for 6 min": said of what was escalated and still is nobody's, and of what somebody let go. */
export function escalatedWords(alert: Alert, now: number, shop: Shop): string | undefined {
  if (alert.by !== undefined) return undefined;
  if (alert.releasedFrom !== undefined)
    return `${staffName(alert.releasedFrom, shop)} had taken it and could not finish`;
  if (!alert.escalated) return undefined;
  const waited = lasting(now - alert.openedAt, shop.locale);
  return waited === "now" ? "Nobody has looked yet" : `Nobody has looked for ${waited}`;
}
