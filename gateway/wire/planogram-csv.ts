import { type CsvError, parse } from "csv-parse/sync";
import { isGtin, isGtinShaped } from "./gtin.ts";
import type { PlanogramFacing } from "./stock-views.ts";

/**
 * The planogram as a table for people and their spreadsheets: RFC 4180, UTF-8 with a byte order mark so that Excel takes it
 * for what it is. Read back are also semicolons, tabs and decimal commas, as Excel writes them where a comma is decimal.
 */
export type PlanogramShelf = { id: string; plates: PlanogramFacing[] };
/** What the table says beside the planogram, for those who read it. */
export type CsvWorld = {
  /** In the order in which they are written. */
  shelves: readonly { id: string; fixture?: string }[];
  products: ReadonlyMap<string, { gtin: string; name: string }>;
};
/** `line` counts from 1, the header included; 0: the file as a whole. */
export type CsvProblem = { line: number; column?: string; detail: string };
/**
 * `shelves` is the planogram as far as it could be read: all of it when there is no problem. `lineOf`: where a facing stood,
 * by its path in `shelves`: "shelves[0].plates[2]".
 */
export type CsvResult = { shelves: PlanogramShelf[]; problems: CsvProblem[]; lineOf: (field: string) => number };

const columns = [
  "fixture",
  "shelf",
  "plate",
  "position",
  "sku",
  "gtin",
  "name",
  "capacity",
  "minimum",
  "x",
  "width",
] as const;
type Column = (typeof columns)[number];
type Row = { line: number; cells: Partial<Record<Column, string>> };

export const csvLimits = { bytes: 1024 * 1024, lines: 20_000 } as const;
const problemsTold = 200;
const longestCell = 200;
const byteOrderMark = "\uFEFF";

/** One line for each facing, by shelf and plate; an empty shelf has no line. */
export function writePlanogramCsv(planogram: readonly PlanogramShelf[], { shelves, products }: CsvWorld): string {
  const platesOf = new Map(planogram.map(({ id, plates }) => [id, plates]));
  const lines = shelves.flatMap(({ id, fixture = "" }) => {
    const positions = new Map<number, number>();
    return (platesOf.get(id) ?? []).map(({ plate, sku, capacity, minimum, x = "", width = "" }) => {
      const position = (positions.get(plate) ?? 0) + 1;
      positions.set(plate, position);
      const { gtin = "", name = "" } = products.get(sku) ?? {};
      return [fixture, id, plate, position, sku, gtin, name, capacity, minimum, x, width].map(cell).join(",");
    });
  });
  return `${byteOrderMark}${[columns.join(","), ...lines].join("\r\n")}\r\n`;
}

/** A spreadsheet would compute what begins so; the apostrophe says that it is text (OWASP, CSV injection). */
const formula = /^[=+\-@\t\r]/;
const guarded = /^'[=+\-@\t\r]/;

