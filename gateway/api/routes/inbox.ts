import type { FastifyInstance } from "fastify";
import { Type } from "typebox";
import type { Reading } from "#wire/decoded.ts";
import { checkMapping, readMapped } from "#wire/mapping.ts";
import { filtersMeet } from "#wire/topic-filters.ts";
import { maxTopicBytes } from "#wire/topics.ts";
import type { DeviceMapping } from "#wire/views.ts";
import { DeviceMappingSchema, InboxTopicSchema } from "../device-schemas.ts";
import { engineerOnly } from "../guard.ts";
import type { ApiPorts } from "../ports.ts";
import { notFound } from "../problem.ts";
import { NothingSchema, strict } from "../schemas.ts";

type Try = { mapping: DeviceMapping; topic: string; hex: string };
type Tried = { ok: true; readings: Reading[] } | { ok: false; reason: string };

const Topic = Type.String({ minLength: 1, maxLength: 2 * maxTopicBytes });
const TrySchema = Type.Object(
  {
    mapping: DeviceMappingSchema,
    topic: Topic,
    hex: Type.String({
      maxLength: 200_000,
      pattern: "^([0-9A-Fa-f]{2})*$",
      description: "the payload, as a sample has it",
    }),
  },
  strict,
);
const TriedSchema = Type.Union([
  Type.Object({
    ok: Type.Literal(true),
    readings: Type.Array(Type.Object({ kind: Type.String() }, { additionalProperties: true })),
  }),
  Type.Object({ ok: Type.Literal(false), reason: Type.String() }),
]);
const about = { tags: ["devices"], who: "engineer" } as const;

/** What nobody could read, for engineers: it may tell of people who walked past a receiver. */
export function registerInbox(app: FastifyInstance, { inbox, views }: Pick<ApiPorts, "inbox" | "views">): void {
  app.get(
    "/api/v1/inbox",
    {
      onRequest: engineerOnly,
      schema: {
        ...about,
        summary: "Payloads that nobody could read, by topic, and what they may be",
        response: { 200: Type.Array(InboxTopicSchema) },
      },
    },
    () => inbox.list(),
  );
  app.delete<{ Querystring: { topic: string } }>(
    "/api/v1/inbox",
    {
      onRequest: engineerOnly,
      schema: {
        ...about,
        summary: "Forgets what lies under one topic",
        querystring: Type.Object({ topic: Topic }, strict),
        response: { 200: NothingSchema },
      },
    },
    (request, reply) => (inbox.clear(request.query.topic) ? {} : notFound(reply, "Nothing lies under this topic.")),
  );
  app.post<{ Body: Try }>(
    "/api/v1/inbox/try",
    {
      onRequest: engineerOnly,
      // nothing is changed, so there is nothing for the audit log
      config: { notesItself: true },
      schema: {
        ...about,
        summary: "What a mapping would read in a payload; nothing is changed",
        body: TrySchema,
        response: { 200: TriedSchema },
      },
    },
    (request) => {
      const { id, zones } = views.shop();
      return tryMapping(request.body, { storeId: id, zones: new Set(zones.map((zone) => zone.id)) });
    },
  );
}

function tryMapping({ mapping, topic, hex }: Try, shop: { storeId: string; zones: ReadonlySet<string> }): Tried {
  const checked = checkMapping(shop.storeId, mapping);
  if (!checked.ok) return checked;
  if (!filtersMeet(mapping.topic, topic)) {
    return { ok: false, reason: `This came on ${topic}, and the mapping reads ${mapping.topic}.` };
  }
  for (const { yields } of mapping.fields) {
    if (yields.reading === "people" && !shop.zones.has(yields.zone)) {
      return { ok: false, reason: `There is no zone called "${yields.zone}".` };
    }
  }
  const readings = readMapped(mapping, Buffer.from(hex, "hex"));
  return readings.ok ? { ok: true, readings: readings.value } : readings;
}
