import type { IncomingMessage } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { ApiAccess, Caller } from "./ports.ts";
import { problems, sendProblem, tooMany } from "./problem.ts";
import type { SignedIn } from "./staff-ports.ts";

const cookieName = "vitrine_staff";

/** `__Host-` binds the cookie to this very host and to https; without https a browser would not take it. */
export function staffCookie(request: FastifyRequest): string {
  return request.protocol === "https" ? `__Host-${cookieName}` : cookieName;
}

const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);
const loopbackNames = new Set(["localhost", "127.0.0.1", "[::1]"]);
const loopbackAddresses = new Set(["127.0.0.1", "::1", "::ffff:127.0.0.1"]);

export type GuardOptions = {
  access: Pick<ApiAccess, "verifyCaller" | "openChannel" | "takeWrite" | "staff">;
  demo: boolean;
  /** In the demo, whoever sits at this computer; undefined without staff in the configuration. */
  firstStaff(): { id: string; name: string } | undefined;
};

/** Runs before every route: which host, whose page, who is asking, how often. */
export function createGuard({ access, demo, firstStaff }: GuardOptions) {
  async function callerOf(request: FastifyRequest): Promise<{ caller: Caller; session?: SignedIn } | undefined> {
    const { authorization } = request.headers;
    if (authorization !== undefined) {
      const basic = basicOf(authorization);
      if (basic) return channelOf(basic.password, basic.username);
      const token = bearerOf(request) ?? "";
      const caller = await access.verifyCaller(token);
      return caller ? { caller } : ((await access.staff.callerOf(token)) ?? channelOf(token));
    }
    if (!isOwnPage(request.raw)) return undefined;
    // A cookie may be left over from another day or another gateway on this host: a bad one counts as none.
    const signedIn = await access.staff.callerOf(request.cookies[staffCookie(request)] ?? "");
    if (signedIn) return signedIn;
    const person = demo && isLoopback(request.raw) ? firstStaff() : undefined;
    return person && { caller: { role: "engineer", ...person } };
  }

  async function channelOf(secret: string, id?: string): Promise<{ caller: Caller } | undefined> {
    const channel = await access.openChannel(secret, id);
    return channel && { caller: { role: "channel", ...channel } };
  }

  /** What is being read ends with its session: a live stream must not outlive it. Changes finish by themselves. */
  function endWith(session: SignedIn, request: FastifyRequest, reply: FastifyReply) {
    if (request.method !== "GET") return;
    const forget = access.staff.whenEnded(session.key, () => reply.raw.destroy());
    reply.raw.once("close", forget);
  }

  return async function guard(request: FastifyRequest, reply: FastifyReply) {
    // A name that an attacker's DNS points at 127.0.0.1 would otherwise make their page ours.
    if (demo && !isLoopbackHost(request.raw)) return sendProblem(reply, problems.wrongHost);
    const known = await callerOf(request);
    request.caller = known?.caller ?? null;
    request.session = known?.session ?? null;
    if (request.session) endWith(request.session, request, reply);
    if (safeMethods.has(request.method)) return;
    const isOurs = isOwnPage(request.raw) || bearerOf(request) !== undefined || isPlayer(request);
    if (!isOurs) return sendProblem(reply, problems.otherOrigin);
    // whoever asks for video is counted by what they hold: an address may stand for many friends
    if (isVideo(request)) return;
    const waitMs = access.takeWrite(request.ip);
    if (waitMs > 0) return tooMany(reply, waitMs, "Too many changes from this address.");
  };
}

/** A friend's player may run on any page: the share's token in the URL is the key, and no cookie counts there. */
const isPlayer = (request: FastifyRequest) => request.raw.url?.startsWith("/whep/") ?? false;

const isVideo = (request: FastifyRequest) => /^\/wh[ie]p\//.test(request.raw.url ?? "");

/** For a WebSocket upgrade, which no route guards: our own page, or no page at all (a device). */
export function mayUpgrade(request: IncomingMessage, demo: boolean): boolean {
  return (!demo || isLoopbackHost(request)) && isOwnPage(request);
}

export async function staffOnly(request: FastifyRequest, reply: FastifyReply) {
  if (!request.caller) return askToSignIn(reply);
  if (!isStaff(request.caller)) return sendProblem(reply, problems.notYours);
}

/** For managers and engineers. */
export async function managerOnly(request: FastifyRequest, reply: FastifyReply) {
  if (!request.caller) return askToSignIn(reply);
  const { role } = request.caller;
  if (role !== "manager" && role !== "engineer") return sendProblem(reply, problems.notYours);
}

