import { createReadStream } from "node:fs";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type Static, Type } from "typebox";
import { maxBundleBytes } from "#wire/firmware.ts";
import { versionPattern } from "#wire/requests.ts";
import { deviceKinds } from "#wire/topics.ts";
import { FirmwareImageSchema } from "../device-schemas.ts";
import { engineerOnly } from "../guard.ts";
import type { ApiAccess, ApiPorts } from "../ports.ts";
import { notFound, problems, sendProblem, tooMany } from "../problem.ts";
import { strict } from "../schemas.ts";

const VersionParams = Type.Object({ version: Type.String({ pattern: versionPattern }) }, strict);
const ImageQuery = Type.Object(
  {
    kind: Type.Enum([...deviceKinds]),
    token: Type.Optional(Type.String({ maxLength: 600, description: "as in the update request" })),
  },
  strict,
);
const AddQuery = Type.Object(
  { force: Type.Optional(Type.Enum(["true"], { description: "also when a newer version is here" })) },
  strict,
);
type ImageRequest = FastifyRequest<{
  Params: Static<typeof VersionParams>;
  Querystring: Static<typeof ImageQuery>;
}>;
type Needs = { ports: Pick<ApiPorts, "firmware" | "views">; access: ApiAccess };

const tags = ["firmware"];

/** Signed images come in from engineers and go out to the devices that were asked to take them. */
export function registerFirmware(app: FastifyInstance, { ports: { firmware, views }, access }: Needs): void {
  app.get(
    "/api/v1/firmware",
    {
      onRequest: engineerOnly,
      schema: {
        summary: "Signed images, newest first",
        tags,
        who: "engineer",
        response: { 200: Type.Array(FirmwareImageSchema) },
      },
    },
    async () => await firmware.list(),
  );
  app.register(async (scope) => {
    scope.addContentTypeParser<Buffer>(
      "application/octet-stream",
      { parseAs: "buffer", bodyLimit: maxBundleBytes },
      (_request, body, done) => done(null, body),
    );
    scope.post<{ Querystring: Static<typeof AddQuery>; Body: Buffer }>(
      "/api/v1/firmware",
      {
        onRequest: engineerOnly,
        bodyLimit: maxBundleBytes,
        schema: {
          summary: "A file made by `vitrine firmware sign`, as application/octet-stream",
          tags,
          who: "engineer",
          querystring: AddQuery,
          response: { 201: FirmwareImageSchema },
        },
      },
      async ({ body, query }, reply) => {
        const bundle = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
        const result = await firmware.add(bundle, { force: query.force === "true" });
        if (!result.ok) return sendProblem(reply, result.problem);
        return reply.code(result.isNew ? 201 : 200).send(result.value);
      },
    );
  });

  /** By a token that the gateway gave to this device, or by the device's own name and password. */
  async function mayFetch(request: ImageRequest, reply: FastifyReply): Promise<boolean> {
    const { kind, token } = request.query;
    if (token !== undefined) return firmware.mayFetch(token, { kind, version: request.params.version });
    const login = basicLogin(request.headers.authorization);
    if (!login) return false;
    const key = `${request.ip} ${login.name}`;
    const waitMs = access.guesses.blockedForMs(key);
    if (waitMs > 0) {
      tooMany(reply, waitMs, "Too many wrong passwords.");
      return false;
    }
    // Counted before it is checked, so that a thousand guesses sent at once are a thousand guesses.
    access.guesses.failed(key);
    if (!(await access.verifyDevice(login.name, login.password))) return false;
    access.guesses.succeeded(key);
    return views.device(login.name)?.kind === kind;
  }

  app.get<{ Params: Static<typeof VersionParams>; Querystring: Static<typeof ImageQuery> }>(
    "/api/v1/firmware/:version/image",
    {
      exposeHeadRoute: false,
      schema: {
        summary: "The image itself, for a device; understands Range",
        tags,
        params: VersionParams,
        querystring: ImageQuery,
        produces: "application/octet-stream",
      },
    },
    async (request, reply) => {
      if (!(await mayFetch(request, reply))) {
        if (reply.sent) return reply;
        return sendProblem(reply.header("www-authenticate", "Basic"), problems.signIn);
      }
      const { kind } = request.query;
      const { version } = request.params;
      const image = await firmware.find(kind, version);
      if (!image) return notFound(reply, `There is no firmware ${version} for a ${kind} device.`);
      return sendFile(request, reply, { path: image.path, ...image.manifest });
    },
  );
}

/** One range at most [RFC 9110, 14.2]: a device goes on where its power failed. */
function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  { path, sizeBytes, sha256 }: { path: string; sizeBytes: number; sha256: string },
): FastifyReply {
  reply.type("application/octet-stream").header("accept-ranges", "bytes").header("cache-control", "no-store");
  reply.header("etag", `"${sha256}"`);
  const match = /^bytes=(\d{1,10})-(\d{0,10})$/.exec(request.headers.range ?? "");
  if (!match) return reply.header("content-length", sizeBytes).send(createReadStream(path));
  const start = Number(match[1]);
  const end = Math.min(match[2] ? Number(match[2]) : sizeBytes - 1, sizeBytes - 1);
  if (start > end) {
    reply.header("content-range", `bytes */${sizeBytes}`);
    const title = "The image has no such part.";
    return sendProblem(reply, { type: "/problems/bad-range", title, status: 416 });
  }
  reply.code(206).header("content-range", `bytes ${start}-${end}/${sizeBytes}`);
  return reply.header("content-length", end - start + 1).send(createReadStream(path, { start, end }));
}

/** `Authorization: Basic` [RFC 7617]. */
function basicLogin(header: string | undefined): { name: string; password: string } | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=]{1,400})$/i.exec(header ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const at = text.indexOf(":");
  return at < 1 ? undefined : { name: text.slice(0, at), password: text.slice(at + 1) };
}
