import type { FastifyInstance, FastifyRequest } from "fastify";
import { type Static, Type } from "typebox";
import type { Command } from "#wire/commands.ts";
import type { Reservation } from "#wire/stock-views.ts";
import { OwnNameParams, ReservationSchema } from "../goods-schemas.ts";
import { actorId, channelOrStaff, ownKey, staffOnly } from "../guard.ts";
import type { ApiPorts } from "../ports.ts";
import { notFound } from "../problem.ts";
import { IdempotencyHeaders, Sku, strict } from "../schemas.ts";
import { runCommand } from "./run-command.ts";

const Body = Type.Object(
  {
    sku: Sku,
    quantity: Type.Integer({ minimum: 1, maximum: 20 }),
    label: Type.Optional(
      Type.String({
        pattern: "^[^\\x00-\\x1f\\x7f]{1,24}$",
        description: "what the customer is called at the counter: a first name or a number, never more",
      }),
    ),
  },
  strict,
);
type Params = { Params: Static<typeof OwnNameParams> };
type StepCommand = Extract<Command, { command: "reservation.ready" | "reservation.collect" | "reservation.cancel" }>;

const tags = ["reservations"];

const steps = [
  { path: "ready", command: "reservation.ready", summary: "Fetched and put aside", who: "staff" },
  { path: "collect", command: "reservation.collect", summary: "The customer has it", who: "staff" },
  {
    path: "cancel",
    command: "reservation.cancel",
    summary: "Not wanted any more; a till or website cancels its own",
    who: "channel",
  },
] as const;

export function registerReservations(
  app: FastifyInstance,
  { views, commander }: Pick<ApiPorts, "views" | "commander">,
): void {
  app.post<{ Body: Static<typeof Body>; Headers: Static<typeof IdempotencyHeaders> }>(
    "/api/v1/reservations",
    {
      onRequest: channelOrStaff,
      schema: {
        summary: "Hold pieces for a customer; the same Idempotency-Key never holds twice",
        tags,
        who: "channel",
        headers: IdempotencyHeaders,
        body: Body,
        response: { 201: Type.Object({ reservationId: Type.String() }) },
      },
    },
    async (request, reply) => {
      const by = actorId(request);
      const command = { command: "reservation.make" as const, ...request.body, key: ownKey(request), by };
      return runCommand(commander, reply, command, (value) => ({ status: 201, body: value }));
    },
  );
  app.get(
    "/api/v1/reservations",
    {
      onRequest: channelOrStaff,
      schema: {
        summary: "Open ones as they were made, then the last that are over; to a till or website its own",
        tags,
        who: "channel",
        response: { 200: Type.Array(ReservationSchema) },
      },
    },
    (request) => views.reservations().filter((reservation) => mayRead(request, reservation)),
  );
  app.get<Params>(
    "/api/v1/reservations/:id",
    {
      onRequest: channelOrStaff,
      schema: {
        summary: "One reservation",
        tags,
        who: "channel",
        params: OwnNameParams,
        response: { 200: ReservationSchema },
      },
    },
    (request, reply) => {
      const found = views.reservation(request.params.id);
      return found && mayRead(request, found) ? found : notFound(reply, "There is no such reservation.");
    },
  );
  for (const { path, command, summary, who } of steps) {
    app.post<Params>(
      `/api/v1/reservations/:id/${path}`,
      {
        onRequest: who === "staff" ? staffOnly : channelOrStaff,
        schema: { summary, tags, who, params: OwnNameParams, response: { 200: ReservationSchema } },
      },
      async (request, reply) => {
        const reservationId = request.params.id;
        const step: StepCommand = { command, reservationId, by: actorId(request) };
        return runCommand(commander, reply, step, () => ({ status: 200, body: views.reservation(reservationId) }));
      },
    );
  }
}

const mayRead = (request: FastifyRequest, { madeBy }: Reservation) =>
  request.caller?.role !== "channel" || madeBy === actorId(request);
