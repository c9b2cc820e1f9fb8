import type { FastifyInstance } from "fastify";
import { type Static, Type } from "typebox";
import { sessionOf, signedInOnly } from "../guard.ts";
import { strict } from "../schemas.ts";
import type { StaffAccess } from "../staff-ports.ts";
import {
  fromOf,
  OptionsSchema,
  PasskeyMadeSchema,
  PasskeyName,
  PasskeyParams,
  PasskeySchema,
  Secret,
  sendRefusal,
} from "../staff-schemas.ts";

const tags = ["staff"];
const WayIn = Type.Enum(["pin", "password", "passkey"]);
const AccountSchema = Type.Object({
  role: Type.Enum(["staff", "manager", "engineer"]),
  signedInBy: WayIn,
  since: Type.Integer(),
  secret: Type.Optional(Type.Enum(["pin", "password"])),
  passkeys: Type.Array(PasskeySchema),
  sessions: Type.Array(
    Type.Object({
      id: Type.String(),
      current: Type.Boolean(),
      since: Type.Integer(),
      lastUsedAt: Type.Integer(),
      userAgent: Type.String(),
      address: Type.String(),
      by: WayIn,
    }),
  ),
});
const NameBody = Type.Object({ name: PasskeyName }, strict);
const AddBody = Type.Object({ name: PasskeyName, passkey: PasskeyMadeSchema }, strict);
const SecretBody = Type.Object({ secret: Secret }, strict);
const mine = { onRequest: signedInOnly };
const about = { tags, who: "staff" as const };

/** What a person does with their own account. */
export function registerStaffAccount(app: FastifyInstance, staff: StaffAccess): void {
  app.get(
    "/api/v1/staff/account",
    { ...mine, schema: { ...about, summary: "My ways in and my sessions", response: { 200: AccountSchema } } },
    async (request, reply) => reply.header("cache-control", "no-store").send(await staff.account(sessionOf(request))),
  );
  app.post<{ Body: Static<typeof SecretBody> }>(
    "/api/v1/staff/account/secret",
    {
      ...mine,
      schema: {
        ...about,
        summary: "Set my password, or for staff my PIN; all my other sessions end",
        body: SecretBody,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const result = await staff.changeSecret(sessionOf(request), request.body.secret, fromOf(request));
      return result.ok ? reply.code(204).send() : sendRefusal(reply, result);
    },
  );
  registerPasskeys(app, staff);
}

function registerPasskeys(app: FastifyInstance, staff: StaffAccess): void {
  app.post(
    "/api/v1/staff/passkeys/options",
    { ...mine, schema: { ...about, summary: "Begin to add a passkey", response: { 200: OptionsSchema } } },
    async (request, reply) => {
      const result = await staff.passkeyOptions(sessionOf(request), fromOf(request));
      if (!result.ok) return sendRefusal(reply, result);
      return reply.header("cache-control", "no-store").send(result.options);
    },
  );
  app.post<{ Body: Static<typeof AddBody> }>(
    "/api/v1/staff/passkeys",
    { ...mine, schema: { ...about, summary: "Add a passkey", body: AddBody, response: { 201: PasskeySchema } } },
    async (request, reply) => {
      const { name, passkey } = request.body;
      const result = await staff.addPasskey(sessionOf(request), passkey, name, fromOf(request));
      return result.ok ? reply.code(201).send(result.passkey) : sendRefusal(reply, result);
    },
  );
  app.put<{ Params: Static<typeof PasskeyParams>; Body: Static<typeof NameBody> }>(
    "/api/v1/staff/passkeys/:id",
    {
      ...mine,
      schema: {
        ...about,
        summary: "Rename a passkey",
        params: PasskeyParams,
        body: NameBody,
        response: { 200: PasskeySchema },
      },
    },
    async (request, reply) => {
      const { params, body } = request;
      const result = await staff.renamePasskey(sessionOf(request), params.id, body.name, fromOf(request));
      return result.ok ? reply.send(result.passkey) : sendRefusal(reply, result);
    },
  );
  app.delete<{ Params: Static<typeof PasskeyParams> }>(
    "/api/v1/staff/passkeys/:id",
    {
      ...mine,
      schema: {
        ...about,
        summary: "Remove a passkey; all my other sessions end",
        params: PasskeyParams,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const result = await staff.removePasskey(sessionOf(request), request.params.id, fromOf(request));
      return result.ok ? reply.code(204).send() : sendRefusal(reply, result);
    },
  );
}
