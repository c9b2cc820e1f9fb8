import type { Static, TSchema } from "typebox";
import { Compile } from "typebox/compile";
import type { DecodeResult } from "./decoded.ts";

/** UTF-8 text of a payload. Invalid sequences become U+FFFD: a device with a broken name still counts. */
export function textOf(bytes: Uint8Array): string {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString("utf8");
}

/** Parses JSON without throwing. */
export function parseJson(bytes: Uint8Array): DecodeResult<unknown> {
  if (bytes.byteLength === 0) return { ok: false, reason: "the payload is empty" };
  try {
    return { ok: true, value: JSON.parse(textOf(bytes)) as unknown };
  } catch {
    return { ok: false, reason: "the payload is not valid JSON" };
  }
}

/**
 * Compiles a schema once and returns a reader of JSON payloads. Unknown extra fields are tolerated; the first thing
 * that is wrong is named in plain English.
 */
export function createJsonReader<Schema extends TSchema>(
  schema: Schema,
): {
  read(bytes: Uint8Array): DecodeResult<Static<Schema>>;
  check(value: unknown): DecodeResult<Static<Schema>>;
} {
  const compiled = Compile(schema);
  function check(value: unknown): DecodeResult<Static<Schema>> {
    if (compiled.Check(value)) return { ok: true, value: value as Static<Schema> };
    const [first] = compiled.Errors(value);
    return { ok: false, reason: first ? explain(first, value) : "the payload does not fit its schema" };
  }
  return {
    check,
    read(bytes) {
      const parsed = parseJson(bytes);
      return parsed.ok ? check(parsed.value) : parsed;
    },
  };
}

type SchemaError = { keyword: string; instancePath: string; params: object; message: string };

const typeNames: Record<string, string> = {
  integer: "a whole number",
  number: "a number",
  string: "a text",
  array: "a list",
  object: "an object",
  boolean: "true or false",
};

function explain(error: SchemaError, root: unknown): string {
  const params = error.params as { limit?: number; type?: string; requiredProperties?: string[] };
  const path = error.instancePath.split("/").slice(1);
  const field = fieldName(path);
  const found = shown(valueAt(root, path));
  switch (error.keyword) {
    case "required":
      return `${fieldName([...path, params.requiredProperties?.[0] ?? ""])} is missing`;
    case "type":
      return `${field} must be ${typeNames[params.type ?? ""] ?? params.type}, not ${found}`;
    case "minimum":
      return `${field} must be at least ${params.limit}, not ${found}`;
    case "maximum":
      return `${field} must be at most ${params.limit}, not ${found}`;
    case "maxItems":
      return `${field} must not have more than ${params.limit} entries`;
    case "minItems":
      return `${field} must have at least ${params.limit} entry`;
    case "maxLength":
      return `${field} must not be longer than ${params.limit} characters`;
    case "minLength":
      return `${field} must not be empty`;
    case "pattern":
      return `${field} has a form nobody knows: ${found}`;
    case "const":
    case "enum":
    case "anyOf":
      return `${field} has a value nobody knows: ${found}`;
    default:
      return `${field} ${error.message}`;
  }
}

/** ["plates", "0", "grams"] -> "plates[0].grams" */
function fieldName(path: string[]): string {
  if (path.length === 0) return "the payload";
  return path.map((key, index) => (/^[0-9]+$/.test(key) ? `[${key}]` : index === 0 ? key : `.${key}`)).join("");
}

function valueAt(root: unknown, path: string[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  if (typeof value === "string") return `"${value.length > 40 ? `${value.slice(0, 40)}…` : value}"`;
  return String(value);
}
