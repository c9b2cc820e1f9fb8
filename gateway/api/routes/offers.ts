import type { FastifyInstance } from "fastify";
import { type Static, Type } from "typebox";
import { actorId, channelOrStaff, ownKey, staffId, staffOnly } from "../guard.ts";
import type { ApiPorts } from "../ports.ts";
import { badInput } from "../problem.ts";
import { CodeParams, Id, IdempotencyHeaders, Name, NothingSchema, OfferPreviewSchema, strict } from "../schemas.ts";
import { runCommand } from "./run-command.ts";

const RedeemedSchema = Type.Object({
  code: Type.String(),
  redeemedAt: Type.Integer({ description: "epoch milliseconds" }),
  offerId: Type.String(),
  sku: Type.String(),
  offerPrice: Type.Integer({ description: "minor units of the shop's currency" }),
});
const PreviewBody = Type.Object({ zone: Id, shopperId: Type.Optional(Name) }, strict);
const tags = ["offers"];

/** What the till and staff do with an offer's code. */
export function registerOffers(
  app: FastifyInstance,
  { views, commander }: Pick<ApiPorts, "views" | "commander">,
): void {
  app.post<{ Params: Static<typeof CodeParams>; Headers: Static<typeof IdempotencyHeaders> }>(
    "/api/v1/offers/:code/redeem",
    {
      onRequest: channelOrStaff,
      schema: {
        summary: "Redeem once; the same Idempotency-Key gets the same answer again",
        tags,
        who: "channel",
        params: CodeParams,
        headers: IdempotencyHeaders,
        response: { 200: RedeemedSchema },
      },
    },
    async (request, reply) => {
      const key = ownKey(request);
      const command = { command: "offer.redeem" as const, code: request.params.code, key, by: actorId(request) };
      return runCommand(commander, reply, command, (value) => ({ status: 200, body: value }));
    },
  );
  app.post<{ Params: Static<typeof CodeParams> }>(
    "/api/v1/offers/:code/rollback",
    {
      onRequest: staffOnly,
      schema: {
        summary: "The sale fell through; the code works again",
        tags,
        who: "staff",
        params: CodeParams,
        response: { 200: NothingSchema },
      },
    },
    async (request, reply) => {
      const command = { command: "offer.rollback" as const, code: request.params.code, by: staffId(request) };
      return runCommand(commander, reply, command, () => ({ status: 200, body: {} }));
    },
  );
  app.post<{ Body: Static<typeof PreviewBody> }>(
    "/api/v1/offers/preview",
    {
      onRequest: staffOnly,
      schema: {
        summary: "Which offers would be made, and why not the others; nothing is issued",
        tags,
        who: "staff",
        body: PreviewBody,
        response: { 200: Type.Array(OfferPreviewSchema) },
      },
    },
    (request, reply) => {
      const { zone } = request.body;
      const known = views.shop().zones.some(({ id }) => id === zone);
      return known ? views.previewOffers(request.body) : badInput(reply, "body.zone", `There is no zone ${zone}.`);
    },
  );
}
