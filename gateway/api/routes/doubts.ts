import type { FastifyInstance } from "fastify";
import { type Static, Type } from "typebox";
import type { Doubt } from "#wire/stock-views.ts";
import { staffId, staffOnly } from "../guard.ts";
import type { ApiPorts } from "../ports.ts";
import { strict } from "../schemas.ts";
import { runCommand } from "./run-command.ts";

const DoubtSchema = Type.Object({
  id: Type.String(),
  at: Type.Integer({ description: "epoch milliseconds" }),
  shelf: Type.String(),
  plates: Type.Array(Type.Integer()),
  grams: Type.Number({ description: "the whole step; negative when something left" }),
  candidates: Type.Array(
    Type.Object({
      confidence: Type.Number({ description: "0..1; what is missing to 1 is none of these" }),
      moves: Type.Array(
        Type.Object({
          sku: Type.String(),
          plate: Type.Integer(),
          delta: Type.Integer({ description: "pieces that came; negative: that left" }),
          stray: Type.Optional(Type.Literal(true, { description: "it does not belong on that plate" })),
        }),
      ),
    }),
    { description: "the likeliest first" },
  ),
});
type Same<A, B> = A extends B ? (B extends A ? true : never) : never;
/** The compiler's word that what is promised is what is sent. */
export const doubtAgreesWithView: Same<Static<typeof DoubtSchema>, Doubt> = true;

const Params = Type.Object({ id: Type.String({ pattern: "^[A-Za-z0-9._-]{1,100}$" }) }, strict);
const Body = Type.Object(
  {
    candidate: Type.Integer({ minimum: -1, maximum: 99, description: "index of the story that is true; -1: none is" }),
  },
  strict,
);
const tags = ["stock"];

export function registerDoubts(
  app: FastifyInstance,
  { views, commander }: Pick<ApiPorts, "views" | "commander">,
): void {
  app.get(
    "/api/v1/doubts",
    {
      onRequest: staffOnly,
      schema: {
        summary: "Changes in weight with more than one story, oldest first; they count nowhere until settled",
        tags,
        who: "staff",
        response: { 200: Type.Array(DoubtSchema) },
      },
    },
    () => views.doubts(),
  );
  app.post<{ Params: Static<typeof Params>; Body: Static<typeof Body> }>(
    "/api/v1/doubts/:id/settle",
    {
      onRequest: staffOnly,
      schema: {
        summary: "Somebody has looked: this story is true, or none of them",
        tags,
        who: "staff",
        params: Params,
        body: Body,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { candidate } = request.body;
      const command = {
        command: "doubt.settle" as const,
        doubtId: request.params.id,
        candidate,
        by: staffId(request),
      };
      return runCommand(commander, reply, command, () => ({ status: 204 }));
    },
  );
}
