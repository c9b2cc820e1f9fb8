import type { FastifyInstance } from "fastify";
import { type Static, Type } from "typebox";
import { gapType, outsideTypes } from "#wire/cloud-event.ts";
import { engineerOnly, staffId } from "../guard.ts";
import type { ApiPorts } from "../ports.ts";
import { problems, sendProblem } from "../problem.ts";
import { strict } from "../schemas.ts";

const TypeFilters = Type.Array(Type.String({ minLength: 1, maxLength: 80 }), {
  minItems: 1,
  maxItems: 30,
  description: `CloudEvents types, or their beginning with .* behind: ${outsideTypes.join(", ")}. ${gapType} always comes.`,
});
const WebhookBody = Type.Object(
  {
    url: Type.String({ minLength: 1, maxLength: 2_000 }),
    types: Type.Optional(TypeFilters),
    secret: Type.Optional(Type.String({ maxLength: 100, description: "whsec_…; left out: the gateway makes one" })),
    plainHttp: Type.Optional(
      Type.Boolean({
        description: "this receiver in the shop's own network has no https: anybody there can read along",
      }),
    ),
  },
  strict,
);
const WebhookSchema = Type.Object({
  id: Type.String(),
  url: Type.String(),
  types: Type.Array(Type.String()),
  state: Type.Enum(["active", "gone", "given-up"]),
  why: Type.Optional(Type.String()),
  createdAt: Type.Integer({ description: "epoch milliseconds" }),
  by: Type.String(),
  plainHttp: Type.Boolean(),
  behind: Type.Integer({ description: "journal entries it has not been told of" }),
  delivered: Type.Integer({ description: "since the gateway started, as all counts here" }),
  refused: Type.Integer(),
  failed: Type.Integer(),
  gaps: Type.Integer(),
  failingSince: Type.Optional(Type.Integer()),
  lastDeliveredAt: Type.Optional(Type.Integer()),
  lastError: Type.Optional(Type.String()),
});
const MadeSchema = Type.Object({ webhook: WebhookSchema, secret: Type.String({ description: "told this once" }) });
const SecretSchema = Type.Object({ secret: Type.String({ description: "told this once" }) });
const TestedSchema = Type.Object({
  ok: Type.Boolean(),
  status: Type.Optional(Type.Integer()),
  reason: Type.Optional(Type.String()),
});
const params = Type.Object({ id: Type.String({ pattern: "^[A-Za-z0-9_-]{1,24}$" }) }, strict);
type Params = Static<typeof params>;
const about = { tags: ["outside"], who: "engineer" } as const;
const guarded = { onRequest: engineerOnly };

/** Who outside the shop is told what happens, as signed CloudEvents. Changes stand in the audit log. */
export function registerWebhooks(app: FastifyInstance, { webhooks }: Pick<ApiPorts, "webhooks">): void {
  app.get(
    "/api/v1/webhooks",
    {
      ...guarded,
      schema: { ...about, summary: "Receivers, and how they do", response: { 200: Type.Array(WebhookSchema) } },
    },
    (_request, reply) => reply.header("cache-control", "no-store").send(webhooks.list()),
  );
  app.post<{ Body: Static<typeof WebhookBody> }>(
    "/api/v1/webhooks",
    {
      ...guarded,
      schema: {
        ...about,
        summary: "Tell a receiver from now on, signed by Standard Webhooks",
        body: WebhookBody,
        response: { 201: MadeSchema },
      },
    },
    async (request, reply) => {
      const added = await webhooks.add({ ...request.body, by: staffId(request) });
      if (!added.ok) {
        const title = "This cannot be a receiver.";
        return sendProblem(reply, { type: "/problems/no-receiver", title, status: 422, detail: added.reason });
      }
      const { webhook, secret } = added;
      return reply.code(201).header("cache-control", "no-store").send({ webhook, secret });
    },
  );
  app.delete<{ Params: Params }>(
    "/api/v1/webhooks/:id",
    { ...guarded, schema: { ...about, summary: "Tell it nothing more", params, response: { 204: Type.Null() } } },
    async (request, reply) => {
      const removed = await webhooks.remove(request.params.id);
      return removed ? reply.code(204).send() : sendProblem(reply, problems.notFound);
    },
  );
  app.post<{ Params: Params }>(
    "/api/v1/webhooks/:id/test",
    {
      ...guarded,
      schema: {
        ...about,
        summary: "Send one event now; a webhook that had ended begins again where it arrives",
        params,
        response: { 200: TestedSchema },
      },
    },
    async (request, reply) => (await webhooks.test(request.params.id)) ?? sendProblem(reply, problems.notFound),
  );
  app.post<{ Params: Params }>(
    "/api/v1/webhooks/:id/rotate",
    {
      ...guarded,
      schema: {
        ...about,
        summary: "A new secret; for a day both sign",
        params,
        response: { 200: SecretSchema },
      },
    },
    async (request, reply) => {
      const secret = await webhooks.rotate(request.params.id);
      if (secret === undefined) return sendProblem(reply, problems.notFound);
      return reply.header("cache-control", "no-store").send({ secret });
    },
  );
}
