import type { FastifyInstance, FastifyReply } from "fastify";
import { type Static, Type } from "typebox";
import type { Command } from "#wire/commands.ts";
import { checkMapping } from "#wire/mapping.ts";
import { deviceKinds } from "#wire/topics.ts";
import {
  DeviceDetailSchema,
  DeviceMappingSchema,
  DevicePlaceSchema,
  DeviceSchema,
  PlatesSchema,
} from "../device-schemas.ts";
import { engineerOnly, staffId, staffOnly } from "../guard.ts";
import type { ApiPorts } from "../ports.ts";
import { badInput, notFound } from "../problem.ts";
import { Name, NothingSchema, strict } from "../schemas.ts";
import { runCommand } from "./run-command.ts";

const DeviceParams = Type.Object({ id: Name }, strict);
const AdoptBody = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 60, description: "what people call it" }),
    kind: Type.Enum([...deviceKinds]),
    place: DevicePlaceSchema,
    plates: Type.Optional(PlatesSchema),
    mapping: Type.Optional(DeviceMappingSchema),
  },
  strict,
);
const ReplaceBody = Type.Object(
  {
    successor: Type.String({ ...Name, description: "the hardware that takes its place, name and plates" }),
    mapping: Type.Optional(DeviceMappingSchema),
  },
  strict,
);
type Params = { Params: Static<typeof DeviceParams> };

const tags = ["devices"];
const noBody = { body: Type.Optional(NothingSchema) };

/** Who is in the shop and how it is; and what an engineer decides about it. */
export function registerDevices(
  app: FastifyInstance,
  { views, commander }: Pick<ApiPorts, "views" | "commander">,
): void {
  app.get(
    "/api/v1/devices",
    {
      onRequest: staffOnly,
      schema: {
        summary: "Devices: seen, expected, waiting to be adopted, retired",
        tags,
        who: "staff",
        response: { 200: Type.Array(DeviceSchema) },
      },
    },
    () => views.devices(),
  );
  app.get<Params>(
    "/api/v1/devices/:id",
    {
      onRequest: staffOnly,
      schema: {
        summary: "One device and its last hour",
        tags,
        who: "staff",
        params: DeviceParams,
        response: { 200: DeviceDetailSchema },
      },
    },
    ({ params }, reply) => views.deviceDetail(params.id) ?? notFound(reply, `There is no device ${params.id}.`),
  );

  const describe = (summary: string) => ({
    onRequest: engineerOnly,
    schema: { summary, tags, who: "engineer" as const, params: DeviceParams, response: { 200: DeviceSchema } },
  });
  /** Answers with the device as it is once the disk has it. */
  const change = (
    reply: FastifyReply,
    command: Extract<Command, { command: `device.${string}`; by: string }>,
    id: string,
  ) => runCommand(commander, reply, command, () => ({ status: 200, body: views.device(id) }));

  function whyNoMapping(mapping: Static<typeof DeviceMappingSchema> | undefined): string | undefined {
    const checked = mapping && checkMapping(views.shop().id, mapping);
    return checked && !checked.ok ? checked.reason : undefined;
  }

  const adopt = describe("Gives a device a name and a place, for the first time or anew");
  app.post<Params & { Body: Static<typeof AdoptBody> }>(
    "/api/v1/devices/:id/adopt",
    { ...adopt, schema: { ...adopt.schema, body: AdoptBody } },
    async (request, reply) => {
      const { id } = request.params;
      const why = whyNoMapping(request.body.mapping);
      if (why !== undefined) return badInput(reply, "body.mapping", why);
      return change(reply, { command: "device.adopt", deviceId: id, ...request.body, by: staffId(request) }, id);
    },
  );
  const replace = describe("New hardware takes the place, the name and the plates of a device");
  app.post<Params & { Body: Static<typeof ReplaceBody> }>(
    "/api/v1/devices/:id/replace",
    { ...replace, schema: { ...replace.schema, body: ReplaceBody } },
    async (request, reply) => {
      const why = whyNoMapping(request.body.mapping);
      if (why !== undefined) return badInput(reply, "body.mapping", why);
      const { successor } = request.body;
      const command = { command: "device.replace" as const, deviceId: request.params.id, ...request.body };
      return change(reply, { ...command, by: staffId(request) }, successor);
    },
  );
  const retire = describe("What a device says counts no more, and its place is free");
  app.post<Params>(
    "/api/v1/devices/:id/retire",
    { ...retire, schema: { ...retire.schema, ...noBody } },
    async (request, reply) => {
      const { id } = request.params;
      return change(reply, { command: "device.retire", deviceId: id, by: staffId(request) }, id);
    },
  );
  const dismiss = describe("Forgets a device that waits or is retired; it is not offered again for a day");
  app.post<Params>(
    "/api/v1/devices/:id/dismiss",
    { ...dismiss, schema: { ...dismiss.schema, ...noBody } },
    async (request, reply) => {
      const { id } = request.params;
      return change(reply, { command: "device.dismiss", deviceId: id, by: staffId(request) }, id);
    },
  );
}
