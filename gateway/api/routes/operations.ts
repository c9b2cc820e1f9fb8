import type { FastifyInstance } from "fastify";
import { Type } from "typebox";
import { engineerOnly } from "../guard.ts";
import { securityHeaders } from "../headers.ts";
import { metricsContentType, printMetrics } from "../metrics.ts";
import type { ApiPorts, Counter } from "../ports.ts";
import { problems, sendProblem } from "../problem.ts";

/** A recording that falls this far behind ends: a record with a hole would replay a shop that never was. */
const maxBehindBytes = 8 * 1024 * 1024;
const maxRecordings = 4;

const ReadySchema = Type.Object({ ready: Type.Boolean(), waitingFor: Type.Array(Type.String()) });
const tags = ["operations"];

type Needs = {
  ports: Pick<ApiPorts, "counters" | "readiness" | "record" | "caPem">;
  ownCounters(): Counter[];
  openapi(): object;
  asyncapi(): object;
};

/** For the people and machines that look after the gateway. Returns how to end the recordings at close. */
export function registerOperations(app: FastifyInstance, needs: Needs): () => void {
  const { ports } = needs;
  app.get(
    "/healthz",
    { schema: { summary: "The process answers", tags, response: { 200: Type.Object({ ok: Type.Boolean() }) } } },
    () => ({
      ok: true,
    }),
  );
  app.get(
    "/readyz",
    { schema: { summary: "The shop is served", tags, response: { 200: ReadySchema, 503: ReadySchema } } },
    (_request, reply) => {
      const readiness = ports.readiness();
      return reply
        .code(readiness.ready ? 200 : 503)
        .header("cache-control", "no-store")
        .send(readiness);
    },
  );
  app.get("/metrics", { schema: { summary: "Prometheus text", tags, produces: "text/plain" } }, (_request, reply) =>
    reply.type(metricsContentType).send(printMetrics([...ports.counters(), ...needs.ownCounters()])),
  );
  app.get(
    "/ca.crt",
    {
      schema: {
        summary: "The certificate of the gateway's own CA, for phones and devices to trust",
        tags,
        produces: "application/x-x509-ca-cert",
      },
    },
    (_request, reply) => {
      const pem = ports.caPem();
      return pem === undefined
        ? sendProblem(reply, { ...problems.notFound, detail: "This gateway has no certificate authority of its own." })
        : reply.type("application/x-x509-ca-cert").send(pem);
    },
  );
  app.get("/openapi.json", { schema: { summary: "This contract", tags } }, () => needs.openapi());
  app.get("/asyncapi.json", { schema: { summary: "The MQTT contract", tags } }, () => needs.asyncapi());
  return registerRecording(app, ports.record);
}

function registerRecording(app: FastifyInstance, record: ApiPorts["record"]): () => void {
  const ends = new Set<() => void>();
  app.get(
    "/api/v1/recording",
    {
      onRequest: engineerOnly,
      exposeHeadRoute: false,
      schema: {
        summary: "Every input from now on as JSON Lines, until the caller hangs up",
        tags,
        who: "engineer",
        produces: "application/jsonl",
      },
    },
    (request, reply) => {
      if (ends.size >= maxRecordings) {
        const title = `${maxRecordings} recordings are running already.`;
        return sendProblem(reply, { type: "/problems/full", title, status: 503 });
      }
      reply.hijack();
      const { raw } = reply;
      raw.writeHead(200, {
        ...securityHeaders(request.raw),
        "content-type": "application/jsonl",
        "cache-control": "no-store",
      });
      // The caller may start its clock once this has come: from here on nothing is missed.
      raw.flushHeaders();
      const stop = record((line) => {
        raw.write(`${line}\n`);
        if (raw.writableLength > maxBehindBytes) raw.destroy();
      });
      const end = () => raw.end();
      ends.add(end);
      raw.once("close", () => {
        stop();
        ends.delete(end);
      });
    },
  );
  return () => {
    for (const end of ends) end();
  };
}
