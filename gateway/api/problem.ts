import type { FastifyError, FastifyReply, FastifyRequest, FastifySchemaValidationError } from "fastify";
import type { Log } from "../log.ts";

/** RFC 9457. `type` is a relative URI that stays the same for the same kind of mistake; `title` is for people. */
export type ProblemBody = {
  type: string;
  title: string;
  status: number;
  detail?: string;
  /** The field that is wrong, as a path, where there is one. */
  field?: string;
  /** Every mistake, where there may be many. */
  mistakes?: { field: string; detail: string }[];
  /** The version that is there now, of what was edited by two at once. */
  current?: number;
};

export function sendProblem(reply: FastifyReply, problem: ProblemBody): FastifyReply {
  return reply.code(problem.status).type("application/problem+json").header("cache-control", "no-store").send(problem);
}

export const problems = {
  signIn: { type: "/problems/sign-in", title: "Please sign in.", status: 401 },
  notYours: { type: "/problems/not-allowed", title: "This is not yours to see or do.", status: 403 },
  otherOrigin: {
    type: "/problems/other-origin",
    title: "This page may not change anything here.",
    status: 403,
    detail: "Changes come from the gateway's own pages or carry a bearer token.",
  },
  wrongHost: {
    type: "/problems/wrong-host",
    title: "The demo answers on this computer only.",
    status: 421,
    detail: "Open it as http://localhost or http://127.0.0.1.",
  },
  notFound: { type: "/problems/not-found", title: "There is nothing here by that name.", status: 404 },
} as const satisfies Record<string, ProblemBody>;

export function notFound(reply: FastifyReply, detail: string): FastifyReply {
  return sendProblem(reply, { ...problems.notFound, detail });
}

export function badInput(reply: FastifyReply, field: string, detail: string): FastifyReply {
  return sendProblem(reply, { type: "/problems/bad-input", title: "That did not fit.", status: 400, detail, field });
}

export function tooMany(reply: FastifyReply, waitMs: number, detail: string): FastifyReply {
  reply.header("retry-after", Math.max(1, Math.ceil(waitMs / 1000)));
  return sendProblem(reply, { type: "/problems/too-many", title: "A little slower, please.", status: 429, detail });
}

/** Whatever a route did not answer itself. Mistakes of the caller are explained; ours are logged and kept vague. */
export function createErrorHandler(log: Log) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
    const [first] = error.validation ?? [];
    if (first) {
      const { field, detail } = explain(first, error.validationContext ?? "request");
      return badInput(reply, field, detail);
    }
    const status = error.statusCode ?? 500;
    if (status >= 500) {
      log.error({ error, method: request.method, route: request.routeOptions.url }, "a request failed");
      return sendProblem(reply, { type: "/problems/internal", title: "Something went wrong here.", status: 500 });
    }
    return sendProblem(reply, {
      type: typeOf(status),
      title: "That could not be understood.",
      status,
      detail: error.message,
    });
  };
}

/** One ajv error in words: where it is, and what is the matter there. */
function explain(error: FastifySchemaValidationError, context: string): { field: string; detail: string } {
  const unknown = error.params.additionalProperty;
  const missing = error.params.missingProperty;
  const path = [context, ...error.instancePath.split("/").slice(1)];
  if (typeof unknown === "string") path.push(unknown);
  if (typeof missing === "string") path.push(missing);
  const field = path.join(".");
  if (typeof unknown === "string") return { field, detail: `${field} is not known here` };
  if (typeof missing === "string") return { field, detail: `${field} is required` };
  return { field, detail: `${field} ${error.message ?? "is not valid"}` };
}

function typeOf(status: number): string {
  if (status === 413) return "/problems/too-large";
  if (status === 415) return "/problems/wrong-content-type";
  return "/problems/bad-input";
}
