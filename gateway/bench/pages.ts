import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { pagesFolder } from "../commands/setting.ts";
import { fixed, printTable } from "./figures.ts";

const pages = ["staff", "phone", "friend", "mirror"];
const budgeted = new Set(["staff", "phone", "friend"]);

/** What a browser loads before a page first shows: its HTML, its styles, its scripts and the scripts those import. */
export function measurePages() {
  const rows = pages.map((page) => {
    const file = join(pagesFolder, page, "index.html");
    if (!existsSync(file)) return [page, "not built: npx vite build"];
    const html = readFileSync(file, "utf8");
    const { styles, scripts } = firstLoad(html);
    const sizes = [gzipped(file), sum(styles), sum(scripts)];
    const all = sizes.reduce((total, size) => total + size, 0);
    return [
      page,
      ...[...sizes, all, sum(fontsOf(styles))].map(kilobytes),
      budgeted.has(page) ? "≤ 100, fonts ≤ 50" : "",
    ];
  });
  printTable("Pages, gzipped first load in kB", [["", "HTML", "CSS", "JS", "together", "fonts", "budget"], ...rows]);
}

function firstLoad(html: string) {
  const references = [...html.matchAll(/(?:src|href)="(\/?[^"]+\.(?:css|js))"/g)].map((match) => match[1] ?? "");
  const scripts = new Set<string>();
  const styles = new Set<string>();
  for (const reference of references) {
    const file = join(pagesFolder, reference.replace(/^\//, ""));
    if (reference.endsWith(".css")) styles.add(file);
    else follow(file, scripts);
  }
  return { styles, scripts };
}

/** Static imports load with the page; `import(…)` waits until it is asked for. */
function follow(file: string, seen: Set<string>) {
  if (seen.has(file) || !existsSync(file)) return;
  seen.add(file);
  for (const match of readFileSync(file, "utf8").matchAll(/(?:from|import)\s*["'](\.{1,2}\/[^"']+\.js)["']/g)) {
    follow(join(file, "..", match[1] ?? ""), seen);
  }
}

/** The fonts of every page's text; one with a `unicode-range` waits until such a letter is on the page. */
function fontsOf(styles: Set<string>): Set<string> {
  const fonts = new Set<string>();
  for (const style of styles) {
    for (const [face] of readFileSync(style, "utf8").matchAll(/@font-face\s*\{[^}]*\}/g)) {
      const url = /url\(["']?([^"')]+\.woff2)["']?\)/.exec(face)?.[1];
      if (url === undefined || face.includes("unicode-range")) continue;
      fonts.add(url.startsWith("/") ? join(pagesFolder, url) : join(style, "..", url));
    }
  }
  return fonts;
}

const gzipped = (file: string) =>
  file.endsWith(".woff2") ? readFileSync(file).length : gzipSync(readFileSync(file), { level: 9 }).length;
const sum = (files: Set<string>) => [...files].reduce((total, file) => total + gzipped(file), 0);
const kilobytes = (bytes: number) => fixed(bytes / 1_000, 1);
