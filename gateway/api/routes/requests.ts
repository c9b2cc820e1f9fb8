import type { FastifyInstance } from "fastify";
import { type Static, Type } from "typebox";
import type { AskedOfDevice } from "#wire/commands.ts";
import { requestBounds, SettingsSchema } from "#wire/requests.ts";
import { staffId, staffOnly } from "../guard.ts";
import type { ApiPorts } from "../ports.ts";
import { badInput, problems, sendProblem } from "../problem.ts";
import { Name, strict } from "../schemas.ts";
import { runCommand } from "./run-command.ts";

const DeviceParams = Type.Object({ id: Name }, strict);
const AskBody = Type.Object(
  {
    command: Type.Enum(["identify", "tare", "reboot", "configure"]),
    seconds: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: requestBounds.maxIdentifySeconds,
        description: "identify: how long it blinks",
      }),
    ),
    plates: Type.Optional(
      Type.Array(Type.Integer({ minimum: 1, maximum: 64 }), {
        ...{ minItems: 1, maxItems: 64, uniqueItems: true },
        description: "tare: the scale's own numbers; left out: all of them",
      }),
    ),
    empty: Type.Optional(Type.Boolean({ description: "tare: I have seen that nothing stands there" })),
    settings: Type.Optional(SettingsSchema),
  },
  strict,
);
const AskedSchema = Type.Object({ requestId: Type.String() });
const usualBlinkSeconds = 10;

/** What people ask of one device. The answer comes over the stream, as the device's `request`. */
export function registerRequests(app: FastifyInstance, { commander }: Pick<ApiPorts, "commander">): void {
  app.post<{ Params: Static<typeof DeviceParams>; Body: Static<typeof AskBody> }>(
    "/api/v1/devices/:id/commands",
    {
      onRequest: staffOnly,
      config: { audited: "devices.commands" },
      schema: {
        summary: "Ask something of a device; staff may only make it blink",
        tags: ["devices"],
        who: "staff",
        params: DeviceParams,
        body: AskBody,
        response: { 202: AskedSchema },
      },
    },
    (request, reply) => {
      if (request.body.command !== "identify" && request.caller?.role !== "engineer") {
        return sendProblem(reply, problems.notYours);
      }
      const asked = askedOf(request.body);
      if (!asked) return badInput(reply, "body.settings", "settings are required to configure a device");
      const command = { command: "device.request", deviceId: request.params.id, request: asked } as const;
      return runCommand(commander, reply, { ...command, by: staffId(request) }, (body) => ({ status: 202, body }));
    },
  );
}

function askedOf({ command, seconds, plates, empty, settings }: Static<typeof AskBody>): AskedOfDevice | undefined {
  switch (command) {
    case "identify":
      return { command, seconds: seconds ?? usualBlinkSeconds };
    case "tare":
      return { command, ...(plates ? { plates } : {}), ...(empty ? { empty } : {}) };
    case "reboot":
      return { command };
    case "configure":
      return settings && { command, settings };
  }
}
