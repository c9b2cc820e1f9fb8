import type { Device, Shop, StockItem } from "#wire/views.ts";

/** The four drawings of a bay: empty, low, full, and not seen at all. */
export type BayState = "stop" | "wait" | "fine" | "unseen";

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
};

export type ShelfView = { shelf: Shop["shelves"][number]; state: BayState; plates: PlateView[]; answers: boolean };

/** Below this a count is a guess, and a guess is not shown as a fact. */
const doubtful = 0.5;

/** A shelf as it stands: its plates with their counts, and the worst of them for the plan. */
export function viewShelf(
  shelf: Shop["shelves"][number],
  stock: ReadonlyMap<string, StockItem>,
  devices: ReadonlyMap<string, Device>,
): ShelfView {
  const answers = devices.get(shelf.device ?? shelf.id)?.state !== "offline";
  const plates = shelf.plates.map(({ plate, sku, capacity, minimum }): PlateView => {
    const item = stock.get(sku);
    const place = item?.places.find((one) => one.shelf === shelf.id && one.plate === plate);
    const confidence = place?.confidence ?? 0;
    return { plate, sku, item, count: place?.count, capacity, minimum, confidence, state: plateState(place, minimum) };
  });
  return { shelf, plates, answers, state: answers ? worst(plates) : "unseen" };
}

function plateState(place: StockItem["places"][number] | undefined, minimum: number): BayState {
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
  const count = (state: BayState) => plates.filter((plate) => plate.state === state).length;
  const parts = [
    [count("stop"), "empty"],
    [count("wait"), "low"],
    [count("unseen"), "not sure"],
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
