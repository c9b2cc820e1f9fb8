import { record } from "./config-shape.ts";

/** Reading values that no schema has passed yet: what is not of the wanted kind is as good as absent. */
export function list(value: unknown, key: string): unknown[] {
  const found = record(value)[key];
  return Array.isArray(found) ? found : [];
}

export function text(value: unknown, key: string): string | undefined {
  const found = record(value)[key];
  return typeof found === "string" ? found : undefined;
}

export function number(value: unknown, key: string): number | undefined {
  const found = record(value)[key];
  return typeof found === "number" && Number.isFinite(found) ? found : undefined;
}

export function names(entries: unknown[], key: string): Set<string> {
  return new Set(entries.flatMap((entry) => text(entry, key) ?? []));
}
