import type { FastifyInstance } from "fastify";
import { type Static, Type } from "typebox";
import { isGtin } from "#wire/gtin.ts";
import { itemOfGtin } from "../by-gtin.ts";
import { SaleLinesSchema } from "../goods-schemas.ts";
import { actorId, channelOrStaff, ownKey } from "../guard.ts";
import type { ApiPorts } from "../ports.ts";
import { badInput } from "../problem.ts";
import { IdempotencyHeaders, strict } from "../schemas.ts";
import { runCommand } from "./run-command.ts";

const Body = Type.Object({ lines: SaleLinesSchema }, strict);

export function registerSales(app: FastifyInstance, { views, commander }: Pick<ApiPorts, "views" | "commander">): void {
  app.post<{ Body: Static<typeof Body>; Headers: Static<typeof IdempotencyHeaders> }>(
    "/api/v1/sales",
    {
      onRequest: channelOrStaff,
      schema: {
        summary: "What the till sold or took back; the same Idempotency-Key never counts twice",
        tags: ["stock"],
        who: "channel",
        headers: IdempotencyHeaders,
        body: Body,
        response: {
          201: Type.Object({
            saleId: Type.String(),
            neverStocked: Type.Optional(
              Type.Array(Type.String(), { description: "sold, though nobody knew that there were any left" }),
            ),
          }),
        },
      },
    },
    async (request, reply) => {
      const lines: { sku: string; quantity: number }[] = [];
      for (const [index, { sku, gtin, quantity }] of request.body.lines.entries()) {
        if ((sku === undefined) === (gtin === undefined))
          return badInput(reply, `body.lines.${index}.sku`, "A line names its product by sku or by gtin, one of them.");
        if (gtin !== undefined && !isGtin(gtin))
          return badInput(reply, `body.lines.${index}.gtin`, `The check digit of ${gtin} is wrong.`);
        // what the shop does not know was sold all the same
        const named = sku ?? itemOfGtin(views, gtin ?? "")?.sku ?? `GTIN-${gtin}`;
        lines.push({ sku: named, quantity });
      }
      const command = { command: "sale.make" as const, lines, key: ownKey(request), by: actorId(request) };
      return runCommand(commander, reply, command, (value) => ({ status: 201, body: value }));
    },
  );
}
