import { list, names, text } from "./config-raw.ts";
import { type Catalogue, duplicates, unknown, unknownSku } from "./config-references.ts";
import { record, show } from "./config-shape.ts";
import type { ConfigError, Path, Source } from "./config-source.ts";
import { isGtin, isGtinShaped, withCheckDigit } from "./wire/gtin.ts";

/** What must fit between the product file, the offers file and the shop. */
export function productErrors(source: Source): ConfigError[] {
  const seen = new Map<string, string>();
  const errors: ConfigError[] = [];
  const check = (entry: unknown, path: Path) => {
    for (const key of ["sku", "gtin"]) {
      const value = text(entry, key);
      if (value === undefined) continue;
      const where = seen.get(`${key} ${value}`);
      if (where !== undefined) errors.push(source.error([...path, key], `${show(value)} is already used by ${where}.`));
      else seen.set(`${key} ${value}`, text(entry, "sku") ?? "another product");
    }
    const gtin = text(entry, "gtin");
    if (gtin === undefined || !isGtinShaped(gtin) || isGtin(gtin)) return;
    errors.push(source.error([...path, "gtin"], `${show(gtin)} has a wrong check digit.`, withCheckDigit(gtin)));
  };
  for (const [index, product] of list(source.value, "products").entries()) {
    check(product, ["products", index]);
    for (const [at, size] of list(product, "sizes").entries()) check(size, ["products", index, "sizes", at]);
  }
  return errors;
}

export function offerErrors({ store, offers }: { store: Source; offers: Source }, catalogue: Catalogue): ConfigError[] {
  const errors = duplicates(offers, "offers", "id");
  const zones = names(list(store.value, "zones"), "id");
  const heard = names(list(store.value, "receivers"), "zone");
  // A receiver with a misspelt zone is one mistake, not two.
  const sure = [...heard].every((zone) => zones.has(zone));
  for (const [index, offer] of list(offers.value, "offers").entries()) {
    const { sku, zone } = record(offer);
    errors.push(...unknownSku({ source: offers, path: ["offers", index, "sku"], name: sku }, catalogue));
    const path: Path = ["offers", index, "zone"];
    errors.push(...unknown({ source: offers, path, name: zone, known: zones, what: "zone" }));
    if (sure && typeof zone === "string" && zones.has(zone) && !heard.has(zone)) {
      errors.push(offers.error(path, `${show(zone)} has no receiver, so no one is ever seen to enter it.`));
    }
  }
  return errors;
}
