import type { FastifyInstance, FastifyReply } from "fastify";
import { type Static, Type } from "typebox";
import { shopperId, shopperOnly } from "../guard.ts";
import type { ApiAccess, ApiPorts } from "../ports.ts";
import { badInput, sendProblem } from "../problem.ts";
import { CodeParams, ConsentsSchema, NothingSchema, OfferSchema, ShopperSchema, strict } from "../schemas.ts";
import { runCommand } from "./run-command.ts";

/** A visit, not an account: the next visit is a new name. */
const visitMs = 12 * 3_600_000;

const JoinBody = Type.Object(
  {
    basket: Type.Optional(
      Type.Union(
        [Type.Integer({ minimum: 1, maximum: 2000 }), Type.String({ pattern: "^(basket-)?[1-9][0-9]{0,3}$" })],
        {
          description: "the number in the basket's QR",
        },
      ),
    ),
    basketKey: Type.Optional(Type.String({ maxLength: 64, description: "the signature in the basket's QR" })),
  },
  strict,
);
const JoinedSchema = Type.Object({
  shopperId: Type.String(),
  token: Type.String({ description: "bearer token of this visit" }),
  mqtt: Type.Object({
    path: Type.String(),
    clientId: Type.String(),
    username: Type.String(),
    password: Type.String(),
    topic: Type.String(),
  }),
});
const ConsentBody = Type.Object(
  {
    ...ConsentsSchema.properties,
    textVersion: Type.String({ minLength: 1, maxLength: 40, description: "which wording was on the screen" }),
  },
  strict,
);
const tags = ["shoppers"];
const gone = {
  type: "/problems/forgotten",
  title: "We no longer know you.",
  status: 410,
  detail: "This visit was deleted or is over. Join again if you like.",
};

type Needs = { ports: Pick<ApiPorts, "views" | "commander">; access: ApiAccess; now(): number };

/** Everything about a person is told to that person only. */
export function registerShoppers(app: FastifyInstance, needs: Needs): void {
  registerJoin(app, needs);
  registerMe(app, needs);
  const { views, commander } = needs.ports;
  app.get(
    "/api/v1/shoppers/me/offers",
    {
      onRequest: shopperOnly,
      schema: { summary: "My offers", tags, who: "shopper", response: { 200: Type.Array(OfferSchema) } },
    },
    (request, reply) =>
      views.shopper(shopperId(request)) ? mine(reply, views.offersOf(shopperId(request))) : sendProblem(reply, gone),
  );
  app.post<{ Params: Static<typeof CodeParams> }>(
    "/api/v1/shoppers/me/offers/:code/dismiss",
    {
      onRequest: shopperOnly,
      schema: {
        summary: "No, thank you",
        tags,
        who: "shopper",
        params: CodeParams,
        response: { 200: NothingSchema },
      },
    },
    async (request, reply) => {
      const command = { command: "offer.dismiss" as const, code: request.params.code, shopperId: shopperId(request) };
      return runCommand(commander, reply, command, () => ({ status: 200, body: {} }));
    },
  );
}

function registerJoin(app: FastifyInstance, { ports: { views, commander }, access, now }: Needs) {
  app.post<{ Body: Static<typeof JoinBody> }>(
    "/api/v1/shoppers",
    {
      preValidation: async (request) => {
        request.body ??= {};
      },
      schema: { summary: "Join for this visit", tags, body: JoinBody, response: { 201: JoinedSchema } },
    },
    async (request, reply) => {
      const basket =
        request.body.basket === undefined ? undefined : Number(String(request.body.basket).replace("basket-", ""));
      if (basket !== undefined && !access.checkBasketKey(basket, request.body.basketKey ?? "")) {
        return badInput(reply, "body.basketKey", "This is not the key on that basket. Scan its code again.");
      }
      const command = {
        command: "shopper.join" as const,
        ...(basket === undefined ? {} : { basket: `basket-${basket}` }),
      };
      return runCommand(commander, reply, command, ({ shopperId }) => {
        const token = access.signCaller({ role: "shopper", shopperId }, now() + visitMs);
        const mqtt = {
          path: "/mqtt",
          clientId: `shopper-${shopperId}`,
          username: shopperId,
          password: token,
          topic: `store/${views.shop().id}/shopper/${shopperId}/offer`,
        };
        return { status: 201, body: { shopperId, token, mqtt } };
      });
    },
  );
}

function registerMe(app: FastifyInstance, { ports: { views, commander } }: Needs) {
  app.get(
    "/api/v1/shoppers/me",
    {
      onRequest: shopperOnly,
      schema: { summary: "What the shop knows about me", tags, who: "shopper", response: { 200: ShopperSchema } },
    },
    (request, reply) => {
      const me = views.shopper(shopperId(request));
      return me ? mine(reply, me) : sendProblem(reply, gone);
    },
  );
  app.post<{ Body: Static<typeof ConsentBody> }>(
    "/api/v1/shoppers/me/consents",
    {
      onRequest: shopperOnly,
      schema: {
        summary: "My three choices",
        tags,
        who: "shopper",
        body: ConsentBody,
        response: { 200: ShopperSchema },
      },
    },
    async (request, reply) => {
      const id = shopperId(request);
      const { textVersion, ...consents } = request.body;
      const command = { command: "shopper.consent" as const, shopperId: id, consents, textVersion };
      return runCommand(commander, reply, command, () => ({ status: 200, body: views.shopper(id) ?? {} }));
    },
  );
  app.delete(
    "/api/v1/shoppers/me",
    {
      onRequest: shopperOnly,
      schema: { summary: "Forget me", tags, who: "shopper", response: { 204: Type.Null() } },
    },
    async (request, reply) => {
      const command = { command: "shopper.erase" as const, shopperId: shopperId(request) };
      return runCommand(commander, reply, command, () => ({ status: 204 }));
    },
  );
}

function mine(reply: FastifyReply, body: unknown): FastifyReply {
  return reply.header("cache-control", "no-store").send(body);
}
