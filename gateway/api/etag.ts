import { createHash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";

/** Answers 304 to a current If-None-Match, else the body with its ETag. `type`: left out, JSON. */
export function sendWithEtag(
  request: FastifyRequest,
  reply: FastifyReply,
  { body, type = "application/json" }: { body: string; type?: string },
): FastifyReply {
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
  reply.header("etag", etag).header("cache-control", "no-cache");
  if (hasEtag(request.headers["if-none-match"], etag)) return reply.code(304).send();
  return reply.type(type).serializer(String).send(body);
}

/** RFC 9110 13.1.2: weak comparison, a list, or `*`. */
function hasEtag(header: string | undefined, etag: string): boolean {
  const tags = (header ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes("*") || tags.includes(etag);
}
