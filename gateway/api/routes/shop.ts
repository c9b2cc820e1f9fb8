import type { FastifyInstance } from "fastify";
import { Type } from "typebox";
import { staffOnly } from "../guard.ts";
import { securityHeaders } from "../headers.ts";
import type { ApiPorts } from "../ports.ts";
import { sendProblem } from "../problem.ts";
import { MediaStatusSchema, MirrorViewSchema, ShopCardSchema, ShopSchema, shopCard, ZoneSchema } from "../schemas.ts";
import type { StreamHub } from "../stream.ts";

/** The shop as staff see it: lists to read once, and the stream that keeps them fresh. */
export function registerShop(app: FastifyInstance, { views }: Pick<ApiPorts, "views">, hub: StreamHub): void {
  const lists = [
    { path: "zones", summary: "Zones and how many are in them", item: ZoneSchema, read: () => views.zones() },
    { path: "mirrors", summary: "Mirrors and who watches", item: MirrorViewSchema, read: () => views.mirrors() },
  ];
  for (const { path, summary, item, read } of lists) {
    app.get(
      `/api/v1/${path}`,
      {
        onRequest: staffOnly,
        schema: { summary, tags: ["shop"], who: "staff", response: { 200: Type.Array(item) } },
      },
      read,
    );
  }
  app.get(
    "/api/v1/shop",
    { schema: { summary: "What anyone may know of the shop", tags: ["shop"], response: { 200: ShopCardSchema } } },
    () => shopCard(views.shop()),
  );
  app.get(
    "/api/v1/shop/plan",
    {
      onRequest: staffOnly,
      schema: { summary: "Floor, shelves and people", tags: ["shop"], who: "staff", response: { 200: ShopSchema } },
    },
    () => views.shop(),
  );
  app.get(
    "/api/v1/media",
    { schema: { summary: "Is video ready?", tags: ["shop"], response: { 200: MediaStatusSchema } } },
    () => views.media(),
  );
  app.get(
    "/api/v1/stream",
    {
      onRequest: staffOnly,
      exposeHeadRoute: false,
      schema: {
        summary: "Server-sent events: the whole state, `ready`, then what changes; resumes by Last-Event-ID",
        tags: ["shop"],
        who: "staff",
        produces: "text/event-stream",
      },
    },
    (request, reply) => {
      if (hub.isFull()) {
        const detail = "All live connections are taken. The page tries again by itself.";
        return sendProblem(reply.header("retry-after", 5), {
          type: "/problems/full",
          title: "Too many pages are open.",
          status: 503,
          detail,
        });
      }
      reply.hijack();
      hub.open(request.raw, reply.raw, securityHeaders(request.raw));
    },
  );
}
