import { readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type Static, type TSchema, Type } from "typebox";
import { Value } from "typebox/value";
import { crossErrors } from "./config-cross.ts";
import { record, shapeErrors } from "./config-shape.ts";
import { type ConfigError, maxFileBytes, readSource, type Source, unreadable } from "./config-source.ts";
import { turnErrors, turnFile } from "./config-turn.ts";
import {
  type Item,
  type LoadedConfig,
  OfferRuleSchema,
  type Product,
  ProductSchema,
  type StoreConfig,
  StoreConfigSchema,
} from "./wire/store-config.ts";

export type { ConfigError } from "./config-source.ts";

const schemaLink = Type.Optional(Type.String({ description: "where an editor finds this file's schema" }));

/** The product file: config/products.json. */
export const ProductFileSchema = Type.Object(
  { $schema: schemaLink, products: Type.Array(ProductSchema, { minItems: 1, maxItems: 20_000 }) },
  { additionalProperties: false },
);

/** The offers file: config/offers.yaml. */
export const OfferFileSchema = Type.Object(
  { $schema: schemaLink, offers: Type.Array(OfferRuleSchema, { maxItems: 500 }) },
  { additionalProperties: false },
);

type Environment = Record<string, string | undefined>;
export type ConfigResult = { ok: true; value: LoadedConfig } | { ok: false; errors: ConfigError[] };

/**
 * Reads the shop's configuration at `path` and the files it names, fills in defaults, applies the VITRINE_… variables
 * of `env`, and reports every mistake at once, sorted by file and line. Never throws on what stands in a file.
 */
export function loadConfig(path: string, env: Environment = process.env): ConfigResult {
  const store = readFile(path);
  const named = (key: string, fallback: string) => {
    const name = record(store.value)[key];
    return join(dirname(path), typeof name === "string" && name !== "" ? name : fallback);
  };
  const products = readFile(named("products", "products.json"));
  const offers = readFile(named("offers", "offers.yaml"));
  const overridden = applyEnvironment(store, env);

  const plan = record(record(store.value).floor).plan;
  const floor = readFloorPlan(join(dirname(path), typeof plan === "string" && plan !== "" ? plan : "floor.svg"));

  const config = withDefaults(StoreConfigSchema, store);
  const productFile = withDefaults(ProductFileSchema, products);
  const offerFile = withDefaults(OfferFileSchema, offers);
  const readable = { store, products, offers };
  const errors = [
    ...overridden,
    ...config.errors,
    ...productFile.errors,
    ...offerFile.errors,
    ...crossErrors(readable),
    ...turnErrors(store, dirname(path)),
    ...floor.errors,
  ];
  if (errors.length > 0 || !config.value || !productFile.value || !offerFile.value) {
    return { ok: false, errors: errors.sort(byPlace) };
  }
  return {
    ok: true,
    value: {
      config: {
        ...config.value,
        ...tlsFiles(config.value.tls, dirname(path)),
        media: turnFile(config.value.media, dirname(path)),
      },
      products: productFile.value.products,
      items: productFile.value.products.flatMap(itemsOf),
      offers: offerFile.value.offers,
      floorPlan: floor.svg,
    },
  };
}

/** One line a mistake: `config/store.yaml:41: shelves[3].plates[0].sku "HND-BALM" is not a product. Did you mean …?` */
export function formatConfigErrors(errors: ConfigError[]): string {
  return errors
    .map(({ file, line, path, message, suggestion }) => {
      const place = line > 0 ? `${file}:${line}` : file;
      const hint = suggestion === undefined ? "" : ` Did you mean ${JSON.stringify(suggestion)}?`;
      return `${place}: ${path === "" ? "" : `${path} `}${message}${hint}`;
    })
    .join("\n");
}

/** The folder for everything the gateway must remember. Not part of the file: two gateways may share a configuration. */
export function dataFolder(env: Environment = process.env): string {
  return env.VITRINE_DATA || "data";
}

/** Paths of certificates are relative to the file, as all paths in it. */
function tlsFiles(tls: StoreConfig["tls"], folder: string): Pick<StoreConfig, "tls"> {
  if (tls === undefined || tls === "own" || tls.cert === undefined || tls.key === undefined) return tls ? { tls } : {};
  return { tls: { ...tls, cert: resolve(folder, tls.cert), key: resolve(folder, tls.key) } };
}

