import type { FastifyInstance, FastifyReply } from "fastify";
import { type Static, Type } from "typebox";
import {
  type CsvProblem,
  type CsvWorld,
  csvLimits,
  type PlanogramShelf,
  readPlanogramCsv,
  writePlanogramCsv,
} from "#wire/planogram-csv.ts";
import { sendWithEtag } from "../etag.ts";
import { managerOnly, staffId, staffOnly } from "../guard.ts";
import type { ApiPorts, Views } from "../ports.ts";
import { notFound, sendProblem } from "../problem.ts";
import { strict } from "../schemas.ts";
import { runCommand } from "./run-command.ts";

// Types only: what does not fit the shop is the room's to say, every mistake at once.
const Facing = Type.Object(
  {
    plate: Type.Number({ description: "1 to 64" }),
    sku: Type.String({ maxLength: 60 }),
    capacity: Type.Number({ description: "pieces, 1 to 500" }),
    minimum: Type.Number({ description: "at or below this a low alert opens; less than the capacity" }),
    x: Type.Optional(Type.Number({ description: "middle of its place, as a share of the plate" })),
    width: Type.Optional(Type.Number({ description: "width of its place, as a share of the plate" })),
  },
  strict,
);
const Shelves = Type.Array(
  Type.Object({ id: Type.String({ maxLength: 60 }), plates: Type.Array(Facing, { maxItems: 400 }) }, strict),
  { maxItems: 1_000 },
);
const Head = {
  version: Type.Integer({ description: "0: as the configuration file has it" }),
  at: Type.Integer({ description: "epoch milliseconds; 0: as the configuration file has it" }),
  by: Type.String({ description: "a person's id, or file" }),
  note: Type.Optional(Type.String()),
};
const PlanogramSchema = Type.Object({ ...Head, shelves: Shelves });
const VersionSchema = Type.Object({
  ...Head,
  changes: Type.Integer({ description: "places that came, went or changed" }),
});
const PlanogramBody = Type.Object(
  {
    basedOn: Type.Integer({ minimum: 0, description: "the version that whoever edits has seen" }),
    shelves: Shelves,
    note: Type.Optional(Type.String({ maxLength: 200 })),
  },
  { ...strict, description: "a shelf that is left out stays as it is" },
);
const VersionParams = Type.Object({ version: Type.String({ pattern: "^[0-9]{1,9}$" }) }, strict);
const CsvQuery = Type.Object(
  {
    dryRun: Type.Optional(Type.Enum(["true", "false"], { description: "true: only say what would change" })),
    basedOn: Type.Optional(
      Type.String({ pattern: "^[0-9]{1,9}$", description: "the version that was exported; left out: the newest" }),
    ),
  },
  strict,
);
const TrialSchema = Type.Object({
  changes: Type.Array(Type.String(), { description: "in words" }),
  problems: Type.Array(
    Type.Object({ line: Type.Integer(), column: Type.Optional(Type.String()), detail: Type.String() }),
  ),
  version: Type.Optional(Type.Integer({ description: "what was saved; left out in a dry run" })),
});

const tags = ["planogram"];
/** 400 shelves of a department store with everything on them. */
const maxPlanogramBytes = 4 * 1024 * 1024;
/** The limit itself is told in words, with the other mistakes. */
const maxCsvBytes = csvLimits.bytes + 64 * 1024;

type Needs = Pick<ApiPorts, "views" | "commander">;

/** Where everything belongs: read by staff, edited by managers, as JSON or as a table. */
export function registerPlanogram(app: FastifyInstance, needs: Needs): void {
  registerVersions(app, needs);
  registerTable(app, needs);
  app.put<{ Body: Static<typeof PlanogramBody> }>(
    "/api/v1/planogram",
    {
      onRequest: managerOnly,
      bodyLimit: maxPlanogramBytes,
      schema: {
        summary: "Save an edited planogram; 409 when somebody else saved meanwhile, 422 with every mistake",
        tags,
        who: "manager",
        body: PlanogramBody,
        response: { 200: PlanogramSchema },
      },
    },
    async (request, reply) => {
      const command = { command: "planogram.change" as const, ...request.body, by: staffId(request) };
      return runCommand(needs.commander, reply, command, () => ({ status: 200, body: needs.views.planogram() }));
    },
  );
}

