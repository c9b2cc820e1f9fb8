import type { FastifyReply, FastifyRequest } from "fastify";
import { Type } from "typebox";
import { staffCookie } from "./guard.ts";
import { sendProblem } from "./problem.ts";
import { strict } from "./schemas.ts";
import type { Entered, From, Refused } from "./staff-ports.ts";

/** Shapes of the people's routes, and what those routes have in common. */

const Base64Url = (maxLength: number) => Type.String({ pattern: "^[A-Za-z0-9_-]+$", maxLength });
/** A browser sends more than is looked at. */
const open = { additionalProperties: true };

export const Secret = Type.String({ minLength: 4, maxLength: 128 });
export const InvitationToken = Type.String({ pattern: "^[A-Za-z0-9_-]{43}$" });
export const PasskeyName = Type.String({ minLength: 1, maxLength: 60 });
/** Longer ones exist on paper; what must fit into a path stays below the router’s limit. */
export const PasskeyId = Base64Url(500);

export const PasskeyAnswerSchema = Type.Object(
  {
    id: PasskeyId,
    response: Type.Object(
      {
        clientDataJSON: Base64Url(4_096),
        authenticatorData: Base64Url(4_096),
        signature: Base64Url(4_096),
        userHandle: Type.Optional(Base64Url(128)),
      },
      open,
    ),
  },
  { ...open, description: "AuthenticationResponseJSON of WebAuthn" },
);
export const PasskeyMadeSchema = Type.Object(
  {
    id: PasskeyId,
    response: Type.Object(
      {
        clientDataJSON: Base64Url(4_096),
        attestationObject: Base64Url(16_384),
        transports: Type.Optional(Type.Array(Type.String({ maxLength: 20 }), { maxItems: 8 })),
      },
      open,
    ),
  },
  { ...open, description: "RegistrationResponseJSON of WebAuthn" },
);
export const StaffSchema = Type.Object({
  role: Type.Enum(["staff", "manager", "engineer"]),
  id: Type.String(),
  name: Type.String(),
});
export const OptionsSchema = Type.Object({}, { ...open, description: "options for navigator.credentials" });
export const PasskeySchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  backedUp: Type.Boolean(),
  createdAt: Type.Integer(),
  lastUsedAt: Type.Optional(Type.Integer()),
  rpId: Type.String(),
});
export const SessionParams = Type.Object({ id: Type.String({ pattern: "^[A-Za-z0-9_-]{1,16}$" }) }, strict);
export const PasskeyParams = Type.Object({ id: PasskeyId }, strict);

export function fromOf(request: FastifyRequest): From {
  return {
    address: request.ip,
    userAgent: String(request.headers["user-agent"] ?? ""),
    origin: request.headers.origin,
  };
}

export function sendRefusal(reply: FastifyReply, { problem, waitMs }: Refused): FastifyReply {
  if (waitMs !== undefined) reply.header("retry-after", Math.max(1, Math.ceil(waitMs / 1000)));
  return sendProblem(reply, problem);
}

/** 201 with the cookie, or the refusal. The session ends on the gateway; the cookie may live as long as the browser. */
export function sendEntered(request: FastifyRequest, reply: FastifyReply, result: Entered | Refused): FastifyReply {
  if (!result.ok) return sendRefusal(reply, result);
  const { caller, cookie } = result;
  reply.setCookie(staffCookie(request), cookie, {
    path: "/",
    httpOnly: true,
    sameSite: "strict",
    secure: request.protocol === "https",
    maxAge: 12 * 3_600,
  });
  return reply.code(201).header("cache-control", "no-store").send(caller);
}
