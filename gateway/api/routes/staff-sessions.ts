import type { FastifyInstance } from "fastify";
import { type Static, Type } from "typebox";
import { sessionOf, signedInOnly, staffCookie, staffOnly } from "../guard.ts";
import { badInput } from "../problem.ts";
import { strict } from "../schemas.ts";
import type { StaffAccess } from "../staff-ports.ts";
import {
  fromOf,
  OptionsSchema,
  PasskeyAnswerSchema,
  Secret,
  SessionParams,
  StaffSchema,
  sendEntered,
  sendRefusal,
} from "../staff-schemas.ts";

const SignInBody = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 40, description: "name or id from the staff list" }),
    pin: Type.Optional(Secret),
    password: Type.Optional(Secret),
  },
  strict,
);
const WaysSchema = Type.Object({
  passkeysAt: Type.Array(Type.String(), { description: "addresses of this page at which passkeys work" }),
});
const tags = ["staff"];
const nothing = { 204: Type.Null() };

export function registerStaffSessions(app: FastifyInstance, staff: StaffAccess): void {
  app.get(
    "/api/v1/staff/ways-in",
    { schema: { summary: "How one may sign in here", tags, response: { 200: WaysSchema } } },
    (_request, reply) => reply.header("cache-control", "no-store").send({ passkeysAt: staff.passkeyOrigins() }),
  );
  app.post<{ Body: Static<typeof SignInBody> }>(
    "/api/v1/staff/sessions",
    {
      schema: {
        summary: "Sign in with name and PIN or password",
        tags,
        body: SignInBody,
        response: { 201: StaffSchema },
      },
    },
    async (request, reply) => {
      const { name, pin, password } = request.body;
      const secret = password ?? pin;
      if (secret === undefined) return badInput(reply, "body.pin", "body.pin or body.password is required");
      return sendEntered(request, reply, await staff.signIn(name, secret, fromOf(request)));
    },
  );
  app.post(
    "/api/v1/staff/passkey-sign-in/options",
    { schema: { summary: "Begin to sign in with a passkey", tags, response: { 200: OptionsSchema } } },
    async (request, reply) => {
      const result = staff.signInOptions(fromOf(request));
      if (!result.ok) return sendRefusal(reply, result);
      return reply.header("cache-control", "no-store").send(result.options);
    },
  );
  app.post<{ Body: Static<typeof PasskeyAnswerSchema> }>(
    "/api/v1/staff/passkey-sign-in",
    {
      schema: {
        summary: "Sign in with a passkey",
        tags,
        body: PasskeyAnswerSchema,
        response: { 201: StaffSchema },
      },
    },
    async (request, reply) => sendEntered(request, reply, await staff.signInWithPasskey(request.body, fromOf(request))),
  );
  app.get(
    "/api/v1/staff/me",
    { onRequest: staffOnly, schema: { summary: "Who am I here?", tags, who: "staff", response: { 200: StaffSchema } } },
    (request, reply) => reply.header("cache-control", "no-store").send(request.caller),
  );
  registerEnds(app, staff);
}

function registerEnds(app: FastifyInstance, staff: StaffAccess): void {
  app.delete(
    "/api/v1/staff/sessions",
    { schema: { summary: "Sign out", tags, who: "staff", response: nothing } },
    async (request, reply) => {
      if (request.session) await staff.signOut(request.session, fromOf(request));
      return reply.clearCookie(staffCookie(request), { path: "/" }).code(204).send();
    },
  );
  app.delete<{ Params: Static<typeof SessionParams> }>(
    "/api/v1/staff/sessions/:id",
    {
      onRequest: signedInOnly,
      schema: {
        summary: "Sign out another browser of mine, or everywhere with the id all",
        tags,
        who: "staff",
        params: SessionParams,
        response: nothing,
      },
    },
    async (request, reply) => {
      const result = await staff.endSessions(sessionOf(request), request.params.id, fromOf(request));
      return result.ok ? reply.code(204).send() : sendRefusal(reply, result);
    },
  );
}