function registerVersions(app: FastifyInstance, { views }: Needs) {
  app.get(
    "/api/v1/planogram",
    {
      onRequest: staffOnly,
      schema: {
        summary: "The planogram as it is; answers 304 to a current If-None-Match",
        tags,
        who: "staff",
        response: { 200: PlanogramSchema },
      },
    },
    (request, reply) => sendWithEtag(request, reply, { body: JSON.stringify(views.planogram()) }),
  );
  app.get(
    "/api/v1/planogram/versions",
    {
      onRequest: staffOnly,
      schema: {
        summary: "The versions that are kept, the newest first",
        tags,
        who: "staff",
        response: { 200: Type.Array(VersionSchema) },
      },
    },
    (request, reply) => sendWithEtag(request, reply, { body: JSON.stringify(views.planogramVersions()) }),
  );
  app.get<{ Params: Static<typeof VersionParams> }>(
    "/api/v1/planogram/versions/:version",
    {
      onRequest: staffOnly,
      schema: {
        summary: "One version, whole; to go back to it, save its shelves",
        tags,
        who: "staff",
        params: VersionParams,
        response: { 200: PlanogramSchema },
      },
    },
    (request, reply) => {
      const { version } = request.params;
      const found = views.planogramVersion(Number(version));
      if (!found) return notFound(reply, `Version ${version} of the planogram is not kept.`);
      return sendWithEtag(request, reply, { body: JSON.stringify(found) });
    },
  );
}

function registerTable(app: FastifyInstance, { views, commander }: Needs) {
  app.get(
    "/api/v1/planogram.csv",
    {
      onRequest: staffOnly,
      schema: {
        summary: "The planogram as a table for spreadsheets",
        tags,
        who: "staff",
        produces: "text/csv",
      },
    },
    (request, reply) => {
      reply.header("content-disposition", `attachment; filename="planogram-${views.planogram().version}.csv"`);
      const body = writePlanogramCsv(views.planogram().shelves, csvWorld(views));
      return sendWithEtag(request, reply, { body, type: "text/csv; charset=utf-8; header=present" });
    },
  );
  app.register(async (scope) => {
    scope.addContentTypeParser<Buffer>(
      "text/csv",
      { parseAs: "buffer", bodyLimit: maxCsvBytes },
      (_request, body, done) => done(null, body),
    );
    scope.put<{ Body: Buffer; Querystring: Static<typeof CsvQuery> }>(
      "/api/v1/planogram.csv",
      {
        onRequest: managerOnly,
        bodyLimit: maxCsvBytes,
        schema: {
          summary:
            "Save a table, as text/csv; with dryRun=true only say what it would change, and every mistake by line",
          tags,
          who: "manager",
          querystring: CsvQuery,
          response: { 200: TrialSchema },
        },
      },
      async (request, reply) => {
        const { dryRun, basedOn } = request.query;
        const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        const trial = tryTable(views, bytes);
        if (dryRun === "true") {
          const { changes, problems } = trial;
          return reply.header("cache-control", "no-store").send({ changes, problems });
        }
        if (trial.problems.length > 0) return refuseTable(reply, trial.problems);
        const { changes, problems, shelves } = trial;
        const version = basedOn === undefined ? views.planogram().version : Number(basedOn);
        const note = "From a table.";
        const change = { command: "planogram.change" as const, basedOn: version, shelves, note, by: staffId(request) };
        return runCommand(commander, reply, change, (value) => ({
          status: 200,
          body: { changes, problems, ...value },
        }));
      },
    );
  });
}

function csvWorld(views: Views): CsvWorld {
  const products = views
    .stock()
    .map(({ sku, gtin, name, size }): [string, { gtin: string; name: string }] => [
      sku,
      { gtin, name: size === undefined ? name : `${name}, ${size}` },
    ]);
  return { shelves: views.shop().shelves, products: new Map(products) };
}

type Trial = { changes: string[]; problems: CsvProblem[]; shelves: PlanogramShelf[] };

/** What a table would change, or what is wrong with it and where. */
function tryTable(views: Views, bytes: Uint8Array): Trial {
  const { shelves, problems: misread, lineOf } = readPlanogramCsv(bytes, csvWorld(views));
  if (shelves.length === 0 && misread.length > 0) return { changes: [], problems: misread, shelves };
  const { changes, problems } = views.tryPlanogram(shelves);
  const told = problems.map(({ field, detail }): CsvProblem => {
    const column = field.split(".").at(-1) ?? "";
    const name = column === "id" ? "shelf" : column;
    return { line: lineOf(field), ...(/^[a-z]+$/.test(name) ? { column: name } : {}), detail };
  });
  // what could not be read stands for nothing: what follows from it is no mistake of its own
  const unread = new Set(misread.map(({ line }) => line));
  const all = [...misread, ...told.filter(({ line }) => !unread.has(line))].sort((a, b) => a.line - b.line);
  return { changes: misread.length > 0 ? [] : changes, problems: all, shelves };
}

function refuseTable(reply: FastifyReply, problems: CsvProblem[]) {
  const mistakes = problems.map(({ line, column, detail }) => ({
    field: [line > 0 ? `line ${line}` : "file", column].filter(Boolean).join(", "),
    detail,
  }));
  const detail = `${mistakes[0]?.field}: ${mistakes[0]?.detail}`;
  const title = "This table does not fit the shop.";
  return sendProblem(reply, { type: "wrong-planogram", title, status: 422, detail, mistakes });
}
