import type { FastifyInstance } from "fastify";
import { type Static, Type } from "typebox";
import type { Command } from "#wire/commands.ts";
import { staffId, staffOnly } from "../guard.ts";
import type { ApiPorts } from "../ports.ts";
import { badInput, problems, sendProblem } from "../problem.ts";
import { AlertSchema, Id, NameParams, strict } from "../schemas.ts";
import { runCommand } from "./run-command.ts";

const By = Type.Optional(Type.String({ ...Id, description: "a member of staff; left out: whoever asks" }));
const ActionBody = Type.Object({ by: By }, strict);
const ResolveBody = Type.Object(
  {
    by: By,
    refuted: Type.Optional(Type.Boolean({ description: "the alert was wrong: teach the scale, not the shop" })),
  },
  strict,
);
type ResolveBody = Static<typeof ResolveBody>;
const SnoozeBody = Type.Object(
  {
    minutes: Type.Integer({ minimum: 5, maximum: 480, description: "it comes back by itself; above 60 for managers" }),
  },
  strict,
);
/** An alert that is put off is put off for everybody: for longer than this a manager says so. */
const associateMinutes = 60;

type AlertAction = (alertId: string, by: string, body: ResolveBody) => Command;

const actions: { path: string; summary: string; body: typeof ActionBody | typeof ResolveBody; command: AlertAction }[] =
  [
    {
      path: "ack",
      summary: "Seen",
      body: ActionBody,
      command: (alertId, by) => ({ command: "alert.acknowledge", alertId, by }),
    },
    {
      path: "assign",
      summary: "Someone takes it",
      body: ActionBody,
      command: (alertId, by) => ({ command: "alert.assign", alertId, by }),
    },
    {
      path: "release",
      summary: "Back to everybody",
      body: ActionBody,
      command: (alertId, by) => ({ command: "alert.release", alertId, by }),
    },
    {
      path: "resolve",
      summary: "Done, or it was not so",
      body: ResolveBody,
      command: (alertId, by, { refuted }) => ({
        command: "alert.resolve",
        alertId,
        by,
        ...(refuted === undefined ? {} : { refuted }),
      }),
    },
  ];

const tags = ["alerts"];

export function registerAlerts(
  app: FastifyInstance,
  { views, commander }: Pick<ApiPorts, "views" | "commander">,
): void {
  const found = (alertId: string) => views.alerts().find(({ id }) => id === alertId) ?? {};

  app.get(
    "/api/v1/alerts",
    {
      onRequest: staffOnly,
      schema: {
        summary: "Open alerts, what comes first first",
        tags,
        who: "staff",
        response: { 200: Type.Array(AlertSchema) },
      },
    },
    () => views.alerts(),
  );
  app.post<{ Params: Static<typeof NameParams>; Body: Static<typeof SnoozeBody> }>(
    "/api/v1/alerts/:id/snooze",
    {
      onRequest: staffOnly,
      schema: {
        summary: "Put off, for everybody",
        tags,
        who: "staff",
        params: NameParams,
        body: SnoozeBody,
        response: { 200: AlertSchema },
      },
    },
    async (request, reply) => {
      const { minutes } = request.body;
      const alertId = request.params.id;
      if (minutes > associateMinutes && request.caller?.role === "staff")
        return sendProblem(reply, {
          ...problems.notYours,
          detail: `More than ${associateMinutes} minutes: ask a manager.`,
        });
      const command = { command: "alert.snooze" as const, alertId, minutes, by: staffId(request) };
      return runCommand(commander, reply, command, () => ({ status: 200, body: found(alertId) }));
    },
  );
  for (const { path, summary, body, command } of actions) {
    app.post<{ Params: Static<typeof NameParams>; Body: ResolveBody }>(
      `/api/v1/alerts/:id/${path}`,
      {
        onRequest: staffOnly,
        preValidation: async (request) => {
          // A tap needs no words: no body means {}.
          request.body ??= {};
        },
        schema: { summary, tags, who: "staff", params: NameParams, body, response: { 200: AlertSchema } },
      },
      async (request, reply) => {
        const by = request.body.by ?? staffId(request);
        const known = by === staffId(request) || views.shop().staff.some(({ id }) => id === by);
        if (!known) return badInput(reply, "body.by", `Nobody on the staff list has the id ${by}.`);
        const alertId = request.params.id;
        return runCommand(commander, reply, command(alertId, by, request.body), () => ({
          status: 200,
          body: found(alertId),
        }));
      },
    );
  }
}
