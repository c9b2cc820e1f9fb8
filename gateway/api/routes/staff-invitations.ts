import type { FastifyInstance } from "fastify";
import { type Static, Type } from "typebox";
import { badInput } from "../problem.ts";
import { strict } from "../schemas.ts";
import type { StaffAccess } from "../staff-ports.ts";
import {
  fromOf,
  InvitationToken,
  OptionsSchema,
  PasskeyMadeSchema,
  PasskeyName,
  Secret,
  StaffSchema,
  sendEntered,
  sendRefusal,
} from "../staff-schemas.ts";

const tags = ["staff"];
// In the body, not in the path: what stands in a path stands in other people's logs.
const TokenBody = Type.Object({ token: InvitationToken }, strict);
const AcceptBody = Type.Object(
  {
    token: InvitationToken,
    password: Type.Optional(Secret),
    passkey: Type.Optional(PasskeyMadeSchema),
    passkeyName: Type.Optional(PasskeyName),
  },
  strict,
);
const InvitationSchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  role: Type.Enum(["staff", "manager", "engineer"]),
  expiresAt: Type.Integer({ description: "epoch milliseconds" }),
});

/** The first way in: a link from `vitrine staff invite`, good once. */
export function registerInvitations(app: FastifyInstance, staff: StaffAccess): void {
  app.post<{ Body: Static<typeof TokenBody> }>(
    "/api/v1/staff/invitations/look",
    { schema: { summary: "Whom an invitation is for", tags, body: TokenBody, response: { 200: InvitationSchema } } },
    async (request, reply) => {
      const result = await staff.lookAtInvitation(request.body.token);
      if (!result.ok) return sendRefusal(reply, result);
      return reply.header("cache-control", "no-store").send(result.invitation);
    },
  );
  app.post<{ Body: Static<typeof TokenBody> }>(
    "/api/v1/staff/invitations/options",
    {
      schema: { summary: "Begin to accept with a passkey", tags, body: TokenBody, response: { 200: OptionsSchema } },
    },
    async (request, reply) => {
      const result = await staff.invitationOptions(request.body.token, fromOf(request));
      if (!result.ok) return sendRefusal(reply, result);
      return reply.header("cache-control", "no-store").send(result.options);
    },
  );
  app.post<{ Body: Static<typeof AcceptBody> }>(
    "/api/v1/staff/invitations/accept",
    {
      schema: {
        summary: "Accept with a passkey or a password, and be signed in",
        tags,
        body: AcceptBody,
        response: { 201: StaffSchema },
      },
    },
    async (request, reply) => {
      const { token, password, passkey, passkeyName = "First passkey" } = request.body;
      const means = passkey ? { passkey, passkeyName } : password === undefined ? undefined : { password };
      if (!means) return badInput(reply, "body.passkey", "body.passkey or body.password is required");
      return sendEntered(request, reply, await staff.acceptInvitation(token, means, fromOf(request)));
    },
  );
}
