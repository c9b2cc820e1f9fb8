import type { FastifyRequest } from "fastify";

/** The caller's name for one intention, so that asking twice does once; undefined when it gave none. */
export function idempotencyKey(request: FastifyRequest): string | undefined {
  const header = request.headers["idempotency-key"];
  return typeof header === "string" ? header : undefined;
}
