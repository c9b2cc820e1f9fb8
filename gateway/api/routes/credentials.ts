import type { FastifyInstance } from "fastify";
import { type Static, Type } from "typebox";
import { renderSVG } from "uqr";
import { deviceKinds } from "#wire/topics.ts";
import { engineerOnly } from "../guard.ts";
import type { ApiPorts } from "../ports.ts";
import { problems, sendProblem } from "../problem.ts";
import { strict } from "../schemas.ts";

const Filter = Type.String({ minLength: 1, maxLength: 256 });
const Filters = Type.Array(Filter, { maxItems: 16 });
const CredentialsBody = Type.Object(
  {
    kind: Type.Optional(Type.Enum([...deviceKinds])),
    format: Type.Optional(Type.String({ maxLength: 40, description: "native, tasmota, shelly, …" })),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: "its name in its own topics" })),
    says: Type.Optional(Type.Array(Filter, { maxItems: 16, description: "further topics it may publish on" })),
    hears: Type.Optional(Type.Array(Filter, { maxItems: 16, description: "further topics it may subscribe to" })),
  },
  strict,
);
const CredentialsSchema = Type.Object({
  username: Type.String(),
  password: Type.String({ description: "told this once" }),
  topics: Type.Object({ publish: Filters, subscribe: Filters }),
  url: Type.String({ description: "the broker's address with both, as the QR carries it" }),
  qr: Type.String({ description: "SVG" }),
  advice: Type.Optional(Type.String({ description: "what to set on the device itself" })),
});
const params = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) });
const tags = ["devices"];

/** What a device signs in with. Both changes end a connection that was made with what it had before. */
export function registerCredentials(app: FastifyInstance, { credentials }: Pick<ApiPorts, "credentials">): void {
  app.post<{ Params: Static<typeof params>; Body: Static<typeof CredentialsBody> }>(
    "/api/v1/devices/:id/credentials",
    {
      onRequest: engineerOnly,
      schema: {
        summary: "A new password for a device, shown once",
        tags,
        who: "engineer",
        params,
        body: CredentialsBody,
        response: { 201: CredentialsSchema },
      },
    },
    async (request, reply) => {
      const result = await credentials.add({ ...request.body, id: request.params.id });
      if (!result.ok) {
        const title = "This device cannot be given credentials.";
        return sendProblem(reply, { type: "/problems/no-credentials", title, status: 409, detail: result.reason });
      }
      const qr = renderSVG(result.value.url, { border: 2 });
      return reply
        .code(201)
        .header("cache-control", "no-store")
        .send({ ...result.value, qr });
    },
  );
  app.delete<{ Params: Static<typeof params> }>(
    "/api/v1/devices/:id/credentials",
    {
      onRequest: engineerOnly,
      schema: {
        summary: "Take a device's credentials back; its connection ends at once",
        tags,
        who: "engineer",
        params,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const removed = await credentials.remove(request.params.id);
      return removed ? reply.code(204).send() : sendProblem(reply, problems.notFound);
    },
  );
}
