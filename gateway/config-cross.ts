import { record, show } from "./config-shape.ts";
import type { ConfigError, Path, Source } from "./config-source.ts";
import { suggest } from "./config-suggest.ts";
import { gtinCheckDigit, isGtin } from "./wire/gtin.ts";

/**
 * What no schema can say: things that must fit each other. These checks read the raw values and skip what the schema
 * already complained about, so that one run tells every mistake.
 */
export type Sources = { store: Source; products: Source; offers: Source };

/** What a plate or an offer may name. `sizesOf` explains a product that only exists in sizes. */
type Catalogue = { grams: Map<string, number>; sizesOf: Map<string, string[]> };

/** A place in a file that names something elsewhere. */
type Reference = { source: Source; path: Path; name: unknown; known: Iterable<string>; what: string };

export function crossErrors(sources: Sources): ConfigError[] {
  const catalogue = readCatalogue(sources.products.value);
  return [
    ...storeErrors(sources.store),
    ...placeErrors(sources.store),
    ...shelfErrors(sources.store, catalogue),
    ...deviceErrors(sources.store),
    ...portErrors(sources.store),
    ...productErrors(sources.products),
    ...offerErrors(sources, catalogue),
  ];
}

function readCatalogue(value: unknown): Catalogue {
  const catalogue: Catalogue = { grams: new Map(), sizesOf: new Map() };
  for (const product of list(value, "products")) {
    const sku = text(product, "sku");
    const sizes = list(product, "sizes").flatMap((size) => text(size, "sku") ?? []);
    const grams = number(product, "grams") ?? 0;
    if (sku !== undefined && sizes.length > 0) catalogue.sizesOf.set(sku, sizes);
    else if (sku !== undefined) catalogue.grams.set(sku, grams);
    for (const size of sizes) catalogue.grams.set(size, grams);
  }
  return catalogue;
}

function storeErrors(source: Source): ConfigError[] {
  const store = record(source.value).store;
  const [timeZone, currency, locale] = [text(store, "timeZone"), text(store, "currency"), text(store, "locale")];
  const [opens, closes] = [text(store, "opens"), text(store, "closes")];
  const errors: ConfigError[] = [];
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    const near = suggest(timeZone, Intl.supportedValuesOf("timeZone"));
    errors.push(source.error(["store", "timeZone"], `${show(timeZone)} is not a time zone.`, near));
  }
  if (currency !== undefined && /^[A-Z]{3}$/.test(currency) && !Intl.supportedValuesOf("currency").includes(currency)) {
    const near = suggest(currency, ["EUR", "GBP", "USD", "CHF", "SEK", "DKK", "NOK", "PLN", "TRY", "JPY"]);
    errors.push(source.error(["store", "currency"], `${show(currency)} is not a currency.`, near));
  }
  if (locale !== undefined && !isLocale(locale)) {
    errors.push(source.error(["store", "locale"], `${show(locale)} is not a locale, such as en-IE.`));
  }
  if (opens !== undefined && closes !== undefined && opens >= closes) {
    errors.push(source.error(["store", "closes"], `${show(closes)} is not after ${show(opens)}, when the shop opens.`));
  }
  return errors;
}

function placeErrors(source: Source): ConfigError[] {
  const zones = names(list(source.value, "zones"), "id");
  const errors = [
    ...duplicates(source, "zones", "id"),
    ...duplicates(source, "staff", "id"),
    ...duplicates(source, "receivers", "espresenseRoom"),
  ];
  const floor = record(record(source.value).floor);
  const size: [number | undefined, number | undefined] = [number(floor, "widthM"), number(floor, "depthM")];
  for (const key of ["zones", "shelves", "mirrors", "receivers"]) {
    for (const [index, entry] of list(source.value, key).entries()) {
      if (key !== "zones") {
        const name = record(entry).zone;
        errors.push(...unknown({ source, path: [key, index, "zone"], name, known: zones, what: "zone" }));
      }
      const field = key === "receivers" ? "at" : "rect";
      const outside = outsideFloor(record(entry)[field], size);
      if (outside) errors.push(source.error([key, index, field], outside));
    }
  }
  for (const [index, reader] of list(source.value, "rfid").entries()) {
    for (const [at, antenna] of list(reader, "antennas").entries()) {
      const path = ["rfid", index, "antennas", at, "zone"];
      errors.push(...unknown({ source, path, name: record(antenna).zone, known: zones, what: "zone" }));
    }
    errors.push(...duplicateNumbers(source, ["rfid", index, "antennas"], list(reader, "antennas"), "antenna"));
  }
  return errors;
}

function outsideFloor(place: unknown, [widthM, depthM]: [number | undefined, number | undefined]): string | undefined {
  if (!Array.isArray(place) || widthM === undefined || depthM === undefined) return undefined;
  if (!place.every((length) => typeof length === "number")) return undefined;
  const [x, y, width = 0, depth = 0] = place.map(Number);
  // Half a centimetre of grace for rounded measurements.
  const fits = Number(x) + width <= widthM + 0.005 && Number(y) + depth <= depthM + 0.005;
  return fits ? undefined : `reaches outside the floor, which is ${widthM} by ${depthM} m.`;
}

