import type { FastifyInstance, FastifyRequest } from "fastify";
import { tooMany } from "./problem.ts";

/** How often video may be asked for. Both return 0, or how many ms to wait. */
export type VideoLimits = {
  /** A mirror, link or session that exists wants something made or changed, from this address. */
  take(key: string, address: string): number;
  /** Somebody tried a token or session that does not exist. */
  guess(address: string): number;
};

/**
 * WHIP and WHEP make work for the video worker, so each who may ask is counted by itself and guessing is counted by
 * address: a stranger behind the same address takes nothing from a friend with a link. `keyOf`: whose request it is;
 * undefined when its token or session opens nothing. Refused before the body is read.
 */
export function limitVideo(
  scope: FastifyInstance,
  limits: VideoLimits | undefined,
  keyOf: (request: FastifyRequest) => string | undefined,
): void {
  if (!limits) return;
  scope.addHook("onRequest", async (request, reply) => {
    if (request.method === "OPTIONS") return;
    const key = keyOf(request);
    if (key === undefined) {
      const waitMs = limits.guess(request.ip);
      return waitMs > 0 ? tooMany(reply, waitMs, "Too many tries from this address.") : undefined;
    }
    if (request.method === "GET" || request.method === "HEAD") return;
    const waitMs = limits.take(key, request.ip);
    return waitMs > 0 ? tooMany(reply, waitMs, "Too many requests for one picture.") : undefined;
  });
}

/** A part of the route's path. */
export function pathPart(request: FastifyRequest, name: string): string | undefined {
  const { params } = request;
  if (typeof params !== "object" || params === null) return undefined;
  const value: unknown = Reflect.get(params, name);
  return typeof value === "string" ? value : undefined;
}
