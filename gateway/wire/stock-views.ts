/** What pages and other channels read of counts, planogram, reservations and demand; see views.ts. */

/** One witness of a count. */
export type Evidence = {
  by: "weight" | "rfid" | "camera" | "distance" | "person" | "till";
  /** How many it saw. */
  says: number;
  /** 0..1: how far its word goes. */
  sure: number;
  at: number;
  deviceId?: string;
};

/** More than one story explains what a shelf felt; nothing is counted until somebody or something tells. */
export type Doubt = {
  id: string;
  at: number;
  shelf: string;
  plates: number[];
  /** Negative when something left. */
  grams: number;
  candidates: { confidence: number; moves: { sku: string; plate: number; delta: number; stray?: true }[] }[];
};

/** Goods held for a customer: made -> ready (fetched) -> collected; or expired, or cancelled. */
export type Reservation = {
  id: string;
  sku: string;
  quantity: number;
  state: "made" | "ready" | "collected" | "expired" | "cancelled";
  label?: string;
  madeAt: number;
  /** A person, or `channel:<id>`. */
  madeBy?: string;
  expiresAt: number;
  /** Who fetched it. */
  by?: string;
  at: number;
};

/** Goods on their way from a supplier, or there: then `lines` is what truly came, `at` when and `by` who received it. */
export type Delivery = {
  id: string;
  state: "expected" | "received";
  lines: { sku: string; quantity: number }[];
  expectedAt: number;
  at: number;
  by: string;
};

/** One line of an item's ledger: goods move between accounts, and each account's balance is the sum of its lines. */
export type LedgerEntry = {
  at: number;
  journalId: number;
  cause:
    | "pick"
    | "put-back"
    | "restock"
    | "sale"
    | "return"
    | "count"
    | "move"
    | "shrink"
    | "correction"
    | "delivery"
    | "tag";
  quantity: number;
  /** "shelf:C1/2", "zone:knitwear", "hands", "stockroom", "aside", "sold", "lost", "outside", "unknown". */
  from: string;
  to: string;
  by?: string;
};

/** One product's stand on a plate. `x`, its middle, and `width` are shares of the plate, 0..1; left out: side by side, as listed. */
export type PlanogramFacing = {
  plate: number;
  sku: string;
  capacity: number;
  minimum: number;
  x?: number;
  width?: number;
};
export type Planogram = {
  /** 0: as in the configuration file. */
  version: number;
  at: number;
  by: string;
  note?: string;
  shelves: { id: string; plates: PlanogramFacing[] }[];
};

/** `changes`: places that came, went or were altered since the version before. */
export type PlanogramSummary = { version: number; at: number; by: string; note?: string; changes: number };
/** What saving would change, in words, or every reason why not. */
export type PlanogramTrial = { changes: string[]; problems: { field: string; detail: string }[] };

/** What is expected of one product in one hour, and how far such words were off lately. */
export type DemandHour = { hour: number; expected: number; actual?: number };
export type Demand = {
  sku: string;
  /** Local date, YYYY-MM-DD. */
  day: string;
  hours: DemandHour[];
  /** Mean absolute error of past hours, pieces; left out until there are some. */
  meanError?: number;
  /** Why, in a sentence. */
  why: string;
};
/** Fill this before the rush. */
export type RestockLine = {
  sku: string;
  shelf: string;
  plate: number;
  count: number;
  capacity: number;
  /** So many are expected to leave until `until`. */
  expected: number;
  quantity: number;
  emptyAt?: number;
  until: number;
};
/** How long a place of the planogram stood empty or low that day. */
export type PlaceDay = {
  shelf: string;
  plate: number;
  sku: string;
  emptyMs: number;
  lowMs: number;
  /** Its scale was silent that long: nobody knows what stood there, and it is not called available. */
  unheardMs?: number;
  /** Share of opening time so far with something to buy. */
  available: number;
  /** When it was empty, oldest first; the last one may be open. */
  empty: [from: number, until: number | null][];
};
export type AvailabilityDay = {
  /** Local date, YYYY-MM-DD. */
  day: string;
  /** Share of places with something on them, one point per quarter of an hour since opening. */
  points: { at: number; available: number }[];
  places: PlaceDay[];
};