/** For what tills and websites do, and staff for a customer. `actorId` says who it was. */
export async function channelOrStaff(request: FastifyRequest, reply: FastifyReply) {
  if (!request.caller) return askToSignIn(reply);
  if (request.caller.role !== "channel" && !isStaff(request.caller)) return sendProblem(reply, problems.notYours);
}

/** For what is read by other channels, managers and engineers. */
export async function channelOrManager(request: FastifyRequest, reply: FastifyReply) {
  if (request.caller?.role !== "channel") return managerOnly(request, reply);
}

export async function engineerOnly(request: FastifyRequest, reply: FastifyReply) {
  if (!request.caller) return askToSignIn(reply);
  if (request.caller.role !== "engineer") return sendProblem(reply, problems.notYours);
}

/** For routes below /mirrors/:id that only that mirror may use. */
export async function thisMirrorOnly(request: FastifyRequest<{ Params: { id: string } }>, reply: FastifyReply) {
  if (!request.caller) return askToSignIn(reply);
  if (request.caller.role !== "mirror" || request.caller.mirrorId !== request.params.id) {
    return sendProblem(reply, problems.notYours);
  }
}

/** That mirror itself, or a person who helps it along. */
export async function mirrorOrStaff(request: FastifyRequest<{ Params: { id: string } }>, reply: FastifyReply) {
  if (!request.caller) return askToSignIn(reply);
  if (!isStaff(request.caller)) return thisMirrorOnly(request, reply);
}

export async function shopperOnly(request: FastifyRequest, reply: FastifyReply) {
  if (!request.caller) return askToSignIn(reply);
  if (request.caller.role !== "shopper") return sendProblem(reply, problems.notYours);
}

/** For what a person does with their own account: somebody who has signed in, not the visitor of a demo. */
export async function signedInOnly(request: FastifyRequest, reply: FastifyReply) {
  if (!request.session) return askToSignIn(reply);
}

/** The session behind a request that passed `signedInOnly`. */
export function sessionOf(request: FastifyRequest): SignedIn {
  if (!request.session) throw new Error("an account's route without its guard");
  return request.session;
}

/** Who is behind a request that passed `channelOrStaff`: a person's id, or `channel:<id>`, which no person can have. */
export function actorId(request: FastifyRequest): string {
  return request.caller?.role === "channel" ? `channel:${request.caller.channelId}` : staffId(request);
}

/** The Idempotency-Key of a request that passed `channelOrStaff`: two tills may both begin to count at 1. */
export function ownKey(request: FastifyRequest<{ Headers: { "idempotency-key": string } }>): string {
  const key = request.headers["idempotency-key"];
  return request.caller?.role === "channel" ? `channel:${request.caller.channelId} ${key}` : key;
}

/** The staff member behind a request that passed `staffOnly`. */
export function staffId(request: FastifyRequest): string {
  if (!request.caller || !isStaff(request.caller)) throw new Error("a staff route without its guard");
  return request.caller.id;
}

/** The shopper behind a request that passed `shopperOnly`. */
export function shopperId(request: FastifyRequest): string {
  if (request.caller?.role !== "shopper") throw new Error("a shopper route without its guard");
  return request.caller.shopperId;
}

export function bearerOf(request: FastifyRequest): string | undefined {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
}

/** RFC 7617; a browser that has learned such a password would say so on other sites' pages too, and is refused there. */
function basicOf(authorization: string): { username: string; password: string } | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=]{1,400})$/i.exec(authorization)?.[1];
  const [, username, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? "", "base64").toString()) ?? [];
  return username === undefined || password === undefined ? undefined : { username, password };
}

export function isStaff(caller: Caller): caller is Extract<Caller, { id: string }> {
  return caller.role === "staff" || caller.role === "manager" || caller.role === "engineer";
}

function askToSignIn(reply: FastifyReply) {
  return sendProblem(reply.header("www-authenticate", "Bearer"), problems.signIn);
}

function isLoopback(request: IncomingMessage): boolean {
  return loopbackAddresses.has(request.socket.remoteAddress ?? "");
}

function isLoopbackHost(request: IncomingMessage): boolean {
  return loopbackNames.has((request.headers.host ?? "").toLowerCase().replace(/:\d+$/, ""));
}

/** Browsers say whose page is asking; what says nothing is no browser, and carries no one's cookies by accident. */
function isOwnPage(request: IncomingMessage): boolean {
  const site = request.headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return false;
  const { origin, host } = request.headers;
  return origin === undefined || origin === `http://${host}` || origin === `https://${host}`;
}
