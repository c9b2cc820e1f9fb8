import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TSchema } from "typebox";
import { OfferFileSchema, ProductFileSchema } from "../config.ts";
import { StoreConfigSchema } from "../wire/store-config.ts";

/** JSON Schema for editors, one file for each configuration file. `node gateway/install/config-schema.ts` writes them. */
export function configSchemas(): { file: string; text: string }[] {
  return [
    { file: "store.schema.json", text: emit("The shop", StoreConfigSchema) },
    { file: "products.schema.json", text: emit("What the shop sells", ProductFileSchema) },
    { file: "offers.schema.json", text: emit("What the shop may offer", OfferFileSchema) },
  ];
}

function emit(title: string, schema: TSchema): string {
  const plain: unknown = JSON.parse(JSON.stringify(schema), loosen);
  // Draft 7: the newest that YAML editors read in full, and the one whose tuples are written as ours are.
  const head = { $schema: "http://json-schema.org/draft-07/schema#", title };
  return `${JSON.stringify(typeof plain === "object" ? { ...head, ...plain } : head, null, 2)}\n`;
}

/** What has a default may be left out of the file, though never of what the gateway reads from it. */
function loosen(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("required" in value) || !("properties" in value)) return value;
  const { required, properties } = value;
  if (!Array.isArray(required) || typeof properties !== "object" || properties === null) return value;
  const defaulted = new Set(
    Object.entries(properties).flatMap(([name, property]) => (hasDefault(property) ? [name] : [])),
  );
  return { ...value, required: required.filter((name) => !defaulted.has(name)) };
}

function hasDefault(property: unknown): boolean {
  return typeof property === "object" && property !== null && "default" in property;
}

if (import.meta.main) {
  const folder = join(import.meta.dirname, "../../config/schema");
  mkdirSync(folder, { recursive: true });
  for (const { file, text } of configSchemas()) writeFileSync(join(folder, file), text);
}
