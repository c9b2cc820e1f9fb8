import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export type Link = { label: string; href: string };

/** Set in the shared tokens; narrow first. */
export const frontPageStyle = `
main{max-inline-size:28rem;margin-inline:auto;padding:var(--s-6) var(--s-4);display:grid;gap:var(--s-3)}
.said{background:var(--ink);color:var(--ground);padding:var(--s-2) var(--s-4);font-size:var(--f-1);line-height:var(--l-1)}
h1{font-family:var(--display);font-weight:var(--w-display);font-size:var(--f-6);line-height:var(--l-6);text-wrap:balance}
p{color:var(--ink-2)}
ul{display:grid;gap:var(--s-2)}
li .b{justify-content:flex-start;inline-size:100%}
`;

/** What there is to see in a demo, as plain links. */
export function frontPage(shopName: string, links: Link[], styles: string[]): string {
  const items = links.map(
    ({ label, href }) => `<li><a class="b" href="${escapeHtml(href)}">${escapeHtml(label)}</a></li>`,
  );
  const sheets = [...styles, "/front.css"].map((href) => `<link rel="stylesheet" href="${escapeHtml(href)}">`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(shopName)}</title>
${sheets.join("\n")}
</head>
<body>
<div class="said"><b>Demo shop</b> It runs on this computer only.</div>
<main>
<h1>${escapeHtml(shopName)}</h1>
<p>Each page below is a different person in the shop. Open two side by side.</p>
<ul>
${items.join("\n")}
</ul>
</main>
</body>
</html>
`;
}

/** The style sheets that every built page shares, by their hashed names: Vite writes them into each page's head. */
export function sharedStyleSheets(folder: string): string[] {
  const [first = [], second = []] = ["staff", "phone"].map((name) => {
    const path = join(folder, name, "index.html");
    const html = existsSync(path) ? readFileSync(path, "utf8") : "";
    return [...html.matchAll(/<link rel="stylesheet"[^>]* href="(\/assets\/[^"]+)"/g)].map(([, href]) => href ?? "");
  });
  return first.filter((href) => second.includes(href));
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
