/** What happens to goods; the part of events.ts that tells of shelves and stock. */
export type StockEvent =
  /** A scale was set to zero: what a plate shows from now on is `tareGrams` plus its goods. */
  | { type: "plate-tared"; at: number; shelf: string; plate: number; sku: string; tareGrams: number; by: string }
  | {
      type: "stock-changed";
      at: number;
      shelf: string;
      plate: number;
      sku: string;
      count: number;
      previous: number;
      grams: number;
      /** 0..1: how sure the count is. */
      confidence: number;
      source: Source;
      /** Why it changed; of older journals it is left out, and follows from the sign. */
      cause?: StockCause;
      /** It does not belong here by the planogram. */
      stray?: true;
      /** What one pair of hands did at once shares this. */
      changeId?: string;
      /** Which witness said so; left out: a scale, or a person who settled a doubt. */
      by?: "camera" | "distance";
      /** What one piece weighed, where that was measured; standard deviation with it. */
      item?: { grams: number; sdGrams: number };
      /** Where along the shelf it was, in plates: 0 is the middle of the first. */
      x?: number;
      /** Where other plates of the shelf stand since: a piece's edge lay on them. Grams. */
      beside?: { plate: number; grams: number }[];
    }
  /** The weight changed, and more than one story explains it: nothing is counted until somebody or something tells. */
  | {
      type: "change-doubted";
      at: number;
      doubtId: string;
      shelf: string;
      plates: number[];
      /** The whole step; negative when something left. */
      grams: number;
      /** What each of `plates` felt of it. */
      steps?: number[];
      /** The likeliest first, five at most; what is missing to 1 is "none of these". */
      candidates: DoubtedChange[];
      source: Source;
    }
  /** Counts that follow from it are events of their own, in the same commit. */
  | {
      type: "doubt-settled";
      at: number;
      doubtId: string;
      shelf: string;
      plates: number[];
      how: "evidence" | "person" | "overtaken";
      /** Which of the candidates; left out: none of them. */
      candidate?: number;
      by?: string;
    }
  | { type: "plate-doubted"; at: number; shelf: string; plate: number; sku: string; grams: number; reason: string }
  | { type: "tag-arrived"; at: number; epc: string; sku: string; zone: string; source: Source }
  /** Heard elsewhere in the shop, and much better there. */
  | { type: "tag-moved"; at: number; epc: string; sku: string; from: string; zone: string; source: Source }
  | { type: "tag-departed"; at: number; epc: string; sku: string; zone: string }
  | {
      type: "stock-counted";
      at: number;
      sku: string;
      shelf: string;
      plate: number;
      count: number;
      /** What the scale shows beyond the counted goods. */
      tareGrams: number;
      by: string;
    }
  /** The whole planogram as it is from now on, so that applying it twice changes nothing. */
  | {
      type: "planogram-changed";
      at: number;
      version: number;
      by: string;
      note?: string;
      /** Hash of the configuration file's own planogram when this was made: a newer file takes over. */
      basis: string;
      shelves: { id: string; plates: Facing[] }[];
    }
  /** The till sold it, or took it back: then `quantity` is negative. */
  | {
      type: "sale-made";
      at: number;
      saleId: string;
      key: string;
      lines: { sku: string; quantity: number }[];
      by: string;
    }
  /** Gone without a sale: lost, broken, stolen. */
  | {
      type: "stock-written-off";
      at: number;
      sku: string;
      quantity: number;
      reason: string;
      by: string;
      /** Of whoever might ask twice; see the Idempotency-Key of HTTP. */
      key?: string;
    }
  /** After closing: what is in hands still (above 0, and no till says what was sold), or left unseen (below 0), is so no more. */
  | { type: "hands-settled"; at: number; lines: { sku: string; quantity: number }[] }
  | {
      type: "delivery-expected";
      at: number;
      deliveryId: string;
      key: string;
      lines: { sku: string; quantity: number }[];
      expectedAt: number;
      by: string;
    }
  | {
      type: "delivery-received";
      at: number;
      deliveryId: string;
      lines: { sku: string; quantity: number }[];
      by: string;
    }
  | {
      type: "reservation-made";
      at: number;
      reservationId: string;
      sku: string;
      quantity: number;
      key: string;
      /** Left out: two hours after `at`. */
      expiresAt?: number;
      /** What the customer is called at the counter: a first name or a number, never more. */
      label?: string;
      /** Who asked: a person, or `channel:<id>`; left out by earlier versions. */
      by?: string;
    }
  /** Fetched and put aside: it is not on the shelf any more. */
  | { type: "reservation-ready"; at: number; reservationId: string; sku: string; by: string; expiresAt: number }
  | {
      type: "reservation-ended";
      at: number;
      reservationId: string;
      sku: string;
      reason: "collected" | "expired" | "cancelled";
    };

/** One product's stand on a plate. `x` and `width` are shares of the plate, 0..1; left out: side by side, as listed. */
export type Facing = { plate: number; sku: string; capacity: number; minimum: number; x?: number; width?: number };
export type StockCause = "pick" | "put-back" | "restock" | "sale" | "move" | "shrink" | "correction";
export type DoubtedChange = {
  confidence: number;
  moves: { sku: string; plate: number; delta: number; stray?: true }[];
};

/** Where a fact comes from, and what makes a redelivery recognisable. */
export type Source = {
  deviceId: string;
  boot?: number;
  seq?: number;
  /** The device's clock could not be believed, so `at` is the arrival. */
  clockDoubted?: true;
};
