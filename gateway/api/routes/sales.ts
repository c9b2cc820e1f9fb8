import type { FastifyInstance } from "fastify";
import { type Static, Type } from "typebox";
import { SaleLinesSchema } from "../goods-schemas.ts";
import { actorId, channelOrStaff, ownKey } from "../guard.ts";
import type { ApiPorts } from "../ports.ts";
import { IdempotencyHeaders, strict } from "../schemas.ts";
import { runCommand } from "./run-command.ts";

const Body = Type.Object({ lines: SaleLinesSchema }, strict);

export function registerSales(app: FastifyInstance, { commander }: Pick<ApiPorts, "commander">): void {
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
      const { lines } = request.body;
      const command = { command: "sale.make" as const, lines, key: ownKey(request), by: actorId(request) };
      return runCommand(commander, reply, command, (value) => ({ status: 201, body: value }));
    },
  );
}
