/** What other rooms know of the places that witnesses speak of. The house hands it in. */
export type World = {
  /** Everything that belongs on a plate, and what strayed there. Undefined: there is no such shelf. */
  goodsOn(shelf: string, plate: number): GoodsThere[] | undefined;
  /** A scale lies under it and is heard. */
  hasScale(shelf: string, plate: number): boolean;
  /** Garments of this product with tags in the shelf's zone; undefined where they tell nothing of this one place. */
  tagged(sku: string, shelf: string): number | undefined;
  /** Pieces that somebody carries about. */
  inHands(sku: string): number;
};
export type GoodsThere = {
  sku: string;
  /** 0: it does not belong there. */
  capacity: number;
  /** As the books have it; undefined: nobody has ever counted. */
  count: number | undefined;
  /** Fronts side by side when it is full; left out: nobody knows the sizes, and every piece is taken to show a front. */
  across?: number;
};
