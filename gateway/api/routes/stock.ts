import type { FastifyInstance } from "fastify";
import { type Static, Type } from "typebox";
import type { StockItem } from "#wire/views.ts";
import { LedgerSchema } from "../goods-schemas.ts";
import { isStaff, managerOnly, staffId, staffOnly } from "../guard.ts";
import type { ApiPorts, Caller } from "../ports.ts";
import { notFound } from "../problem.ts";
import { Id, IdempotencyKey, SkuParams, StockItemSchema, strict } from "../schemas.ts";
import { runCommand } from "./run-command.ts";

const CountBody = Type.Object(
  {
    shelf: Id,
    plate: Type.Integer({ minimum: 1, maximum: 64 }),
    count: Type.Integer({ minimum: 0, maximum: 500, description: "pieces a person counted on this plate" }),
  },
  strict,
);
const WriteOffBody = Type.Object(
  {
    quantity: Type.Integer({ minimum: 1, maximum: 1_000 }),
    reason: Type.String({ minLength: 1, maxLength: 80, description: "in words: broken, stolen, a gift" }),
  },
  strict,
);
const WriteOffHeaders = Type.Object({ "idempotency-key": Type.Optional(IdempotencyKey) });
const LedgerQuery = Type.Object({ limit: Type.Optional(Type.String({ pattern: "^([1-9]|[1-4][0-9]|50)$" })) }, strict);

const tags = ["stock"];
type Params = { Params: Static<typeof SkuParams> };

/** Which device or colleague stands behind a count, and what people carry about, is the shop's own business. */
function asSeenBy(caller: Caller | null, item: StockItem): StockItem {
  if (caller && isStaff(caller)) return item;
  const { inHands: _, setAside: __, places, ...open } = item;
  return { ...open, places: places.map(({ evidence: ___, ...place }) => place) };
}

export function registerStock(app: FastifyInstance, { views, commander }: Pick<ApiPorts, "views" | "commander">): void {
  app.get(
    "/api/v1/stock",
    { schema: { summary: "All items with their counts", tags, response: { 200: Type.Array(StockItemSchema) } } },
    ({ caller }) => views.stock().map((item) => asSeenBy(caller, item)),
  );
  app.get<Params>(
    "/api/v1/stock/:sku",
    { schema: { summary: "One item", tags, params: SkuParams, response: { 200: StockItemSchema } } },
    ({ params, caller }, reply) => {
      const item = views.stockItem(params.sku);
      return item ? asSeenBy(caller, item) : notFound(reply, `No item has the SKU ${params.sku}.`);
    },
  );
  app.get<Params & { Querystring: Static<typeof LedgerQuery> }>(
    "/api/v1/stock/:sku/ledger",
    {
      onRequest: staffOnly,
      schema: {
        summary: "Where its pieces came from and went, and what every account holds",
        tags,
        who: "staff",
        params: SkuParams,
        querystring: LedgerQuery,
        response: { 200: LedgerSchema },
      },
    },
    ({ params, query }, reply) =>
      views.ledger(params.sku, Number(query.limit ?? 50)) ?? notFound(reply, `No item has the SKU ${params.sku}.`),
  );
  app.post<Params & { Body: Static<typeof CountBody> }>(
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
  app.post<Params & { Body: Static<typeof WriteOffBody>; Headers: Static<typeof WriteOffHeaders> }>(
    "/api/v1/stock/:sku/write-off",
    {
      onRequest: managerOnly,
      schema: {
        summary: "Gone without a sale; with an Idempotency-Key it counts once",
        tags,
        who: "manager",
        params: SkuParams,
        headers: WriteOffHeaders,
        body: WriteOffBody,
        response: { 200: LedgerSchema },
      },
    },
    async (request, reply) => {
      const { sku } = request.params;
      const key = request.headers["idempotency-key"];
      const command = {
        ...{ command: "stock.write-off" as const, sku, ...request.body, by: staffId(request) },
        ...(key === undefined ? {} : { key }),
      };
      return runCommand(commander, reply, command, () => ({ status: 200, body: views.ledger(sku, 1) }));
    },
  );
}
