import { shelfErrors } from "./config-planogram.ts";
import { list, names, number, text } from "./config-raw.ts";
import { duplicateNumbers, duplicates, readCatalogue, unknown } from "./config-references.ts";
import { offerErrors, productErrors } from "./config-sales.ts";
import { record, show } from "./config-shape.ts";
import type { ConfigError, Source } from "./config-source.ts";
import { suggest } from "./config-suggest.ts";
import { isGtin, withCheckDigit } from "./wire/gtin.ts";

/**
 * What no schema can say: things that must fit each other. These checks read the raw values and skip what the schema
 * already complained about, so that one run tells every mistake.
 */
export type Sources = { store: Source; products: Source; offers: Source };

export function crossErrors(sources: Sources): ConfigError[] {
  const catalogue = readCatalogue(sources.products.value);
  return [
    ...storeErrors(sources.store),
    ...placeErrors(sources.store),
    ...shelfErrors(sources.store, catalogue),
    ...deviceErrors(sources.store),
    ...portErrors(sources.store),
    ...tlsErrors(sources.store),
    ...productErrors(sources.products),
    ...offerErrors(sources, catalogue),
  ];
}

function tlsErrors(source: Source): ConfigError[] {
  const tls = record(source.value).tls;
  const [cert, key] = [text(tls, "cert"), text(tls, "key")];
  if ((cert === undefined) === (key === undefined)) return [];
  const missing = cert === undefined ? "cert" : "key";
  return [source.error(["tls", missing], "is missing: a certificate and its key come together.")];
}

function storeErrors(source: Source): ConfigError[] {
  const store = record(source.value).store;
  const [timeZone, currency, locale] = [text(store, "timeZone"), text(store, "currency"), text(store, "locale")];
  const [opens, closes] = [text(store, "opens"), text(store, "closes")];
  const gln = text(store, "gln");
  const errors: ConfigError[] = [];
  if (gln !== undefined && /^[0-9]{13}$/.test(gln) && !isGtin(gln)) {
    errors.push(source.error(["store", "gln"], `${show(gln)} has a wrong check digit.`, withCheckDigit(gln)));
  }
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
  const secure: [string, string][] =
    root.tls === undefined
      ? []
      : [
          ["mqtt", "tlsPort"],
          ["http", "plainPort"],
        ];
  for (const [key, field] of [["http", "port"], ["mqtt", "port"], ["media", "port"], ...secure] as const) {
    const port = number(root[key], field);
    if (port === undefined || port === 0) continue;
    const owner = used.get(port);
    if (owner === undefined) used.set(port, field === "port" ? key : `${key}.${field}`);
    else errors.push(source.error([key, field], `${port} is already the port of ${owner}.`));
  }
  return errors;
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
