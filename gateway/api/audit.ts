import type { FastifyReply, FastifyRequest, RouteOptions } from "fastify";
import { engineerOnly, managerOnly } from "./guard.ts";
import type { Audit, Caller } from "./ports.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** What the audit log calls a use of this route; set by `markAudited`. */
    audited?: string;
    /** The route writes its own, better entry. */
    notesItself?: boolean;
  }
}

const changing = new Set(["POST", "PUT", "PATCH", "DELETE"]);

/** As an `onRoute` hook: whatever only managers or engineers may change is noted, so that no route can forget. */
export function markAudited(route: RouteOptions): void {
  const method = [route.method].flat().find((name) => changing.has(name));
  if (method === undefined || route.config?.notesItself) return;
  const guards: unknown[] = [route.onRequest, route.preHandler].flat();
  const { who } = route.schema ?? {};
  const isMarked = who === "engineer" || who === "manager";
  if (!isMarked && !guards.includes(engineerOnly) && !guards.includes(managerOnly)) return;
  route.config = { ...route.config, audited: actionOf(method, route.url) };
}

/** As an `onResponse` hook. */
export function createAuditHook(audit: Audit) {
  return async function noteChange(request: FastifyRequest, reply: FastifyReply) {
    const action = request.routeOptions.config.audited;
    if (action === undefined) return;
    const subject = subjectOf(request.params);
    audit.note({
      by: nameOf(request.caller),
      action,
      ...(subject === "" ? {} : { subject }),
      ok: reply.statusCode < 400,
      address: request.ip,
      ...(reply.statusCode < 400 ? {} : { detail: String(reply.statusCode) }),
    });
  };
}

/** Who a caller is in the audit log. */
export function nameOf(caller: Caller | null): string {
  switch (caller?.role) {
    case "staff":
    case "manager":
    case "engineer":
      return caller.id;
    case "channel":
      return `channel:${caller.channelId}`;
    case "mirror":
      return caller.mirrorId;
    case "shopper":
      return "a shopper";
    case undefined:
      return "nobody";
  }
}

/** POST /api/v1/devices/:id/adopt is "devices.adopt", DELETE /api/v1/devices/:id/credentials "devices.credentials.delete". */
function actionOf(method: string, url: string): string {
  const words = url
    .split("/")
    .filter((part) => part !== "" && part !== "api" && part !== "v1" && !part.startsWith(":"));
  return [...words, ...(method === "POST" ? [] : [method.toLowerCase()])].join(".");
}

function subjectOf(params: unknown): string {
  return typeof params === "object" && params !== null ? Object.values(params).map(String).join(" ") : "";
}
