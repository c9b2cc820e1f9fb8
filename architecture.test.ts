import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

// The layout is a promise to newcomers. What it forbids, and why, stands in ARCHITECTURE.md.

const root = import.meta.dirname;
const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.ts", "*.tsx"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => file !== "" && !file.endsWith(".d.ts"));
const exempt = (file: string) =>
  file.endsWith(".test.ts") ||
  /^gateway\/(commands|bench|drills)\//.test(file) ||
  /(^|\/)(test|browser)-[a-z-]+\.ts$/.test(file);
const sources = files.filter((file) => !exempt(file));

const rooms = [
  "shelves",
  "stock",
  "alerts",
  "presence",
  "shoppers",
  "offers",
  "mirrors",
  "devices",
  "requests",
  "rollouts",
  "planogram",
  "demand",
  "evidence",
  "history",
];
const edges = [
  "broker",
  "ble",
  "media",
  "api",
  "storage",
  "access",
  "firmware",
  "tls",
  "discovery",
  "uplink",
  "clips",
  "headless",
];
const maxLines = 400;
const maxLineLength = 260;

/** What a file imports from the project itself, as paths from the root; types apart, because they vanish at run time. */
function importsOf(file: string): { target: string; typeOnly: boolean }[] {
  const text = readFileSync(join(root, file), "utf8");
  const found: { target: string; typeOnly: boolean }[] = [];
  for (const match of text.matchAll(
    /(?:^|\n)\s*(?:import|export)\s+(type\s)?([^;]*?\sfrom\s+)?["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)/g,
  )) {
    const specifier = match[3] ?? match[4] ?? "";
    const names = match[2] ?? "";
    const onlyTypes = match[1] !== undefined || /^\{(\s*type\s[^,}]+,?)+\s*\}/.test(names.trim());
    if (specifier.startsWith("#wire/"))
      found.push({ target: `gateway/wire/${specifier.slice(6)}`, typeOnly: onlyTypes });
    else if (specifier.startsWith(".")) {
      const target = relative(root, resolve(root, dirname(file), specifier.replace(/\?.*$/, "")));
      found.push({ target, typeOnly: onlyTypes });
    }
  }
  return found;
}

const part = (file: string) =>
  file.startsWith("gateway/") && file.split("/").length > 2 ? (file.split("/")[1] ?? "") : file;
const inGateway = (file: string, folders: string[]) => file.startsWith("gateway/") && folders.includes(part(file));
const shared = new Set([
  "gateway/events.ts",
  "gateway/stock-events.ts",
  "gateway/room.ts",
  "gateway/log.ts",
  "gateway/clock.ts",
]);

const graph = new Map(sources.map((file) => [file, importsOf(file)]));
function offenders(forbidden: (from: string, to: string) => boolean): string[] {
  return [...graph].flatMap(([from, imports]) =>
    imports.filter(({ target }) => forbidden(from, target)).map(({ target }) => `${from} imports ${target}`),
  );
}

test("wire/ and events.ts import nothing of ours", () => {
  expect(
    offenders(
      (from, to) =>
        (from.startsWith("gateway/wire/") && !to.startsWith("gateway/wire/")) ||
        (from === "gateway/events.ts" && to !== "gateway/stock-events.ts") ||
        from === "gateway/stock-events.ts",
    ),
  ).toEqual([]);
});

test("a room knows wire/, events and its own folder, and no other room", () => {
  expect(
    offenders(
      (from, to) =>
        inGateway(from, rooms) && part(to) !== part(from) && !to.startsWith("gateway/wire/") && !shared.has(to),
    ),
  ).toEqual([]);
});

test("an edge knows wire/, events and its own folder, and no other edge or room", () => {
  expect(
    offenders(
      (from, to) =>
        inGateway(from, edges) && part(to) !== part(from) && !to.startsWith("gateway/wire/") && !shared.has(to),
    ),
  ).toEqual([]);
});

test("pages and the simulator know nothing of the gateway but wire/", () => {
  const outside = (file: string) => file.startsWith("mirror-ui/") || file.startsWith("firmware-sim/");
  expect(
    offenders(
      (from, to) => outside(from) && !to.startsWith(`${from.split("/")[0]}/`) && !to.startsWith("gateway/wire/"),
    ),
  ).toEqual([]);
});

test("the mirror's state never imports three", () => {
  const guilty = sources.filter(
    (file) => file.startsWith("mirror-ui/mirror/state/") && /from "three/.test(readFileSync(join(root, file), "utf8")),
  );
  expect(guilty).toEqual([]);
});

test("no import runs in a circle", () => {
  const circles: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  function visit(file: string) {
    if (done.has(file)) return;
    const at = path.indexOf(file);
    if (at >= 0) {
      circles.push([...path.slice(at), file].join(" -> "));
      return;
    }
    path.push(file);
    for (const { target, typeOnly } of graph.get(file) ?? []) if (!typeOnly) visit(target);
    path.pop();
    done.add(file);
  }
  for (const file of graph.keys()) visit(file);
  expect(circles).toEqual([]);
});

test("every import of ours leads to a file that is there", () => {
  const known = new Set(files);
  const missing = offenders((_from, to) => /\.tsx?$/.test(to) && !to.endsWith(".d.ts") && !known.has(to));
  expect(missing).toEqual([]);
});

test(`no file is longer than ${maxLines} lines, no line longer than ${maxLineLength} characters`, () => {
  const tooLong = files.flatMap((file) => {
    const lines = readFileSync(join(root, file), "utf8").split("\n");
    const wide = lines.findIndex((line) => line.length > maxLineLength);
    return [
      ...(lines.length - 1 > maxLines ? [`${file}: ${lines.length - 1} lines`] : []),
      ...(wide >= 0 ? [`${file}:${wide + 1} is ${lines[wide]?.length} characters wide`] : []),
    ];
  });
  expect(tooLong).toEqual([]);
});

test("the gateway takes node:http by process.getBuiltinModule, because to import it loads fetch and WebSocket too", () => {
  const importing = /(?:^|\n)import (?!type )[^;]*from "node:http"/;
  const found = sources.filter(
    (file) => file.startsWith("gateway/") && importing.test(readFileSync(join(root, file), "utf8")),
  );
  expect(found).toEqual([]);
});
