import { readFileSync } from "node:fs";
import { join } from "node:path";

const modules = join(import.meta.dirname, "..", "..", "node_modules");

/** What is imported of typebox, and the packed file that has it. */
export const typeboxFiles = {
  typebox: "index.mjs",
  "typebox/compile": "compile.mjs",
  "typebox/system": "system.mjs",
  "typebox/value": "value.mjs",
} as const;

/** Where `npm install` puts typebox in a few files; after an update of it, somewhere else. */
export function packedTypeboxFolder(): string {
  const { version }: { version: string } = JSON.parse(readFileSync(join(modules, "typebox", "package.json"), "utf8"));
  return join(modules, ".cache", "vitrine-packed", `typebox-${version}`);
}
