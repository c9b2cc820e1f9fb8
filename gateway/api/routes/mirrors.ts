import type { FastifyInstance, FastifyRequest } from "fastify";
import { type Static, Type } from "typebox";
import { bearerOf, thisMirrorOnly } from "../guard.ts";
import type { ApiAccess, ApiPorts } from "../ports.ts";
import { notFound, problems, sendProblem, tooMany } from "../problem.ts";
import { IdParams, NothingSchema, ShopCardSchema, Sku, StockItemSchema, shopCard, strict } from "../schemas.ts";
import { runCommand } from "./run-command.ts";

/** A mirror that runs all day signs in once in the morning. */
const sessionMs = 16 * 3_600_000;

const SessionSchema = Type.Object({
  token: Type.String({ description: "bearer token of this mirror" }),
  expiresAt: Type.Integer({ description: "epoch milliseconds" }),
  shop: ShopCardSchema,
  items: Type.Array(StockItemSchema),
});
const LookBody = Type.Object({ sku: Sku }, strict);
const tags = ["mirrors"];

type Needs = { ports: Pick<ApiPorts, "views" | "commander">; access: ApiAccess; demo: boolean; now(): number };

export function registerMirrors(app: FastifyInstance, { ports: { views, commander }, access, demo, now }: Needs): void {
  /** In the demo any page on this computer is a mirror; in a shop the mirror shows its device password. 0: come in. */
  async function refuse(request: FastifyRequest, mirrorId: string): Promise<"wrong" | number> {
    if (demo && request.caller?.role === "engineer") return 0;
    const password = bearerOf(request);
    if (password === undefined) return "wrong";
    const key = `${request.ip} mirror ${mirrorId}`;
    const waitMs = access.guesses.blockedForMs(key);
    if (waitMs > 0) return waitMs;
    access.guesses.failed(key);
    if (!(await access.verifyDevice(mirrorId, password))) return "wrong";
    access.guesses.succeeded(key);
    return 0;
  }

  app.post<{ Params: Static<typeof IdParams> }>(
    "/api/v1/mirrors/:id/sessions",
    {
      schema: {
        summary: "A mirror signs in with its device password as bearer, and learns what it may show",
        tags,
        who: "mirror",
        params: IdParams,
        response: { 201: SessionSchema },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const expiresAt = now() + sessionMs;
      // before the password is checked: it must not be good for a newer one
      const token = await access.signMirror(id, expiresAt);
      const refusal = await refuse(request, id);
      if (refusal === "wrong") return sendProblem(reply.header("www-authenticate", "Bearer"), problems.signIn);
      if (refusal > 0) return tooMany(reply, refusal, "Too many wrong passwords.");
      const shop = views.shop();
      if (!shop.mirrors.some((mirror) => mirror.id === id)) return notFound(reply, `This shop has no mirror ${id}.`);
      const items = views.stock().filter(({ category }) => category === "glasses");
      return reply
        .code(201)
        .header("cache-control", "no-store")
        .send({ token, expiresAt, shop: shopCard(shop), items });
    },
  );
  app.post<{ Params: Static<typeof IdParams>; Body: Static<typeof LookBody> }>(
    "/api/v1/mirrors/:id/looks",
    {
      onRequest: thisMirrorOnly,
      schema: {
        summary: "Somebody tries this on",
        tags,
        who: "mirror",
        params: IdParams,
        body: LookBody,
        response: { 200: NothingSchema },
      },
    },
    async (request, reply) => {
      const { sku } = request.body;
      if (!views.stockItem(sku)) return notFound(reply, `No item has the SKU ${sku}.`);
      const command = { command: "look.try" as const, mirrorId: request.params.id, sku };
      return runCommand(commander, reply, command, () => ({ status: 200, body: {} }));
    },
  );
}
