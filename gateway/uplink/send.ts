import { lookup as dnsLookup } from "node:dns";
import type { IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { type AddressRules, judgeAddress, judgeUrl } from "./addresses.ts";

/** As `require` gets it: `import` reads all that node:http exports and so loads fetch and WebSocket, which nobody here uses. */
const { Agent: HttpAgent, request: httpRequest } = process.getBuiltinModule("node:http");

export type Outcome =
  | { ok: true; status: number }
  | { ok: false; status: number; retryAfterMs?: number; reason: string }
  /** Nobody answered, or nobody may be asked. */
  | { ok: false; reason: string };
export type Send = (request: SendRequest) => Promise<Outcome>;
export type SendRequest = {
  url: string;
  plainHttp: boolean;
  headers: Record<string, string>;
  body: string;
  signal: AbortSignal;
};

/** From the first byte out to the last byte in. */
const timeoutMs = 10_000;
/** Of an answer nobody needs more; who says more is hung up on. */
const answerLimit = 64 * 1024;
const longestWishMs = 3_600_000;

/**
 * POSTs, and says what came back; never throws. Every address is judged when it is connected to, so that a name cannot
 * point somewhere else than it did when it was looked at. Redirects are not followed: they would go where nobody looked.
 */
export function createSender(rules: AddressRules) {
  const options = { keepAlive: true, maxSockets: 4, maxFreeSockets: 4, timeout: 30_000 };
  const agents = { "http:": new HttpAgent(options), "https:": new HttpsAgent(options) };

  /** As dns.lookup, without the addresses that may not be. */
  function guarded(port: number, secure: boolean): LookupFunction {
    return (hostname, wishes, done) => {
      dnsLookup(hostname, { ...wishes, all: true }, (error, found) => {
        if (error) return done(error, "");
        const judged = found.map((one) => ({ ...one, verdict: judgeAddress(one.address, port, secure, rules) }));
        const allowed = judged.filter(({ verdict }) => verdict.ok).map(({ address, family }) => ({ address, family }));
        const [first] = allowed;
        if (!first) {
          const reason = judged.map(({ verdict }) => (verdict.ok ? "" : verdict.reason)).find(Boolean);
          return done(new Error(reason ?? "the name has no address"), "");
        }
        return wishes.all ? done(null, allowed) : done(null, first.address, first.family);
      });
    };
  }

  const send: Send = (request) =>
    new Promise((resolve) => {
      const judged = judgeUrl(request.url, request.plainHttp);
      if (!judged.ok) return resolve(judged);
      const { url } = judged;
      const secure = url.protocol === "https:";
      const port = Number(url.port) || (secure ? 443 : 80);
      const literal = url.hostname.replace(/^\[|\]$/g, "");
      if (isIP(literal) !== 0) {
        const verdict = judgeAddress(literal, port, secure, rules);
        if (!verdict.ok) return resolve(verdict);
      }
      const ask = secure ? httpsRequest : httpRequest;
      const outgoing = ask(url, {
        method: "POST",
        agent: secure ? agents["https:"] : agents["http:"],
        lookup: guarded(port, secure),
        headers: { ...request.headers, "content-length": Buffer.byteLength(request.body) },
        signal: request.signal,
      });
      const timer = setTimeout(() => outgoing.destroy(new Error("no answer within 10 s")), timeoutMs);
      const finish = (outcome: Outcome) => {
        clearTimeout(timer);
        resolve(outcome);
      };
      outgoing.on("error", (error) => finish({ ok: false, reason: error.message }));
      outgoing.on("response", (answer) => readAnswer(answer, finish));
      outgoing.end(request.body);
    });

  return {
    send,
    close() {
      agents["http:"].destroy();
      agents["https:"].destroy();
    },
  };
}

function readAnswer(answer: IncomingMessage, finish: (outcome: Outcome) => void) {
  let bytes = 0;
  const outcome = outcomeOf(answer);
  answer.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    // its status was said already
    if (bytes > answerLimit) answer.destroy();
  });
  answer.on("end", () => finish(outcome));
  answer.on("close", () => finish(bytes > answerLimit ? outcome : { ok: false, reason: "the answer broke off" }));
  answer.on("error", () => {});
}

function outcomeOf({ statusCode = 0, headers }: IncomingMessage): Outcome {
  if (statusCode >= 200 && statusCode < 300) return { ok: true, status: statusCode };
  const reason = `it answered ${statusCode}`;
  const wish = headers["retry-after"];
  if (wish === undefined) return { ok: false, status: statusCode, reason };
  const ms = /^\d+$/.test(wish) ? Number(wish) * 1000 : Date.parse(wish) - Date.now();
  if (!(ms > 0)) return { ok: false, status: statusCode, reason };
  return { ok: false, status: statusCode, reason, retryAfterMs: Math.min(ms, longestWishMs) };
}
