import { createHash } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { type Static, Type } from "typebox";
import { isGtin } from "#wire/gtin.ts";
import { actorId, channelOrStaff, ownKey, staffId, staffOnly } from "../guard.ts";
import type { ApiPorts, Views } from "../ports.ts";
import { badInput, notFound } from "../problem.ts";
import { AvailabilitySchema, Id, IdempotencyHeaders, Sku, SkuParams, StockItemSchema, strict } from "../schemas.ts";
import { runCommand } from "./run-command.ts";

const AvailabilityQuery = Type.Object(
  { gtin: Type.String({ pattern: "^([0-9]{8}|[0-9]{12,14})$", description: "GTIN-8, -12, -13 or -14" }) },
  strict,
);
const CountBody = Type.Object(
  {
    shelf: Id,
    plate: Type.Integer({ minimum: 1, maximum: 64 }),
    count: Type.Integer({ minimum: 0, maximum: 500, description: "pieces a person counted on this plate" }),
  },
  strict,
);
const ReservationBody = Type.Object({ sku: Sku, quantity: Type.Integer({ minimum: 1, maximum: 20 }) }, strict);
const ReservationSchema = Type.Object({ reservationId: Type.String() });

const tags = ["stock"];

export function registerStock(app: FastifyInstance, { views, commander }: Pick<ApiPorts, "views" | "commander">): void {
  app.get(
    "/api/v1/stock",
    { schema: { summary: "All items with their counts", tags, response: { 200: Type.Array(StockItemSchema) } } },
    () => views.stock(),
  );
  app.get<{ Params: Static<typeof SkuParams> }>(
    "/api/v1/stock/:sku",
    { schema: { summary: "One item", tags, params: SkuParams, response: { 200: StockItemSchema } } },
    ({ params }, reply) => views.stockItem(params.sku) ?? notFound(reply, `No item has the SKU ${params.sku}.`),
  );
  registerAvailability(app, views);
  app.post<{ Params: Static<typeof SkuParams>; Body: Static<typeof CountBody> }>(
    "/api/v1/stock/:sku/count",
    {
      onRequest: staffOnly,
      schema: {
        summary: "A person counted; the scale is corrected",
        tags,
        who: "staff",
        params: SkuParams,
        body: CountBody,
        response: { 200: StockItemSchema },
      },
    },
    async (request, reply) => {
      const { sku } = request.params;
      if (!views.stockItem(sku)) return notFound(reply, `No item has the SKU ${sku}.`);
      const command = { command: "stock.count" as const, sku, ...request.body, by: staffId(request) };
      return runCommand(commander, reply, command, () => ({ status: 200, body: views.stockItem(sku) }));
    },
  );
  app.post<{ Body: Static<typeof ReservationBody>; Headers: Static<typeof IdempotencyHeaders> }>(
    "/api/v1/reservations",
    {
      onRequest: channelOrStaff,
      schema: {
        summary: "Hold pieces for a customer; the same Idempotency-Key never holds twice",
        tags,
        who: "channel",
        headers: IdempotencyHeaders,
        body: ReservationBody,
        response: { 201: ReservationSchema },
      },
    },
    async (request, reply) => {
      const by = actorId(request);
      const command = { command: "reservation.make" as const, ...request.body, key: ownKey(request), by };
      return runCommand(commander, reply, command, (value) => ({ status: 201, body: value }));
    },
  );
}

function registerAvailability(app: FastifyInstance, views: Views) {
  app.get<{ Querystring: Static<typeof AvailabilityQuery> }>(
    "/api/v1/availability",
    {
      schema: {
        summary: "Live availability for websites and apps; answers 304 to a current If-None-Match",
        tags,
        querystring: AvailabilityQuery,
        response: { 200: AvailabilitySchema },
      },
    },
    (request, reply) => {
      const { gtin } = request.query;
      if (!isGtin(gtin)) return badInput(reply, "querystring.gtin", `The check digit of ${gtin} is wrong.`);
      const item = sameGtin(gtin).map(views.byGtin).find(Boolean);
      if (!item) return notFound(reply, `This shop has no item with the GTIN ${gtin}.`);
      const { sku, name, available, confidence, at } = item;
      const body = JSON.stringify({ gtin: item.gtin, sku, name, available, confidence, at });
      const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
      reply.header("etag", etag).header("cache-control", "no-cache");
      if (hasEtag(request.headers["if-none-match"], etag)) return reply.code(304).send();
      return reply.type("application/json").serializer(String).send(body);
    },
  );
}

/** The same number with fewer or more leading zeros: a till may say GTIN-14 where the catalogue says GTIN-13. */
function sameGtin(gtin: string): string[] {
  const digits = gtin.replace(/^0+/, "");
  const padded = [8, 12, 13, 14].filter((length) => length >= digits.length).map((n) => digits.padStart(n, "0"));
  return [...new Set([gtin, ...padded])];
}

/** RFC 9110 13.1.2: weak comparison, a list, or `*`. */
function hasEtag(header: string | undefined, etag: string): boolean {
  const tags = (header ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes("*") || tags.includes(etag);
}
