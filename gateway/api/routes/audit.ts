import type { FastifyInstance } from "fastify";
import { type Static, Type } from "typebox";
import { engineerOnly } from "../guard.ts";
import type { ApiPorts } from "../ports.ts";
import { strict } from "../schemas.ts";

const AuditQuery = Type.Object(
  {
    limit: Type.Optional(Type.String({ pattern: "^[1-9][0-9]{0,3}$", description: "newest entries; 200 if left out" })),
  },
  strict,
);
const AuditEntrySchema = Type.Object({
  at: Type.Integer({ description: "epoch milliseconds" }),
  by: Type.String(),
  action: Type.String(),
  subject: Type.Optional(Type.String()),
  ok: Type.Boolean(),
  address: Type.Optional(Type.String()),
  detail: Type.Optional(Type.String()),
  missed: Type.Optional(Type.Integer({ description: "entries left out before this one, because there were too many" })),
});

export function registerAudit(app: FastifyInstance, { audit }: Pick<ApiPorts, "audit">): void {
  app.get<{ Querystring: Static<typeof AuditQuery> }>(
    "/api/v1/audit",
    {
      onRequest: engineerOnly,
      schema: {
        summary: "Who did what when, oldest first",
        tags: ["operations"],
        who: "engineer",
        querystring: AuditQuery,
        response: { 200: Type.Array(AuditEntrySchema) },
      },
    },
    async (request, reply) =>
      reply.header("cache-control", "no-store").send(await audit.read(Number(request.query.limit ?? 200))),
  );
}
