import type { FastifyInstance } from "fastify";
import { type Static, Type } from "typebox";
import { versionPattern } from "#wire/requests.ts";
import { deviceKinds } from "#wire/topics.ts";
import { RolloutSchema } from "../device-schemas.ts";
import { engineerOnly, staffId } from "../guard.ts";
import type { ApiPorts } from "../ports.ts";
import { sendProblem } from "../problem.ts";
import { Name, strict } from "../schemas.ts";

const ms = (minimum: number, maximum: number, description: string) =>
  Type.Optional(Type.Integer({ minimum, maximum, description }));
const hour = 3_600_000;
const StartBody = Type.Object(
  {
    version: Type.String({ pattern: versionPattern }),
    kind: Type.Enum([...deviceKinds]),
    stages: Type.Optional(
      Type.Array(Type.Integer({ minimum: 1, maximum: 100 }), {
        ...{ minItems: 1, maxItems: 10 },
        description: "percent, rising, the last is 100; left out: 5, 25, 100",
      }),
    ),
    soakMs: ms(500, 24 * hour, "how long a new version is watched; left out: 5 minutes"),
    backMs: ms(500, hour, "how long a device may take to come back; left out: 2 minutes"),
    patienceMs: ms(500, 24 * hour, "how long an offline device is waited for; left out: 10 minutes"),
    atOnce: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: "left out: 10" })),
    force: Type.Optional(Type.Boolean({ description: "also to devices with a newer version" })),
  },
  strict,
);
const HaltBody = Type.Optional(
  Type.Object({ rollBack: Type.Optional(Type.Boolean({ description: "and take the version back" })) }, strict),
);
const RolloutParams = Type.Object({ id: Name }, strict);

const tags = ["firmware"];

/** A new firmware, stage by stage; it halts and goes back by itself when devices fall ill. */
export function registerRollouts(
  app: FastifyInstance,
  { views, commander, firmware }: Pick<ApiPorts, "views" | "commander" | "firmware">,
): void {
  const rollout = (id: string) => views.rollouts().find((one) => one.id === id) ?? {};

  app.get(
    "/api/v1/rollouts",
    {
      onRequest: engineerOnly,
      schema: {
        summary: "Roll-outs, the last is the newest",
        tags,
        who: "engineer",
        response: { 200: Type.Array(RolloutSchema) },
      },
    },
    () => views.rollouts(),
  );
  app.post<{ Body: Static<typeof StartBody> }>(
    "/api/v1/rollouts",
    {
      onRequest: engineerOnly,
      schema: {
        summary: "Bring a version to all devices of a kind",
        tags,
        who: "engineer",
        body: StartBody,
        response: { 201: RolloutSchema },
      },
    },
    async (request, reply) => {
      const { version, kind, stages, force, ...pace } = request.body;
      const image = await firmware.find(kind, version);
      // read once more before anyone is asked to take it: an SD card forgets
      const detail = await firmware.whyNot(kind, version);
      if (!image || detail !== undefined) {
        const title = "This firmware cannot be rolled out.";
        const problem = { type: "/problems/no-firmware", title, status: 409 };
        return sendProblem(reply, detail === undefined ? problem : { ...problem, detail });
      }
      const { minVersion } = image.manifest;
      const result = await commander.run({
        ...{ command: "rollout.start", version, kind, pace, by: staffId(request) },
        ...(minVersion === undefined ? {} : { minVersion }),
        ...(stages === undefined ? {} : { stages }),
        ...(force === undefined ? {} : { force }),
      });
      if (!result.ok) return sendProblem(reply, result.problem);
      return reply.code(201).send(rollout(result.value.rolloutId));
    },
  );
  app.post<{ Params: Static<typeof RolloutParams>; Body: Static<typeof HaltBody> }>(
    "/api/v1/rollouts/:id/halt",
    {
      onRequest: engineerOnly,
      schema: {
        summary: "Nobody else is asked",
        tags,
        who: "engineer",
        params: RolloutParams,
        body: HaltBody,
        response: { 200: RolloutSchema },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const rollBack = request.body?.rollBack ?? false;
      const result = await commander.run({ command: "rollout.halt", rolloutId: id, rollBack, by: staffId(request) });
      if (!result.ok) return sendProblem(reply, result.problem);
      return rollout(id);
    },
  );
}
