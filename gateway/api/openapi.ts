import type { FastifySchema, RouteOptions } from "fastify";

declare module "fastify" {
  interface FastifySchema {
    summary?: string;
    tags?: readonly string[];
    /** Pages and files: part of the site, not of the contract. */
    hide?: boolean;
    /** Content type of the 200 answer where it is not JSON. */
    produces?: string;
    /** Who may ask: engineers may what managers may, and those what staff may. "channel": tills and websites, and staff. */
    who?: "staff" | "manager" | "engineer" | "channel" | "mirror" | "shopper";
  }
}

type Json = Record<string, unknown>;
type Operation = { url: string; method: string; schema: NonNullable<RouteOptions["schema"]> };

/** Remembers every route as it is added, and writes them down as OpenAPI 3.1. */
export function createOpenApi(title: string) {
  const operations: Operation[] = [];
  return {
    note(route: RouteOptions) {
      const schema = route.schema ?? {};
      if (schema.hide) return;
      for (const method of [route.method].flat()) {
        if (method !== "HEAD") operations.push({ url: route.url, method, schema });
      }
    },
    document(): Json {
      const paths: Record<string, Json> = {};
      for (const operation of operations) {
        const path = operation.url.replace(/:(\w+)/g, "{$1}");
        paths[path] = { ...paths[path], [operation.method.toLowerCase()]: describe(operation) };
      }
      return {
        openapi: "3.1.0",
        info: { title, version: "1", license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
        paths,
        components: {
          securitySchemes: {
            bearer: { type: "http", scheme: "bearer" },
            basic: { type: "http", scheme: "basic" },
            staffCookie: { type: "apiKey", in: "cookie", name: "vitrine_staff" },
          },
        },
      };
    },
  };
}

function describe({ url, schema }: Operation): Json {
  const parameters = [
    ...parametersOf(schema.params ?? pathParams(url), "path"),
    ...parametersOf(schema.querystring, "query"),
    ...parametersOf(schema.headers, "header"),
  ];
  return {
    ...(schema.summary === undefined ? {} : { summary: schema.summary }),
    ...(schema.tags === undefined ? {} : { tags: schema.tags }),
    ...(schema.who === undefined ? {} : { security: securityOf(schema.who) }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(isRecord(schema.body) ? { requestBody: { required: true, content: json(schema.body) } } : {}),
    responses: responsesOf(schema.response, schema.produces),
  };
}

function securityOf(who: NonNullable<FastifySchema["who"]>): Json[] {
  const person = [{ staffCookie: [] }, { bearer: [] }];
  switch (who) {
    case "channel":
      return [...person, { basic: [] }];
    case "staff":
    case "manager":
    case "engineer":
      return person;
    case "mirror":
    case "shopper":
      return [{ bearer: [] }];
  }
}

function pathParams(url: string): Json {
  const names = [...url.matchAll(/:(\w+)/g)].map(([, name]) => name ?? "");
  return { properties: Object.fromEntries(names.map((name) => [name, { type: "string" }])) };
}

function parametersOf(schema: unknown, where: "path" | "query" | "header"): Json[] {
  if (!isRecord(schema) || !isRecord(schema.properties)) return [];
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(schema.properties).map(([name, property]) => ({
    name,
    in: where,
    required: where === "path" || required.includes(name),
    schema: property,
  }));
}

function responsesOf(response: unknown, produces: string | undefined): Json {
  const answers = isRecord(response) ? Object.entries(response) : [];
  const described = answers.map(([status, schema]) => [
    status,
    { description: status === "204" ? "Done." : "The answer.", ...(status === "204" ? {} : { content: json(schema) }) },
  ]);
  if (produces !== undefined) described.push(["200", { description: "The answer.", content: { [produces]: {} } }]);
  if (described.length === 0) described.push(["200", { description: "Done." }]);
  const problem = { description: "RFC 9457 problem details.", content: { "application/problem+json": {} } };
  return { ...Object.fromEntries(described), default: problem };
}

function json(schema: unknown): Json {
  return { "application/json": { schema } };
}

function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null;
}
