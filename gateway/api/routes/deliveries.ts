import type { FastifyInstance } from "fastify";
import { type Static, Type } from "typebox";
import { DeliverySchema, LinesSchema, OwnNameParams, ReceivedLinesSchema } from "../goods-schemas.ts";
import { actorId, channelOrManager, managerOnly, ownKey, staffId, staffOnly } from "../guard.ts";
import type { ApiPorts } from "../ports.ts";
import { IdempotencyHeaders, strict } from "../schemas.ts";
import { runCommand } from "./run-command.ts";

const ExpectBody = Type.Object(
  { lines: LinesSchema, expectedAt: Type.Integer({ minimum: 0, description: "epoch milliseconds" }) },
  strict,
);
const ReceiveBody = Type.Object(
  {
    lines: Type.Optional({ ...ReceivedLinesSchema, description: "what truly came; left out: what was expected" }),
  },
  strict,
);

const tags = ["deliveries"];

export function registerDeliveries(
  app: FastifyInstance,
  { views, commander }: Pick<ApiPorts, "views" | "commander">,
): void {
  app.get(
    "/api/v1/deliveries",
    {
      onRequest: staffOnly,
      schema: {
        summary: "What is on its way, the next first, then what came",
        tags,
        who: "staff",
        response: { 200: Type.Array(DeliverySchema) },
      },
    },
    () => views.deliveries(),
  );
  app.post<{ Body: Static<typeof ExpectBody>; Headers: Static<typeof IdempotencyHeaders> }>(
    "/api/v1/deliveries",
    {
      onRequest: channelOrManager,
      schema: {
        summary: "Goods are on their way to the stockroom; the warehouse may say so itself",
        tags,
        who: "channel",
        headers: IdempotencyHeaders,
        body: ExpectBody,
        response: { 201: Type.Object({ deliveryId: Type.String() }) },
      },
    },
    async (request, reply) => {
      const [key, by] = [ownKey(request), actorId(request)];
      const command = { command: "delivery.expect" as const, ...request.body, key, by };
      return runCommand(commander, reply, command, (value) => ({ status: 201, body: value }));
    },
  );
  app.post<{ Params: Static<typeof OwnNameParams>; Body: Static<typeof ReceiveBody> }>(
    "/api/v1/deliveries/:id/receive",
    {
      onRequest: managerOnly,
      preValidation: async (request) => {
        // as expected needs no words: no body means {}
        request.body ??= {};
      },
      schema: {
        summary: "It is in the stockroom",
        tags,
        who: "manager",
        params: OwnNameParams,
        body: ReceiveBody,
        response: { 200: DeliverySchema },
      },
    },
    async (request, reply) => {
      const deliveryId = request.params.id;
      const command = { command: "delivery.receive" as const, deliveryId, ...request.body, by: staffId(request) };
      return runCommand(commander, reply, command, () => ({
        status: 200,
        body: views.deliveries().find(({ id }) => id === deliveryId),
      }));
    },
  );
}
