/** More than a large shop has places; then it starts over. */
const namesKept = 20_000;

/**
 * A name made of a place and its product, built once for each: rooms keep their maps by such names, every change of a count
 * asks for the same few over and over, and a string that is built anew must be hashed anew.
 */
export function placeNames(build: (shelf: string, plate: number, sku: string) => string) {
  const shelves = new Map<string, Map<number, Map<string, string>>>();
  let size = 0;

  function add(shelf: string, plate: number, sku: string): string {
    if (size >= namesKept) {
      shelves.clear();
      size = 0;
    }
    const plates = shelves.get(shelf) ?? new Map<number, Map<string, string>>();
    shelves.set(shelf, plates);
    const names = plates.get(plate) ?? new Map<string, string>();
    plates.set(plate, names);
    const name = build(shelf, plate, sku);
    names.set(sku, name);
    size++;
    return name;
  }

  return (shelf: string, plate: number, sku = ""): string =>
    shelves.get(shelf)?.get(plate)?.get(sku) ?? add(shelf, plate, sku);
}
