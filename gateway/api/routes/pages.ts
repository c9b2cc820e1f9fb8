import { existsSync } from "node:fs";
import { join, sep } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { Static } from "typebox";
import { frontPage, frontPageStyle, type Link, sharedStyleSheets } from "../front-page.ts";
import type { Views } from "../ports.ts";
import { notFound, sendProblem } from "../problem.ts";
import { IdParams } from "../schemas.ts";
import { createZippedFiles } from "../zipped-files.ts";

type Needs = {
  views: Views;
  /** Where Vite put the built pages. */
  folder: string;
  /** Shown on the front page of the demo; without any, the front page is the staff page. */
  links(): Link[];
};

const hide = { hide: true };
const forEver = "public, max-age=31536000, immutable";

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
        reply.header("cache-control", forEver);
      } else if (!path.endsWith(".html")) reply.header("cache-control", "no-cache");
      else reply.header("cache-control", "no-store");
    },
  });
  const zipped = createZippedFiles(join(folder, "assets"));
  app.get<{ Params: { file: string } }>("/assets/:file", { schema: hide }, async (request, reply) => {
    const { file } = request.params;
    if (!/^\w[\w.-]*$/.test(file)) return notFound(reply, "Files have plain names here.");
    reply.header("vary", "accept-encoding");
    const takesGzip = /\bgzip\b(?!\s*;\s*q=0(\.0*)?(,|$))/.test(request.headers["accept-encoding"] ?? "");
    const small = takesGzip ? await zipped(file) : undefined;
    if (!small) return reply.sendFile(`assets/${file}`);
    reply.header("cache-control", forEver).header("content-encoding", "gzip");
    return reply.type(small.contentType).send(small.bytes);
  });
  app.get("/staff", { schema: hide }, (_request, reply) => page(reply, "staff"));
  // The page itself reads what stands behind it.
  for (const path of ["/staff/devices", "/staff/devices/*", "/staff/planogram", "/staff/planogram/*"]) {
    app.get(path, { schema: hide }, (_request, reply) => page(reply, "staff"));
  }
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
    const html = frontPage(views.shop().name, shown, sharedStyleSheets(folder));
    return reply.type("text/html; charset=utf-8").header("cache-control", "no-store").send(html);
  });
  app.get("/front.css", { schema: hide }, (_request, reply) =>
    reply.type("text/css; charset=utf-8").header("cache-control", "no-cache").send(frontPageStyle),
  );
  // Browsers ask for it unasked; an error in their console would worry people.
  app.get("/favicon.ico", { schema: hide }, (_request, reply) =>
    reply.code(204).header("cache-control", "public, max-age=86400").send(),
  );
}
