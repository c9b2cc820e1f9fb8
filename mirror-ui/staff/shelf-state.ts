import type { Doubt, Evidence } from "#wire/stock-views.ts";
import type { Device, Shop, StockItem, StockPlace } from "#wire/views.ts";
import { clockTime } from "../look/time.ts";
import { staffName } from "./words.ts";

/** The four drawings of a bay: empty, low, full, and not seen at all. */
export type BayState = "stop" | "wait" | "fine" | "unseen";

/** One product on one plate: a plate may carry several of these, and a product may stand on several plates. */
export type PlateView = {
  plate: number;
  sku: string;
  item: StockItem | undefined;
  /** undefined: the plate has not said anything yet. */
  count: number | undefined;
  capacity: number;
  minimum: number;
  confidence: number;
  state: BayState;
  /** It does not belong here. */
  stray?: true;
  /** Something happened on its plate that nobody could explain yet. */
  doubted?: true;
  evidence?: Evidence[];
  /** Middle and width of its place as shares of the plate, 0..1, where the planogram says them. */
  x?: number;
  width?: number;
};

export type ShelfView = {
  shelf: Shop["shelves"][number];
  state: BayState;
  /** What belongs here, plate by plate, and behind it what does not. */
  plates: PlateView[];
  doubts: Doubt[];
  answers: boolean;
};

/** Below this a count is a guess, and a guess is not shown as a fact. */
const doubtful = 0.5;

/** A shelf as it stands: its plates with their counts, and the worst of them for the plan. */
export function viewShelf(
  shelf: Shop["shelves"][number],
  stock: ReadonlyMap<string, StockItem>,
  devices: ReadonlyMap<string, Device>,
  allDoubts: readonly Doubt[] = [],
): ShelfView {
  const answers = devices.get(shelf.device ?? shelf.id)?.state !== "offline";
  const doubts = allDoubts.filter((doubt) => doubt.shelf === shelf.id);
  const doubted = new Set(doubts.flatMap(({ plates }) => plates));
  const facings = shelf.plates.map((facing): PlateView => {
    const item = stock.get(facing.sku);
    const place = item?.places.find((one) => one.shelf === shelf.id && one.plate === facing.plate);
    return {
      ...facing,
      item,
      ...seenAt(place),
      state: plateState(place, facing.minimum),
      ...(doubted.has(facing.plate) ? { doubted: true } : {}),
    };
  });
  const plates = [...facings, ...straysOn(shelf, stock)];
  return { shelf, plates, doubts, answers, state: answers ? worst(plates) : "unseen" };
}

function seenAt(place: StockPlace | undefined) {
  return {
    count: place?.count,
    confidence: place?.confidence ?? 0,
    ...(place?.evidence && place.evidence.length > 0 ? { evidence: place.evidence } : {}),
  };
}

function straysOn(shelf: Shop["shelves"][number], stock: ReadonlyMap<string, StockItem>): PlateView[] {
  const belongs = new Set(shelf.plates.map(({ plate, sku }) => `${plate}/${sku}`));
  const strays: PlateView[] = [];
  for (const item of stock.values()) {
    for (const place of item.places) {
      const isHere = place.shelf === shelf.id && place.count > 0 && !belongs.has(`${place.plate}/${item.sku}`);
      if (!isHere) continue;
      const about = { plate: place.plate, sku: item.sku, item, capacity: place.count, minimum: 0 };
      strays.push({ ...about, ...seenAt(place), state: "unseen", stray: true });
    }
  }
  return strays.sort((a, b) => a.plate - b.plate || a.sku.localeCompare(b.sku));
}

function plateState(place: StockPlace | undefined, minimum: number): BayState {
  if (!place || place.confidence < doubtful) return "unseen";
  if (place.count <= 0) return "stop";
  return place.count <= minimum ? "wait" : "fine";
}

function worst(plates: PlateView[]): BayState {
  const order: BayState[] = ["stop", "wait", "unseen", "fine"];
  return order.find((state) => plates.some((plate) => plate.state === state)) ?? "unseen";
}

/** "2 empty, 1 low", "full", "does not answer". */
export function shelfWords({ plates, answers }: ShelfView): string {
  if (!answers) return "does not answer";
  const count = (state: BayState) => plates.filter((plate) => plate.state === state && !plate.stray).length;
  const strays = plates.filter(({ stray }) => stray).length;
  const parts = [
    [count("stop"), "empty"],
    [count("wait"), "low"],
    [count("unseen"), "not sure"],
    [strays, "out of place"],
  ] as const;
  const said = parts.filter(([number]) => number > 0).map(([number, word]) => `${number} ${word}`);
  return said.length > 0 ? said.join(", ") : "full";
}

/** How sure a count is, in words; the number stands beside it. */
export function sureWords(confidence: number): string {
  if (confidence >= 0.9) return "sure";
  if (confidence >= 0.75) return "fairly sure";
  if (confidence >= doubtful) return "not quite sure";
  return "a guess";
}

/** "Scale 6, camera 5, counted 6 by hand at 14:20": what a count rests on, the strongest first. */
export function evidenceWords(evidence: readonly Evidence[], shop: Shop): string {
  const text = evidence.map((one) => witnessWords(one, shop)).join(", ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function witnessWords({ by, says, at, deviceId = "" }: Evidence, shop: Shop): string {
  switch (by) {
    case "weight":
      return `scale says ${says}`;
    case "camera":
      return `camera sees ${says}`;
    case "rfid":
      return `tags say ${says}`;
    case "distance":
      return `distance says ${says}`;
    case "till":
      return `till says ${says} at ${clockTime(at, shop)}`;
    case "person": {
      const who = shop.staff.some(({ id }) => id === deviceId) ? staffName(deviceId, shop) : "hand";
      return `counted ${says} by ${who} at ${clockTime(at, shop)}`;
    }
  }
}
