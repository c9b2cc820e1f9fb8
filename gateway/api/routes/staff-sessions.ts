import type { FastifyInstance } from "fastify";
import { type Static, Type } from "typebox";
import { staffCookie, staffOnly } from "../guard.ts";
import type { ApiAccess, ApiPorts } from "../ports.ts";
import { sendProblem, tooMany } from "../problem.ts";
import { strict } from "../schemas.ts";

/** One shift. */
const sessionMs = 12 * 3_600_000;

const SignInBody = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 40, description: "name or id from the staff list" }),
    pin: Type.String({ minLength: 4, maxLength: 64 }),
  },
  strict,
);
const StaffSchema = Type.Object({
  role: Type.Enum(["staff", "engineer"]),
  id: Type.String(),
  name: Type.String(),
});
const tags = ["staff"];

type Needs = { ports: Pick<ApiPorts, "views">; access: ApiAccess; now(): number };

export function registerStaffSessions(app: FastifyInstance, { ports: { views }, access, now }: Needs): void {
  app.post<{ Body: Static<typeof SignInBody> }>(
    "/api/v1/staff/sessions",
    { schema: { summary: "Sign in for a shift", tags, body: SignInBody, response: { 201: StaffSchema } } },
    async (request, reply) => {
      const { name, pin } = request.body;
      const wanted = name.trim().toLowerCase();
      const person = views
        .shop()
        .staff.find(({ id, name }) => id.toLowerCase() === wanted || name.toLowerCase() === wanted);
      const key = `${request.ip} staff ${wanted}`;
      const waitMs = access.guesses.blockedForMs(key);
      if (waitMs > 0) return tooMany(reply, waitMs, "Too many wrong PINs.");
      // Counted before it is checked, so that a thousand guesses sent at once are a thousand guesses.
      access.guesses.failed(key);
      // An unknown name is verified too (and fails), so that the time taken does not tell who works here.
      const role = await access.verifyStaff(person?.id ?? "", pin);
      if (!person || !role) {
        return sendProblem(reply, { type: "/problems/wrong-pin", title: "Name and PIN do not match.", status: 401 });
      }
      access.guesses.succeeded(key);
      const caller = { role, id: person.id, name: person.name };
      reply.setCookie(staffCookie, access.signCaller(caller, now() + sessionMs), {
        path: "/",
        httpOnly: true,
        sameSite: "strict",
        secure: request.protocol === "https",
        maxAge: sessionMs / 1000,
      });
      return reply.code(201).header("cache-control", "no-store").send(caller);
    },
  );
  app.get(
    "/api/v1/staff/me",
    { onRequest: staffOnly, schema: { summary: "Who am I here?", tags, who: "staff", response: { 200: StaffSchema } } },
    (request, reply) => reply.header("cache-control", "no-store").send(request.caller),
  );
  app.delete(
    "/api/v1/staff/sessions",
    { schema: { summary: "Sign out", tags, who: "staff", response: { 204: Type.Null() } } },
    (_request, reply) => reply.clearCookie(staffCookie, { path: "/" }).code(204).send(),
  );
}
