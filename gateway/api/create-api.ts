import type { IncomingMessage } from "node:http";
import fastifyCookie from "@fastify/cookie";
import Fastify, { type FastifyInstance } from "fastify";
import { foreignTopics } from "#wire/formats.ts";
import type { Log } from "../log.ts";
import { describeChannels } from "./asyncapi.ts";
import { createAuditHook, markAudited } from "./audit.ts";
import { createAvailabilityHub } from "./availability-stream.ts";
import type { Link } from "./front-page.ts";
import { createGuard, mayUpgrade } from "./guard.ts";
import { securityHeaders } from "./headers.ts";
import { nativeChannels } from "./native-channels.ts";
import { createOpenApi } from "./openapi.ts";
import type { ApiAccess, ApiPorts } from "./ports.ts";
import { createErrorHandler, problems, sendProblem } from "./problem.ts";
import { registerAlerts } from "./routes/alerts.ts";
import { registerAudit } from "./routes/audit.ts";
import { registerAvailability } from "./routes/availability.ts";
import { registerCredentials } from "./routes/credentials.ts";
import { registerDeliveries } from "./routes/deliveries.ts";
import { registerDemand } from "./routes/demand.ts";
import { registerDevices } from "./routes/devices.ts";
import { registerDoubts } from "./routes/doubts.ts";
import { registerEpcis } from "./routes/epcis.ts";
import { registerFirmware } from "./routes/firmware.ts";
import { registerHelp } from "./routes/help.ts";
import { registerHistory } from "./routes/history.ts";
import { registerInbox } from "./routes/inbox.ts";
import { registerMirrors } from "./routes/mirrors.ts";
import { registerOffers } from "./routes/offers.ts";
import { registerOperations } from "./routes/operations.ts";
import { registerPages } from "./routes/pages.ts";
import { registerPlanogram } from "./routes/planogram.ts";
import { registerRequests } from "./routes/requests.ts";
import { registerReservations } from "./routes/reservations.ts";
import { registerRollouts } from "./routes/rollouts.ts";
import { registerSales } from "./routes/sales.ts";
import { registerShop } from "./routes/shop.ts";
import { registerShoppers } from "./routes/shoppers.ts";
import { registerStaffAccount } from "./routes/staff-account.ts";
import { registerInvitations } from "./routes/staff-invitations.ts";
import { registerStaffSessions } from "./routes/staff-sessions.ts";
import { registerStock } from "./routes/stock.ts";
import { registerWebhooks } from "./routes/webhooks.ts";
import { createStreamHub } from "./stream.ts";

const maxBodyBytes = 256 * 1024;
/** Phones of a full shop and its machines; more wait in the kernel's queue. */
const maxConnections = 2_000;

export type ApiOptions = {
  log: Log;
  ports: ApiPorts;
  access: ApiAccess;
  /** Routes of other edges (video). Each gets its own scope, behind the same guard and headers. */
  plugins: ((app: FastifyInstance) => void | Promise<void>)[];
  pagesFolder: string;
  /** Listens on loopback only, and whoever sits at this computer is staff. */
  demo: boolean;
  host: string;
  /** 0 = any free port. */
  port: number;
  /** Epoch ms; tokens expire by it. */
  now?: () => number;
  /** The front page of the demo: what there is to see. */
  links?: () => Link[];
  heartbeatMs?: number;
};

export type Api = ReturnType<typeof createApi>;

