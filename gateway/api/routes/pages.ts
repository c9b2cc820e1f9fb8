import { existsSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { Static } from "typebox";
import type { Views } from "../ports.ts";
import { notFound, sendProblem } from "../problem.ts";
import { IdParams } from "../schemas.ts";

export type Link = { label: string; href: string };

type Needs = {
  views: Views;
  /** Where Vite put the built pages. */
  folder: string;
  /** Shown on the front page of the demo; without any, the front page is the staff page. */
  links(): Link[];
};

const hide = { hide: true };

/** The built pages. HTML is never stored, so that an update is seen at the next load; hashed files are kept for ever. */
export function registerPages(app: FastifyInstance, { views, folder, links }: Needs): void {
  function page(reply: FastifyReply, name: string) {
    if (!existsSync(join(folder, name, "index.html"))) {
      return sendProblem(reply, {
        type: "/problems/not-built",
        title: "The pages are not built yet.",
        status: 503,
        detail: "They are made by `npm install`; `npx vite build` makes them again.",
      });
    }
    return reply.header("cache-control", "no-store").sendFile(`${name}/index.html`, { cacheControl: false });
  }

  app.register(fastifyStatic, {
    root: folder,
    prefix: "/",
    index: false,
    redirect: false,
    dotfiles: "ignore",
    schemaHide: true,
    suppressWarning: true,
    cacheControl: false,
    setHeaders(reply, path) {
      if (path.startsWith(join(folder, "assets") + sep)) {
        reply.header("cache-control", "public, max-age=31536000, immutable");
      } else if (!path.endsWith(".html")) reply.header("cache-control", "no-cache");
      else reply.header("cache-control", "no-store");
    },
  });
  app.get("/staff", { schema: hide }, (_request, reply) => page(reply, "staff"));
  app.get("/phone", { schema: hide }, (_request, reply) => page(reply, "phone"));
  app.get<{ Params: Static<typeof IdParams> }>(
    "/mirror/:id",
    { schema: { ...hide, params: IdParams } },
    ({ params }, reply) => {
      const known = views.shop().mirrors.some(({ id }) => id === params.id);
      return known ? page(reply, "mirror") : notFound(reply, `This shop has no mirror ${params.id}.`);
    },
  );
  app.get("/", { schema: hide }, (_request, reply) => {
    const shown = links();
    if (shown.length === 0) return reply.redirect("/staff");
    const html = frontPage(views.shop().name, shown, styleSheets(folder));
    return reply.type("text/html; charset=utf-8").header("cache-control", "no-store").send(html);
  });
  // Browsers ask for it unasked; an error in their console would worry people.
  app.get("/favicon.ico", { schema: hide }, (_request, reply) =>
    reply.code(204).header("cache-control", "public, max-age=86400").send(),
  );
}

function frontPage(shopName: string, links: Link[], styles: string[]): string {
  const items = links.map(({ label, href }) => `<li><a href="${escapeHtml(href)}">${escapeHtml(label)}</a></li>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(shopName)}</title>
${styles.map((href) => `<link rel="stylesheet" href="${escapeHtml(href)}">`).join("\n")}
</head>
<body>
<main>
<h1>${escapeHtml(shopName)}</h1>
<p>This is a demo shop. It runs on this computer only.</p>
<ul>
${items.join("\n")}
</ul>
</main>
</body>
</html>
`;
}

/** The built staff page names the shared style sheets by their hashes. */
function styleSheets(folder: string): string[] {
  const path = join(folder, "staff", "index.html");
  if (!existsSync(path)) return [];
  return [...readFileSync(path, "utf8").matchAll(/<link rel="stylesheet"[^>]* href="(\/assets\/[^"]+)"/g)].map(
    ([, href]) => href ?? "",
  );
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
