import { list, number, text } from "./config-raw.ts";
import { show } from "./config-shape.ts";
import type { ConfigError, Path, Source } from "./config-source.ts";
import { suggest } from "./config-suggest.ts";

/** What a plate or an offer may name. `sizesOf` explains a product that only exists in sizes. */
export type Catalogue = { products: Map<string, CatalogueProduct>; sizesOf: Map<string, string[]> };
/** As far as the file says it in numbers. */
export type CatalogueProduct = { grams?: number; widthMm?: number; depthMm?: number; stack?: number };

/** A place in a file that names something elsewhere. */
type Reference = { source: Source; path: Path; name: unknown; known: Iterable<string>; what: string };

export function readCatalogue(value: unknown): Catalogue {
  const catalogue: Catalogue = { products: new Map(), sizesOf: new Map() };
  for (const product of list(value, "products")) {
    const sku = text(product, "sku");
    const sizes = list(product, "sizes").flatMap((size) => text(size, "sku") ?? []);
    const measured: CatalogueProduct = {};
    for (const field of ["grams", "widthMm", "depthMm", "stack"] as const) {
      const value = number(product, field);
      if (value !== undefined && value > 0) measured[field] = value;
    }
    if (sku !== undefined && sizes.length > 0) catalogue.sizesOf.set(sku, sizes);
    else if (sku !== undefined) catalogue.products.set(sku, measured);
    for (const size of sizes) catalogue.products.set(size, measured);
  }
  return catalogue;
}

export function unknownSku(at: Omit<Reference, "known" | "what">, catalogue: Catalogue): ConfigError[] {
  const sizes = typeof at.name === "string" ? catalogue.sizesOf.get(at.name) : undefined;
  if (!sizes) return unknown({ ...at, known: catalogue.products.keys(), what: "product" });
  return [at.source.error(at.path, `${show(at.name)} comes in sizes. Name one: ${sizes.join(", ")}.`)];
}

export function unknown({ source, path, name, known, what }: Reference): ConfigError[] {
  if (typeof name !== "string") return [];
  const all = new Set(known);
  // Nothing known at all: that file or list has a mistake of its own, told once.
  if (all.size === 0 || all.has(name)) return [];
  return [source.error(path, `${show(name)} is not a ${what}.`, suggest(name, all))];
}

export function duplicates(source: Source, key: string, field: string): ConfigError[] {
  const first = new Map<string, number>();
  return list(source.value, key).flatMap((entry, index) => {
    const id = text(entry, field);
    if (id === undefined) return [];
    const earlier = first.get(id);
    if (earlier === undefined) first.set(id, index);
    return earlier === undefined
      ? []
      : [source.error([key, index, field], `${show(id)} is already the ${field} of ${key}[${earlier}].`)];
  });
}

export function duplicateNumbers(source: Source, path: Path, entries: unknown[], field: string): ConfigError[] {
  const seen = new Set<number>();
  return entries.flatMap((entry, index) => {
    const value = number(entry, field);
    if (value === undefined || !seen.has(value)) {
      if (value !== undefined) seen.add(value);
      return [];
    }
    return [source.error([...path, index, field], `${value} is already there once.`)];
  });
}