/** HTTP for pages, staff, phones, tills and engineers. The routes exist at once; nothing listens before start(). */
export function createApi(options: ApiOptions) {
  const { log, ports, access, demo } = options;
  const now = options.now ?? Date.now;
  const hub = createStreamHub({
    stream: ports.stream,
    views: ports.views,
    log: log.child("stream"),
    ...(options.heartbeatMs === undefined ? {} : { heartbeatMs: options.heartbeatMs }),
  });
  const availability = createAvailabilityHub({
    ...{ stream: ports.stream, views: ports.views },
    ...(options.heartbeatMs === undefined ? {} : { heartbeatMs: options.heartbeatMs, everyMs: options.heartbeatMs }),
  });
  const app = createServer(log);
  const openapi = createOpenApi("Vitrine");
  app.addHook("onRoute", openapi.note);
  app.addHook("onRoute", markAudited);
  app.register(fastifyCookie);
  app.decorateRequest("caller", null);
  app.decorateRequest("session", null);
  app.addHook("onRequest", createGuard({ access, demo, firstStaff: () => ports.views.shop().staff[0] }));

  app.addHook("onResponse", createAuditHook(ports.audit));

  let endRecordings = () => {};
  app.register(async (scope) => {
    const needs = { ports, access, demo, now };
    registerStock(scope, ports);
    registerAvailability(scope, ports, availability);
    registerReservations(scope, ports);
    registerSales(scope, ports);
    registerDeliveries(scope, ports);
    registerAlerts(scope, ports);
    registerHistory(scope, ports);
    registerHelp(scope, ports);
    registerDemand(scope, ports);
    registerDoubts(scope, ports);
    registerPlanogram(scope, ports);
    registerShop(scope, ports, hub);
    registerDevices(scope, ports);
    registerRequests(scope, ports);
    registerFirmware(scope, needs);
    registerRollouts(scope, ports);
    registerInbox(scope, ports);
    registerShoppers(scope, needs);
    registerOffers(scope, ports);
    registerMirrors(scope, needs);
    registerStaffSessions(scope, access.staff);
    registerStaffAccount(scope, access.staff);
    registerInvitations(scope, access.staff);
    registerAudit(scope, ports);
    registerCredentials(scope, ports);
    registerWebhooks(scope, ports);
    registerEpcis(scope, { ...ports, now });
    endRecordings = registerOperations(scope, {
      ports,
      ownCounters: () => [...hub.counters(), ...availability.counters()],
      openapi: openapi.document,
      asyncapi: () =>
        describeChannels({
          ...{ storeId: ports.views.shop().id, title: "Vitrine" },
          ...{ channels: nativeChannels, foreign: foreignTopics },
        }),
    });
    registerPages(scope, { views: ports.views, folder: options.pagesFolder, links: options.links ?? (() => []) });
  });
  for (const plugin of options.plugins) app.register(async (scope) => plugin(scope));
  app.addHook("preClose", async () => {
    hub.close();
    availability.close();
    endRecordings();
  });

  return {
    /** For tests: `app.inject`. */
    app,
    /** The broker edge handles its 'upgrade' for /mqtt; ask `mayUpgrade` first. */
    server: app.server,
    mayUpgrade: (request: IncomingMessage) => mayUpgrade(request, demo),
    /** Somewhere else than `options` say, where a port in front of it speaks TLS. */
    async start({ host, port }: { host: string; port: number } = options): Promise<{ port: number }> {
      await app.listen({ host, port });
      const address = app.server.address();
      if (address === null || typeof address === "string") throw new Error("the HTTP server has no port");
      log.info({ host, port: address.port }, "HTTP is served");
      return { port: address.port };
    },
    close: () => app.close(),
  };
}

function createServer(log: Log): FastifyInstance {
  const app = Fastify({
    bodyLimit: maxBodyBytes,
    requestTimeout: 30_000,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 512 },
    // What was sent is judged as it was sent: "3" is not 3, and an unknown field is a mistake worth telling.
    // A URL that cannot be parsed reaches no hook.
    frameworkErrors: (error, request, reply) => {
      void sendProblem(reply.headers(securityHeaders(request.raw)), {
        type: "/problems/bad-input",
        title: "That could not be understood.",
        status: 400,
        detail: error.message.slice(0, 200),
      });
    },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, strict: false } },
  });
  app.server.maxConnections = maxConnections;
  // Schemas describe answers, they do not filter them: views are typed at their source.
  app.setSerializerCompiler(() => JSON.stringify);
  app.removeAllContentTypeParsers();
  const parseJson = app.getDefaultJsonParser("error", "error");
  app.addContentTypeParser<string>("application/json", { parseAs: "string" }, (request, body, done) => {
    if (body === "") done(null, undefined);
    else void parseJson(request, body, done);
  });
  app.setErrorHandler(createErrorHandler(log));
  app.setNotFoundHandler((request, reply) =>
    sendProblem(reply, {
      ...problems.notFound,
      detail: `${request.method} ${request.url.split("?")[0]?.slice(0, 200)}`,
    }),
  );
  app.addHook("onSend", async (request, reply) => {
    for (const [name, value] of Object.entries(securityHeaders(request.raw))) {
      if (!reply.hasHeader(name)) reply.header(name, value);
    }
  });
  return app;
}
