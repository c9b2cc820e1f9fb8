import type { FastifyInstance, FastifyReply } from "fastify";
import { Type } from "typebox";
import { epcisHeaders, epcisQueryDocument, epcisRoot } from "#wire/epcis.ts";
import { channelOrManager } from "../guard.ts";
import type { ApiPorts } from "../ports.ts";
import { problems, sendProblem, tooMany } from "../problem.ts";

const tags = ["outside"];
const Text = Type.Optional(Type.String());
/** Said for the description; what comes is judged by the query itself, which answers as the standard has it. */
const EventsQuery = Type.Object(
  {
    GE_eventTime: Text,
    LT_eventTime: Text,
    EQ_bizStep: Text,
    EQ_disposition: Text,
    EQ_readPoint: Text,
    MATCH_epc: Text,
    MATCH_epcClass: Text,
    perPage: Text,
    nextPageToken: Text,
  },
  { additionalProperties: true },
);
const Anything = Type.Object({}, { additionalProperties: true });

/** GS1 EPCIS 2.0, the part of its REST binding that reads events. Nothing can be written: the shop is the only witness. */
export function registerEpcis(app: FastifyInstance, { epcis, now }: Pick<ApiPorts, "epcis"> & { now(): number }): void {
  for (const url of ["/epcis", "/epcis/events"]) {
    const schema = { summary: "Which versions are spoken", tags, response: { 204: Type.Null() } };
    app.options(url, { schema }, (_request, reply) =>
      describe(reply).header("allow", "GET, HEAD, OPTIONS").code(204).send(),
    );
  }
  app.get(
    "/epcis",
    { schema: { summary: "What there is of EPCIS 2.0", tags, response: { 200: Anything } } },
    (_request, reply) => describe(reply).send(epcisRoot),
  );
  app.get<{ Querystring: Record<string, string | string[]> }>(
    "/epcis/events",
    {
      onRequest: channelOrManager,
      // a parameter may come twice
      validatorCompiler: () => () => true,
      schema: {
        summary: "Goods seen, counted, sold and received, oldest first, as EPCIS 2.0 in JSON-LD",
        tags,
        who: "channel",
        querystring: EventsQuery,
        response: { 200: Anything },
      },
    },
    async (request, reply) => {
      const type = typeFor(request.headers.accept ?? "*/*");
      describe(reply);
      if (type === undefined) return fail(reply, 406, "NotAcceptable", "Events come as application/ld+json only.");
      const answer = await epcis(request.query);
      if (!answer.ok) {
        if ("busy" in answer) return tooMany(reply, 1_000, "Others are asking. Try again in a second.");
        return fail(reply, 400, "QueryParameterException", answer.reason);
      }
      if (answer.next !== undefined) {
        const query = new URLSearchParams(
          Object.entries(request.query).flatMap(([name, said]) => [said].flat().map((value) => [name, value])),
        );
        query.set("nextPageToken", answer.next);
        reply.header("link", `</epcis/events?${query}>; rel="next"`);
      }
      return reply.type(type).header("cache-control", "no-store").send(epcisQueryDocument(answer.events, now()));
    },
  );
  app.post(
    "/epcis/capture",
    { onRequest: refuseCapture, schema: { summary: "Not here: the shop's own sensors are the witnesses", tags } },
    refuseCapture,
  );
}

/** Before a body is read, whatever its type. */
async function refuseCapture(request: { caller: unknown }, reply: FastifyReply) {
  if (!request.caller) return sendProblem(reply.header("www-authenticate", "Bearer"), problems.signIn);
  const detail = "Events come from the shop's own sensors and people. Sales and deliveries have routes below /api/v1.";
  return fail(describe(reply), 501, "ImplementationException", detail);
}

const describe = (reply: FastifyReply) => reply.headers(epcisHeaders);

/** The standard names its problems so. */
function fail(reply: FastifyReply, status: number, exception: string, detail: string) {
  return sendProblem(reply, { type: `epcisException:${exception}`, title: "That cannot be answered.", status, detail });
}

function typeFor(accept: string): string | undefined {
  if (/application\/ld\+json/i.test(accept)) return "application/ld+json";
  return /application\/json|application\/\*|\*\/\*/i.test(accept) ? "application/json" : undefined;
}