/** What can be counted and sold: each size by itself, or the product when it has none. */
function itemsOf(product: Product): Item[] {
  const { sizes, ...rest } = product;
  const item = { ...rest, style: product.style ?? product.sku };
  if (!sizes || sizes.length === 0) return [item];
  return sizes.map(({ size, sku, gtin }) => ({ ...item, sku, gtin, size }));
}

function readFile(file: string): Source {
  const read = readText(file);
  return read.ok ? readSource(file, read.text) : unreadable(file, read.reason);
}

function readText(file: string): { ok: true; text: string } | { ok: false; reason: string } {
  try {
    const { size } = statSync(file);
    if (size > maxFileBytes) return { ok: false, reason: `has ${size} bytes. ${maxFileBytes} is the limit.` };
    return { ok: true, text: readFileSync(file, "utf8") };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return { ok: false, reason: code === "ENOENT" ? "This file is missing." : `cannot be read (${String(code)}).` };
  }
}

/** Anything in the plan that could run, or fetch from outside. The plan is put into the staff page as it is. */
const unsafeSvg =
  /<\s*(script|foreignObject|iframe|style|image|use|animate|set)\b|\son\w+\s*=|javascript:|href\s*=|url\s*\(|<!(DOCTYPE|ENTITY)/i;

function readFloorPlan(file: string): { svg: string; errors: ConfigError[] } {
  const read = readText(file);
  if (!read.ok) return { svg: "", errors: [{ file, line: 0, path: "", message: read.reason }] };
  const wrong = (line: number, message: string) => ({ svg: "", errors: [{ file, line, path: "", message }] });
  if (!/^\s*(<\?xml[^>]*>\s*)?(<!--[\s\S]*?-->\s*)*<svg[\s>]/.test(read.text)) return wrong(1, "This is not an SVG.");
  const found = unsafeSvg.exec(read.text);
  if (!found) return { svg: read.text, errors: [] };
  const line = read.text.slice(0, found.index).split("\n").length;
  return wrong(line, `A floor plan may hold shapes only, not ${JSON.stringify(found[0].trim())}.`);
}

function withDefaults<S extends TSchema>(schema: S, source: Source): { value?: Static<S>; errors: ConfigError[] } {
  if (source.value === undefined) return { errors: source.errors };
  source.value = Value.Default(schema, source.value ?? {});
  if (Value.Check(schema, source.value)) return { value: source.value, errors: source.errors };
  return { errors: [...source.errors, ...shapeErrors(schema, source)] };
}

const portVariables = [
  ["VITRINE_HTTP_PORT", "http", "port"],
  ["VITRINE_MQTT_PORT", "mqtt", "port"],
  ["VITRINE_MQTTS_PORT", "mqtt", "tlsPort"],
  ["VITRINE_MEDIA_PORT", "media", "port"],
] as const;
/** A group that a variable makes is complete, as the one it stands for would be. */
const defaultPorts = { http: {}, mqtt: { port: 1883 }, media: {} };
const brokerVariables = [
  ["VITRINE_BROKER_URL", "url"],
  ["VITRINE_BROKER_USERNAME", "username"],
  ["VITRINE_BROKER_PASSWORD", "password"],
] as const;

/** Puts the variables into the store's raw values, so that the same checks see them. Never repeats a secret. */
function applyEnvironment(store: Source, env: Environment): ConfigError[] {
  if (store.value === undefined) return [];
  const errors: ConfigError[] = [];
  const root: Record<string, unknown> = record(store.value);
  for (const [variable, key, field] of portVariables) {
    const given = env[variable];
    if (given === undefined || given === "") continue;
    const port = /^\d{1,5}$/.test(given) ? Number(given) : Number.NaN;
    if (port <= 65535) root[key] = { ...defaultPorts[key], ...record(root[key]), [field]: port };
    else {
      const message = "must be a port from 0 to 65535 (0 = any free port).";
      errors.push({ file: "environment", line: 0, path: variable, message });
    }
  }
  const broker = record(root.broker);
  for (const [variable, key] of brokerVariables) {
    const given = env[variable];
    if (given === undefined || given === "") continue;
    if (key !== "url" || /^mqtts?:\/\//.test(given)) broker[key] = given;
    else errors.push({ file: "environment", line: 0, path: variable, message: "must begin with mqtt:// or mqtts://." });
  }
  // A name or password alone chooses no broker: the built-in one stays.
  if (broker.url !== undefined) root.broker = broker;
  store.value = root;
  return errors;
}

function byPlace(a: ConfigError, b: ConfigError): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || (a.column ?? 0) - (b.column ?? 0) || (a.path < b.path ? -1 : 1);
}
