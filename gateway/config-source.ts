import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit, type YAMLError } from "yaml";

/** One mistake in the configuration. `line` and `column` count from 1; line 0 means the file as a whole. */
export type ConfigError = {
  file: string;
  line: number;
  column?: number;
  path: string;
  message: string;
  suggestion?: string;
};

export type Path = (string | number)[];

/** A parsed file that can still say where each of its values stands. */
export type Source = {
  file: string;
  /** Undefined when the file could not be read; `errors` says why. */
  value: unknown;
  errors: ConfigError[];
  /** A mistake at `path`; at its nearest known parent where `path` itself is missing. */
  error(path: Path, message: string, suggestion?: string): ConfigError;
};

/** Largest configuration file that is read. 5,000 products with sizes take about 3 MB. */
export const maxFileBytes = 8 * 1024 * 1024;

/** YAML, or JSON, which is YAML. Never throws: what cannot be read comes back in `errors`, with `value` undefined. */
export function readSource(file: string, text: string): Source {
  const lines = new LineCounter();
  try {
    const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
    const at = (offset: number) => ({ line: lines.linePos(offset).line, column: lines.linePos(offset).col });
    const errors: ConfigError[] = doc.errors
      .slice(0, 20)
      .map((error) => ({ file, ...at(error.pos[0]), path: "", message: explain(error) }));
    // A setting written twice is a mistake that hides no other.
    let readable = doc.errors.every((error) => error.code === "DUPLICATE_KEY");
    let aliases = 0;
    visit(doc, {
      Alias(_, node) {
        aliases += 1;
        readable = false;
        if (aliases > 20) return visit.BREAK;
        errors.push({
          file,
          ...at(node.range?.[0] ?? 0),
          path: "",
          message: `*${node.source} is an alias. Write the value out: aliases can make a small file fill the memory.`,
        });
        return undefined;
      },
    });
    const value: unknown = readable ? doc.toJS({ maxAliasCount: 0 }) : undefined;
    const error = (path: Path, message: string, suggestion?: string): ConfigError => ({
      file,
      ...at(offsetOf(doc.contents, path)),
      path: formatPath(path),
      message,
      ...(suggestion === undefined ? {} : { suggestion }),
    });
    return { file, value, errors, error };
  } catch {
    return unreadable(file, "This file is nested too deeply to be read.");
  }
}

/** A file that is not there, too large or past reading: one error, and no places in it. */
export function unreadable(file: string, message: string): Source {
  const error = (path: Path, text: string, suggestion?: string): ConfigError => ({
    file,
    line: 0,
    path: formatPath(path),
    message: text,
    ...(suggestion === undefined ? {} : { suggestion }),
  });
  return { file, value: undefined, errors: [error([], message)], error };
}

/** `["shelves", 3, "sku"]` as `shelves[3].sku`. */
export function formatPath(path: Path): string {
  return path.map((part, index) => (typeof part === "number" ? `[${part}]` : index === 0 ? part : `.${part}`)).join("");
}

/** Character offset of the value at `path`: of its key when the value is a list or a map, which may start a line later. */
function offsetOf(root: Node | null, path: Path): number {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part));
      if (!pair) return offset;
      if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset;
      if (isScalar(pair.value) && pair.value.source !== "") offset = pair.value.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      const item: unknown = node.items[Number(part)];
      if (!isMap(item) && !isSeq(item) && !isScalar(item) && !isAlias(item)) return offset;
      offset = item.range?.[0] ?? offset;
      node = item;
    } else {
      return offset;
    }
  }
  return offset;
}

function explain({ code, message }: YAMLError): string {
  if (code === "DUPLICATE_KEY") return "This setting is written twice in the same place.";
  const first = message.split("\n")[0]?.trim() ?? message;
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
