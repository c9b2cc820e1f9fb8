/** What alerts need to know of the rest of the shop; the house hands it in. Prices in minor units. */
export type AlertsWorld = {
  zoneOf(shelf: string): string | undefined;
  priceOf(sku: string): number | undefined;
  /** Of all goods: the measure of what is valuable here. */
  medianPrice: number;
  /** Pieces expected to leave before somebody can fill again; undefined: nobody can say, and the planogram's minimum decides. */
  expectedUntilRestock(sku: string): number | undefined;
  /** Pieces expected to leave in the next hour; undefined: nobody can say. */
  expectedNextHour(sku: string): number | undefined;
  /** Pieces in the stockroom; undefined: nobody knows. */
  stockroom(sku: string): number | undefined;
  /** Pieces on all shelves and rails. */
  onShelf(sku: string): number;
  zoneOfMirror(mirrorId: string): string | undefined;
  /** Where a scale stands. */
  shelfOf(deviceId: string): string | undefined;
  /** All scales of the shelf are silent: what is known of it is old. */
  isSilent(shelf: string): boolean;
  /** Somebody is there to react. */
  isStaffed(now: number): boolean;
  /** "EUR 240" */
  money(minor: number): string;
  /** "14:30" */
  clockTime(at: number): string;
};
