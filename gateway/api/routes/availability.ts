import type { FastifyInstance } from "fastify";
import { type Static, Type } from "typebox";
import { isGtin } from "#wire/gtin.ts";
import type { StockItem } from "#wire/views.ts";
import type { AvailabilityHub } from "../availability-stream.ts";
import { itemOfGtin } from "../by-gtin.ts";
import { sendWithEtag } from "../etag.ts";
import { Gtin, StyleSchema } from "../goods-schemas.ts";
import { securityHeaders } from "../headers.ts";
import type { ApiPorts } from "../ports.ts";
import { badInput, notFound, sendProblem } from "../problem.ts";
import { AvailabilitySchema, Sku, strict } from "../schemas.ts";

const Query = Type.Object(
  {
    gtin: Type.Optional({ ...Gtin, description: "GTIN-8, -12, -13 or -14: one size and colour" }),
    style: Type.Optional({ ...Sku, description: "all sizes and colours of one product" }),
  },
  strict,
);

const tags = ["stock"];

/** For websites and apps: anyone may ask. */
export function registerAvailability(
  app: FastifyInstance,
  { views }: Pick<ApiPorts, "views">,
  hub: AvailabilityHub,
): void {
  app.get<{ Querystring: Static<typeof Query> }>(
    "/api/v1/availability",
    {
      schema: {
        summary: "Live availability by `gtin` or by `style`; answers 304 to a current If-None-Match",
        tags,
        querystring: Query,
        response: { 200: Type.Union([AvailabilitySchema, StyleSchema]) },
      },
    },
    (request, reply) => {
      // anyone may know, pages of other hosts too; no credentials go with it
      reply.header("access-control-allow-origin", "*");
      const { gtin, style } = request.query;
      if ((gtin === undefined) === (style === undefined))
        return badInput(reply, "querystring.gtin", "Ask by gtin or by style, one of them.");
      if (style !== undefined) {
        const items = views.byStyle(style).map((item) => ({ ...availabilityOf(item), ...variantOf(item) }));
        if (items.length === 0) return notFound(reply, `This shop has no product ${style}.`);
        return sendWithEtag(request, reply, { body: JSON.stringify({ style, items }) });
      }
      if (gtin === undefined || !isGtin(gtin))
        return badInput(reply, "querystring.gtin", `The check digit of ${gtin} is wrong.`);
      const item = itemOfGtin(views, gtin);
      if (!item) return notFound(reply, `This shop has no item with the GTIN ${gtin}.`);
      return sendWithEtag(request, reply, { body: JSON.stringify(availabilityOf(item)) });
    },
  );
  app.get(
    "/api/v1/availability/stream",
    {
      exposeHeadRoute: false,
      schema: {
        summary: "Server-sent events: what can be had of everything, `ready`, then what changes, once a second at most",
        tags,
        produces: "text/event-stream",
      },
    },
    (request, reply) => {
      if (!hub.hasRoom(request.ip)) {
        return sendProblem(reply.header("retry-after", 30), {
          type: "/problems/full",
          title: "Too many are listening.",
          status: 503,
          detail: "Listen once, and pass it on; or ask again in a while.",
        });
      }
      reply.hijack();
      hub.open(request.ip, reply.raw, securityHeaders(request.raw));
    },
  );
}

const availabilityOf = ({ gtin, sku, name, available, confidence, at }: StockItem) => ({
  ...{ gtin, sku, name, available, confidence, at },
});

const variantOf = ({ size, colour }: StockItem) => ({
  ...(size === undefined ? {} : { size }),
  ...(colour === undefined ? {} : { colour }),
});
