import type { TSchema } from "typebox";
import { Settings } from "typebox/system";
import { Value } from "typebox/value";
import type { ConfigError, Path, Source } from "./config-source.ts";
import { suggest } from "./config-suggest.ts";

type SchemaError = ReturnType<typeof Value.Errors>[number];

/** More than anyone reads at once; bounds the work on a hostile file. */
const maxShapeErrors = 500;

/** Checks a file's shape by its schema and says each mistake in words, at its place. */
export function shapeErrors(schema: TSchema, source: Source): ConfigError[] {
  const before = Settings.Get().maxErrors;
  // TypeBox stops after 8 errors unless told otherwise, and only a global setting tells it.
  Settings.Set({ maxErrors: maxShapeErrors });
  try {
    const errors = Value.Errors(schema, source.value);
    return errors.flatMap((error) => explain(error, { schema, source, errors }));
  } finally {
    Settings.Set({ maxErrors: before });
  }
}

type Scene = { schema: TSchema; source: Source; errors: SchemaError[] };

function explain(error: SchemaError, scene: Scene): ConfigError[] {
  const { source } = scene;
  const path = pathOf(error.instancePath, source.value);
  const say = (text: string, suggestion?: string) => [source.error(path, text, suggestion)];
  const found = valueAt(source.value, path);
  switch (error.keyword) {
    case "required":
      return error.params.requiredProperties.map((key) => source.error([...path, key], "is missing."));
    case "additionalProperties": {
      const known = Object.keys(record(schemaAt(scene.schema, `${error.schemaPath}/properties`)));
      return error.params.additionalProperties.map((key) =>
        source.error([...path, key], "is not known here.", suggest(key, known)),
      );
    }
    case "boolean":
      // Told by "additionalProperties"; only one entry too many in a list has no other voice.
      return error.schemaPath.endsWith("/additionalItems") ? say("is one entry too many.") : [];
    case "type":
      if (found === undefined) return say(`is missing: it must be ${article(error.params.type)}.`);
      return say(`must be ${article(error.params.type)}, not ${show(found)}.`);
    case "const": {
      // a group of settings where a word may stand too: what is wrong in the group is told by others
      if (typeof found === "object" && found !== null) return [];
      const same = scene.errors.filter((e) => e.keyword === "const" && e.instancePath === error.instancePath);
      if (same[0] !== error) return [];
      const words = same.flatMap((e) => (e.keyword === "const" ? [String(e.params.allowedValue)] : []));
      return say(`${show(found)} must be one of ${words.join(", ")}.`, suggest(String(found), words));
    }
    case "anyOf":
      return [];
    case "pattern": {
      const hint = record(schemaAt(scene.schema, error.schemaPath)).description;
      return say(`${show(found)} does not fit: ${typeof hint === "string" ? hint : error.params.pattern}.`);
    }
    case "minimum":
      return say(`must be at least ${error.params.limit}, not ${show(found)}.`);
    case "maximum":
      return say(`must be at most ${error.params.limit}, not ${show(found)}.`);
    case "exclusiveMinimum":
      return say(`must be more than ${error.params.limit}, not ${show(found)}.`);
    case "minLength":
      return say("must not be empty.");
    case "maxLength":
      return say(`must have ${error.params.limit} characters or fewer.`);
    case "minItems":
      return say(`needs ${error.params.limit} or more.`);
    case "maxItems":
      return say(`can have ${error.params.limit} at most.`);
    default:
      return say(`${error.message}.`);
  }
}

/** A JSON pointer as a path, with numbers where `value` has lists. */
function pathOf(pointer: string, value: unknown): Path {
  const path: Path = [];
  let here = value;
  for (const raw of pointer.split("/").slice(1)) {
    const key = raw.replaceAll("~1", "/").replaceAll("~0", "~");
    path.push(Array.isArray(here) ? Number(key) : key);
    here = Array.isArray(here) ? here[Number(key)] : record(here)[key];
  }
  return path;
}

function valueAt(value: unknown, path: Path): unknown {
  let here = value;
  for (const part of path) here = Array.isArray(here) ? here[Number(part)] : record(here)[part];
  return here;
}

function schemaAt(schema: TSchema, pointer: string): unknown {
  let here: unknown = schema;
  for (const part of pointer.split("/").slice(1)) here = Array.isArray(here) ? here[Number(part)] : record(here)[part];
  return here;
}

/** Any value as something with keys; what has none is empty. */
export function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** A value as a person would point at it, cut short. */
export function show(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "a group of settings";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

const articles: Record<string, string> = {
  array: "a list",
  object: "a group of settings",
  integer: "a whole number",
  number: "a number",
  string: "text in quotes",
  boolean: "true or false",
};

function article(type: string | string[]): string {
  const name = String(type);
  return articles[name] ?? name;
}