function cell(value: string | number): string {
  if (typeof value === "number") return String(value);
  const safe = formula.test(value) ? `'${value}` : value;
  return /[",;\r\n\t]/.test(safe) || guarded.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Reads a whole planogram: a shelf that is not named is left out. Every mistake at once, with its line. */
export function readPlanogramCsv(bytes: Uint8Array, { products, shelves }: CsvWorld): CsvResult {
  const read = readRows(bytes);
  if (!read.ok) return { shelves: [], problems: read.problems, lineOf: () => 0 };
  const problems: CsvProblem[] = [];
  const skuOfGtin = new Map([...products].map(([sku, { gtin }]) => [gtin.padStart(14, "0"), sku]));
  const idOf = new Map(shelves.map(({ id }) => [id.toLowerCase(), id]));
  const found = new Map<string, { facing: PlanogramFacing; position: number; line: number }[]>();
  for (const { line, cells } of read.rows) {
    const say = (column: Column, detail: string) => void problems.push({ line, column, detail });
    const id = cells.shelf ?? "";
    if (id === "") say("shelf", "The shelf is missing.");
    const sku = skuOf(cells, { products, skuOfGtin, say });
    const facing = readFacing(cells, sku, say);
    const position = cells.position === undefined ? Number.POSITIVE_INFINITY : numberOf(cells.position);
    if (Number.isNaN(position)) say("position", `${show(cells.position)} is not a number.`);
    const shelf = idOf.get(id.toLowerCase()) ?? id;
    const entries = found.get(shelf) ?? [];
    entries.push({ facing, position, line });
    found.set(shelf, entries);
  }
  return { ...ordered(found), problems: problems.slice(0, problemsTold) };
}

/** Facings by plate and position; where they stood in the file is remembered. */
function ordered(found: Map<string, { facing: PlanogramFacing; position: number; line: number }[]>) {
  const lines = new Map<string, number>();
  const shelves = [...found].map(([id, entries], index) => {
    // sort() keeps the order of the file where nothing else decides
    entries.sort((a, b) => a.facing.plate - b.facing.plate || Math.sign(a.position - b.position) || 0);
    for (const [at, { line }] of entries.entries()) lines.set(`shelves[${index}].plates[${at}]`, line);
    lines.set(`shelves[${index}]`, Math.min(...entries.map(({ line }) => line)));
    return { id, plates: entries.map(({ facing }) => facing) };
  });
  const lineOf = (field: string) => {
    const [facing = ""] = /^shelves\[\d+\]\.plates\[\d+\]/.exec(field) ?? [];
    const [shelf = ""] = /^shelves\[\d+\]/.exec(field) ?? [];
    return lines.get(facing) ?? lines.get(shelf) ?? 0;
  };
  return { shelves, lineOf };
}

type Say = (column: Column, detail: string) => void;

/** By SKU or GTIN; where both are given they must mean the same product. */
function skuOf(
  { sku = "", gtin = "" }: Row["cells"],
  { products, skuOfGtin, say }: { products: CsvWorld["products"]; skuOfGtin: ReadonlyMap<string, string>; say: Say },
): string {
  if (sku === "" && gtin === "") {
    say("sku", "The product is missing: give its SKU or its GTIN.");
    return "";
  }
  if (gtin === "") return sku;
  const digits = gtin.replace(/[\s-]/g, "");
  // a spreadsheet eats leading zeros, and writes long numbers as 9.52014E+12
  const padded = digits.padStart(digits.length <= 8 ? 8 : 13, "0");
  if (!isGtinShaped(padded)) {
    say("gtin", `${show(gtin)} is not a GTIN. A spreadsheet may have rounded it: format the column as text.`);
    return sku;
  }
  const known = skuOfGtin.get(padded.padStart(14, "0"));
  if (known === undefined && !isGtin(padded)) say("gtin", `The check digit of ${gtin} is wrong.`);
  else if (known === undefined) say("gtin", `No product has the GTIN ${gtin}.`);
  else if (sku !== "" && sku !== known && products.has(sku))
    say("gtin", `${gtin} is the GTIN of ${known}, not of ${sku}.`);
  return sku === "" ? (known ?? "") : sku;
}

function readFacing(cells: Row["cells"], sku: string, say: Say): PlanogramFacing {
  const whole = (column: "plate" | "capacity" | "minimum", fallback?: number) => {
    const text = cells[column];
    if (text === undefined && fallback !== undefined) return fallback;
    const value = text === undefined ? Number.NaN : numberOf(text);
    if (Number.isInteger(value)) return value;
    say(column, text === undefined ? `The ${column} is missing.` : `${show(text)} is not a whole number.`);
    return 1;
  };
  const share = (column: "x" | "width") => {
    const text = cells[column];
    if (text === undefined) return {};
    const value = text.endsWith("%") ? numberOf(text.slice(0, -1)) / 100 : numberOf(text);
    if (Number.isNaN(value)) say(column, `${show(text)} is not a number.`);
    return { [column]: value };
  };
  const [plate, capacity, minimum] = [whole("plate"), whole("capacity"), whole("minimum", 0)];
  return { plate, sku, capacity, minimum, ...share("x"), ...share("width") };
}

/** "0,25" as "0.25"; NaN for what is no number. */
function numberOf(text: string): number {
  const plain = text.trim().replace(/^(-?\d+),(\d+)$/, "$1.$2");
  return /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : Number.NaN;
}

type Rows = { ok: true; rows: Row[] } | { ok: false; problems: CsvProblem[] };

function readRows(bytes: Uint8Array): Rows {
  const refuse = (detail: string, line = 0): Rows => ({ ok: false, problems: [{ line, detail }] });
  if (bytes.length > csvLimits.bytes) return refuse("The file is larger than 1 MB.");
  const decoded = decodeText(bytes);
  if (decoded === undefined) return refuse("The file is not text in UTF-8. Save it as CSV UTF-8.");
  // the first line of Excel's own files may say which character separates
  const named = /^sep=(.)\r?\n/i.exec(decoded);
  const text = decoded.slice(named?.[0].length ?? 0);
  const skipped = named ? 1 : 0;
  const header = text.split(/\r?\n/, 1)[0] ?? "";
  const delimiter = named?.[1] ?? delimiterOf(header);
  const table = readTable(text, delimiter);
  if (!table.ok) return refuse(table.detail, table.line + skipped);
  const [first, ...others] = table.records;
  if (!first) return refuse("The file is empty.");
  if (others.length > csvLimits.lines) return refuse(`The file has more than ${csvLimits.lines} lines.`);
  const names = first.cells.map((name) => name.trim().toLowerCase());
  const problems = headerProblems(names).map((problem) => ({ ...problem, line: 1 + skipped }));
  if (problems.length > 0) return { ok: false, problems };
  const rows = others.map(({ line, cells }) => ({ line: line + skipped, cells: cellsOf(names, cells) }));
  return { ok: true, rows: rows.filter(({ cells }) => Object.keys(cells).length > 0) };
}

/** UTF-8, or the UTF-16 that some programs call Unicode text. */
function decodeText(bytes: Uint8Array): string | undefined {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function delimiterOf(header: string): string {
  const count = (mark: string) => header.split(mark).length;
  return [";", "\t"].reduce((best, mark) => (count(mark) > count(best) ? mark : best), ",");
}

type Table = { ok: true; records: { line: number; cells: string[] }[] } | { ok: false; line: number; detail: string };

function readTable(text: string, delimiter: string): Table {
  const records: { line: number; cells: string[] }[] = [];
  let next = 1;
  try {
    parse(text, {
      ...{
        delimiter,
        record_delimiter: ["\r\n", "\n", "\r"],
        relax_column_count: true,
        skip_empty_lines: true,
        max_record_size: 20_000,
      },
      // one more than is allowed, so that the caller can tell
      to: csvLimits.lines + 2,
      on_record: (cells: string[], { lines }: { lines: number }) => {
        // `lines` is where the record ends: it began after the one before, empty lines aside
        const own = cells.reduce((sum, one) => sum + one.split("\n").length - 1, 0);
        records.push({ line: Math.max(next, lines - own), cells });
        next = lines + 1;
        return null;
      },
    });
    return { ok: true, records };
  } catch (error) {
    const { lines, message } = asCsvError(error);
    return { ok: false, line: lines, detail: `A quotation mark is out of place, or never closed (${message}).` };
  }
}

const asCsvError = (error: unknown): { lines: number; message: string } => {
  const { lines, code } = error as CsvError & { lines?: number };
  return { lines: typeof lines === "number" ? lines : 0, message: String(code ?? "unreadable") };
};

function headerProblems(names: string[]): Omit<CsvProblem, "line">[] {
  const problems: Omit<CsvProblem, "line">[] = [];
  for (const needed of ["shelf", "plate", "capacity"] as const)
    if (!names.includes(needed)) problems.push({ column: needed, detail: `There is no column ${needed}.` });
  if (!names.includes("sku") && !names.includes("gtin"))
    problems.push({ column: "sku", detail: "There is no column sku, nor gtin." });
  const twice = names.find((name, at) => name !== "" && names.indexOf(name) !== at);
  if (twice !== undefined) problems.push({ column: twice, detail: `The column ${show(twice)} is there twice.` });
  return problems;
}

/** Unknown columns are nobody's mistake: people keep notes beside their tables. */
function cellsOf(names: string[], cells: string[]): Row["cells"] {
  const row: Row["cells"] = {};
  for (const column of columns) {
    const raw = cells[names.indexOf(column)]?.trim().slice(0, longestCell);
    if (raw) row[column] = guarded.test(raw) ? raw.slice(1) : raw;
  }
  return row;
}

const show = (text = "") => JSON.stringify(text.slice(0, 40));
