import type { FastifyInstance } from "fastify";
import { type Static, Type } from "typebox";
import { staffOnly } from "../guard.ts";
import type { ApiPorts } from "../ports.ts";
import { badInput } from "../problem.ts";
import { AvailabilityDaySchema, strict } from "../schemas.ts";

const DayQuery = Type.Object(
  {
    day: Type.Optional(
      Type.String({ pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description: "local day of the shop; left out: today" }),
    ),
  },
  strict,
);

/** How long places stood empty: 35 days are kept. */
export function registerHistory(app: FastifyInstance, { views }: Pick<ApiPorts, "views">): void {
  app.get<{ Querystring: Static<typeof DayQuery> }>(
    "/api/v1/history/availability",
    {
      onRequest: staffOnly,
      schema: {
        summary: "How long each place of the planogram stood empty or low on one day, opening time only",
        tags: ["stock"],
        who: "staff",
        querystring: DayQuery,
        response: { 200: AvailabilityDaySchema },
      },
    },
    ({ query }, reply) => {
      const day = query.day ?? views.today();
      return views.availabilityDay(day) ?? badInput(reply, "querystring.day", `There is no day ${day}.`);
    },
  );
}