function shelfErrors(source: Source, catalogue: Catalogue): ConfigError[] {
  const errors = duplicates(source, "shelves", "id");
  for (const [index, shelf] of list(source.value, "shelves").entries()) {
    const plates = list(shelf, "plates");
    errors.push(...duplicateNumbers(source, ["shelves", index, "plates"], plates, "plate"));
    for (const [at, plate] of plates.entries()) {
      const path: Path = ["shelves", index, "plates", at];
      errors.push(...unknownSku({ source, path: [...path, "sku"], name: record(plate).sku }, catalogue));
      errors.push(...plateSizeErrors({ source, path, plate }, catalogue));
    }
  }
  return errors;
}

/** A load cell plate of a shelf carries about 100 kg at the very most. */
const maxPlateKg = 100;

function plateSizeErrors(at: { source: Source; path: Path; plate: unknown }, catalogue: Catalogue): ConfigError[] {
  const { source, path, plate } = at;
  const [capacity, minimum, sku] = [number(plate, "capacity"), number(plate, "minimum"), text(plate, "sku")];
  const errors: ConfigError[] = [];
  if (capacity !== undefined && minimum !== undefined && minimum >= capacity) {
    const message = `${minimum} must be less than the capacity, ${capacity}: a full plate would ask to be filled.`;
    errors.push(source.error([...path, "minimum"], message));
  }
  const kilograms = ((capacity ?? 0) * (catalogue.grams.get(sku ?? "") ?? 0)) / 1000;
  if (kilograms > maxPlateKg) {
    const message = `${capacity} of ${sku} weigh ${Math.round(kilograms)} kg. A plate carries ${maxPlateKg} kg at most.`;
    errors.push(source.error([...path, "capacity"], message));
  }
  return errors;
}

/** A device id names one device, whatever its kind. One camera may look at two zones. */
function deviceErrors(source: Source): ConfigError[] {
  const owners = new Map<string, string>();
  const errors: ConfigError[] = [];
  for (const [key, field] of [
    ["receivers", "id"],
    ["shelves", "device"],
    ["rfid", "id"],
    ["mirrors", "id"],
    ["zones", "camera"],
  ] as const) {
    for (const [index, entry] of list(source.value, key).entries()) {
      const id = text(entry, field);
      if (id === undefined) continue;
      const owner = owners.get(id);
      const here = key === "zones" ? "a camera" : `${key}[${index}]`;
      if (owner === undefined) owners.set(id, here);
      else if (owner !== here) {
        errors.push(source.error([key, index, field], `${show(id)} is already the device of ${owner}.`));
      }
    }
  }
  return errors;
}

function portErrors(source: Source): ConfigError[] {
  const root = record(source.value);
  const used = new Map<number, string>();
  const errors: ConfigError[] = [];
  for (const key of ["http", "mqtt", "media"]) {
    const port = number(root[key], "port");
    if (port === undefined || port === 0) continue;
    const owner = used.get(port);
    if (owner === undefined) used.set(port, key);
    else errors.push(source.error([key, "port"], `${port} is already the port of ${owner}.`));
  }
  return errors;
}

function productErrors(source: Source): ConfigError[] {
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
    if (gtin === undefined || !/^(\d{8}|\d{12,14})$/.test(gtin) || isGtin(gtin)) return;
    const body = gtin.slice(0, -1);
    const message = `${show(gtin)} has a wrong check digit.`;
    errors.push(source.error([...path, "gtin"], message, `${body}${gtinCheckDigit(body)}`));
  };
  for (const [index, product] of list(source.value, "products").entries()) {
    check(product, ["products", index]);
    for (const [at, size] of list(product, "sizes").entries()) check(size, ["products", index, "sizes", at]);
  }
  return errors;
}

function offerErrors({ store, offers }: Sources, catalogue: Catalogue): ConfigError[] {
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

function unknownSku(at: Omit<Reference, "known" | "what">, catalogue: Catalogue): ConfigError[] {
  const sizes = typeof at.name === "string" ? catalogue.sizesOf.get(at.name) : undefined;
  if (!sizes) return unknown({ ...at, known: catalogue.grams.keys(), what: "product" });
  return [at.source.error(at.path, `${show(at.name)} comes in sizes. Name one: ${sizes.join(", ")}.`)];
}

function unknown({ source, path, name, known, what }: Reference): ConfigError[] {
  if (typeof name !== "string") return [];
  const all = new Set(known);
  // Nothing known at all: that file or list has a mistake of its own, told once.
  if (all.size === 0 || all.has(name)) return [];
  return [source.error(path, `${show(name)} is not a ${what}.`, suggest(name, all))];
}

function duplicates(source: Source, key: string, field: string): ConfigError[] {
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

function duplicateNumbers(source: Source, path: Path, entries: unknown[], field: string): ConfigError[] {
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

function list(value: unknown, key: string): unknown[] {
  const found = record(value)[key];
  return Array.isArray(found) ? found : [];
}

function text(value: unknown, key: string): string | undefined {
  const found = record(value)[key];
  return typeof found === "string" ? found : undefined;
}

function number(value: unknown, key: string): number | undefined {
  const found = record(value)[key];
  return typeof found === "number" && Number.isFinite(found) ? found : undefined;
}

function names(entries: unknown[], key: string): Set<string> {
  return new Set(entries.flatMap((entry) => text(entry, key) ?? []));
}

function isTimeZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone });
    return true;
  } catch {
    return false;
  }
}

function isLocale(locale: string): boolean {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(locale).length > 0;
  } catch {
    return false;
  }
}
