import type { FastifyInstance } from "fastify";
import { type Static, Type } from "typebox";
import { mirrorOrStaff } from "../guard.ts";
import type { ApiPorts } from "../ports.ts";
import { notFound } from "../problem.ts";
import { HelpSchema, IdParams, Sku, strict } from "../schemas.ts";
import { runCommand } from "./run-command.ts";

const HelpBody = Type.Object(
  {
    sku: Type.Optional(Sku),
    note: Type.Optional(Type.String({ minLength: 1, maxLength: 120, description: "what is wanted, in words" })),
  },
  strict,
);
type HelpBody = Static<typeof HelpBody>;
type Params = Static<typeof IdParams>;
const tags = ["mirrors"];

/** Somebody before a mirror asks for a person; who is coming is read by the mirror itself, by asking again. */
export function registerHelp(app: FastifyInstance, { views, commander }: Pick<ApiPorts, "views" | "commander">): void {
  const path = "/api/v1/mirrors/:id/help";
  const common = { tags, who: "mirror", params: IdParams } as const;

  app.get<{ Params: Params }>(
    path,
    {
      onRequest: mirrorOrStaff,
      schema: { ...common, summary: "Whether somebody was called, and who is coming", response: { 200: HelpSchema } },
    },
    ({ params }, reply) => views.help(params.id) ?? notFound(reply, `This shop has no mirror ${params.id}.`),
  );
  app.post<{ Params: Params; Body: HelpBody }>(
    path,
    {
      onRequest: mirrorOrStaff,
      preValidation: async (request) => {
        request.body ??= {};
      },
      schema: {
        ...common,
        summary: "Call somebody to the mirror; a second call while one is open changes nothing",
        body: HelpBody,
        response: { 201: HelpSchema },
      },
    },
    async (request, reply) => {
      const { id: mirrorId } = request.params;
      const { sku } = request.body;
      if (sku !== undefined && !views.stockItem(sku)) return notFound(reply, `No item has the SKU ${sku}.`);
      const command = { command: "help.ask" as const, mirrorId, ...request.body };
      return runCommand(commander, reply, command, () => ({ status: 201, body: views.help(mirrorId) }));
    },
  );
  app.delete<{ Params: Params }>(
    path,
    {
      onRequest: mirrorOrStaff,
      schema: { ...common, summary: "Never mind, or somebody was there", response: { 200: HelpSchema } },
    },
    async (request, reply) => {
      const { id: mirrorId } = request.params;
      const command = { command: "help.end" as const, mirrorId };
      return runCommand(commander, reply, command, () => ({ status: 200, body: views.help(mirrorId) }));
    },
  );
}
