import type { FastifyInstance } from "fastify";
import { type Static, Type } from "typebox";
import { staffOnly } from "../guard.ts";
import type { ApiPorts } from "../ports.ts";
import { notFound } from "../problem.ts";
import { SkuParams, strict } from "../schemas.ts";

const DayQuery = Type.Object(
  {
    day: Type.Optional(
      Type.String({
        pattern: "^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
        description: "local date; left out: today",
      }),
    ),
  },
  strict,
);
const DemandSchema = Type.Object({
  sku: Type.String(),
  day: Type.String(),
  hours: Type.Array(
    Type.Object({
      hour: Type.Integer({ description: "0..23 of the shop's wall clock, open hours only" }),
      expected: Type.Number({ description: "pieces" }),
      actual: Type.Optional(
        Type.Number({ description: "what truly left, of hours that are over; eight days are kept" }),
      ),
    }),
  ),
  meanError: Type.Optional(Type.Number({ description: "mean absolute error of past hours, pieces" })),
  why: Type.String({ description: "the forecast in a sentence" }),
});
const RestockLineSchema = Type.Object({
  sku: Type.String(),
  shelf: Type.String(),
  plate: Type.Integer(),
  count: Type.Integer(),
  capacity: Type.Integer(),
  expected: Type.Number({ description: "pieces that will leave until `until`" }),
  quantity: Type.Integer({ description: "pieces to bring" }),
  emptyAt: Type.Optional(Type.Integer({ description: "epoch milliseconds: when the last one is expected to leave" })),
  until: Type.Integer({ description: "epoch milliseconds: the end of the busiest hour ahead" }),
});
const tags = ["stock"];

export function registerDemand(app: FastifyInstance, { views }: Pick<ApiPorts, "views">): void {
  app.get<{ Params: Static<typeof SkuParams>; Querystring: Static<typeof DayQuery> }>(
    "/api/v1/demand/:sku",
    {
      onRequest: staffOnly,
      schema: {
        summary: "What is expected of one product, hour by hour, and how far such words were off",
        tags,
        who: "staff",
        params: SkuParams,
        querystring: DayQuery,
        response: { 200: DemandSchema },
      },
    },
    ({ params, query }, reply) =>
      views.demand(params.sku, query.day) ?? notFound(reply, `No item has the SKU ${params.sku}.`),
  );
  app.get(
    "/api/v1/restock",
    {
      onRequest: staffOnly,
      schema: {
        summary: "What to fill before the rush, the most urgent first",
        tags,
        who: "staff",
        response: { 200: Type.Array(RestockLineSchema) },
      },
    },
    () => views.restock(),
  );
}
