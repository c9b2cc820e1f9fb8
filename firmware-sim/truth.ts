/** What truly happened, whatever the sensors made of it. One JSON line each; `at` is simulated epoch ms. */
export type Truth =
  | { at: number; kind: "shop"; seed: string; scenario: string; receiverZones: string[] }
  | PlateTruth
  | MoveTruth
  | { at: number; kind: "zone"; carrier: string; zone?: string; from?: string }
  | { at: number; kind: "people"; zone: string; people: number }
  | { at: number; kind: "arrived" | "left"; person: string; basket?: number }
  | { at: number; kind: "paid"; person: string; items: number }
  | { at: number; kind: "mirror"; mirror: string; present: boolean }
  | { at: number; kind: "fault"; device: string; fault: string };

/** How many items lie on a plate: said for every plate at the start and at the end. `foreign` lie there by mistake. */
export type PlateTruth = {
  at: number;
  kind: "stock";
  shelf: string;
  plate: number;
  sku: string;
  count: number;
  foreign: number;
};

/** Items left or reached a plate. `sku` is the item's; `count` is how many of the place's own product lie there afterwards. */
export type MoveTruth = {
  at: number;
  kind: "pick" | "put-back" | "restock";
  by: string;
  shelf: string;
  plate: number;
  sku: string;
  quantity: number;
  count: number;
  /** The item does not belong here: this product's place it is. */
  misplacedOn?: string;
};

export type TellTruth = (truth: Truth) => void;
