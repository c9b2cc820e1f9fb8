import { existsSync } from "node:fs";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { commandLineId } from "../access/identity.ts";
import { loadSecret } from "../access/secrets.ts";
import { createTokens } from "../access/tokens.ts";
import { systemClock } from "../clock.ts";
import { readPem } from "../tls/pem-file.ts";
import { dataFolderOf, plain } from "./setting.ts";

export type Way = { data?: string | undefined; url?: string | undefined; token?: string | undefined };

const tokenMs = 60_000;
const loopback = new Set(["127.0.0.1", "localhost", "[::1]"]);

/**
 * Asks a running gateway as an engineer. Whoever may read the key in the data folder of a gateway on this machine needs no
 * other proof; elsewhere it takes --token or VITRINE_TOKEN. Without --url it is the gateway of this machine, by https where
 * it speaks that. Throws a sentence when nobody answers.
 */
export async function askGateway(path: string, init: RequestInit, way: Way): Promise<Response> {
  const folder = dataFolderOf(way.data);
  const here = `127.0.0.1:${process.env.VITRINE_HTTP_PORT ?? 8080}`;
  const trustsOwn = trustOwnCa(folder);
  const bases = way.url === undefined ? [`http://${here}`, ...(trustsOwn ? [`https://${here}`] : [])] : [way.url];
  for (const base of bases) {
    const said = way.token ?? process.env.VITRINE_TOKEN;
    const answer = await ask(new URL(path, base), init, said ?? ownToken(base, folder));
    // a demo takes whoever sits at this computer, and has a key of its own
    const mayBeDemo = answer?.status === 401 && said === undefined;
    const response = mayBeDemo ? await ask(new URL(path, base), init, undefined) : answer;
    if (response) return response;
  }
  throw plain(`No gateway answers at ${bases[0]}. Is it running? Another address can be given with --url.`);
}

async function ask(url: URL, init: RequestInit, token: string | undefined): Promise<Response | undefined> {
  const headers = new Headers(init.headers);
  if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  return fetch(url, { ...init, headers }).catch(() => undefined);
}

/** Never for another machine: whoever answers there could use it here. */
function ownToken(base: string, folder: string): string | undefined {
  if (!loopback.has(new URL(base).hostname) || !existsSync(join(folder, "secret.key"))) return undefined;
  try {
    const { signIdentity } = createTokens(loadSecret(folder), systemClock);
    return signIdentity({ role: "engineer", id: commandLineId, name: "Command line" }, systemClock.now() + tokenMs);
  } catch {
    // somebody else's folder: the gateway will say that it wants a token
    return undefined;
  }
}

/** From now on this process trusts the gateway's own CA, if its data folder can be read here. */
export function trustOwnCa(folder: string): boolean {
  try {
    const own = readPem(join(folder, "ca", "ca.pem"));
    if (own) setDefaultCACertificates([...getCACertificates("default"), own.cert]);
    return own !== undefined;
  } catch {
    return false;
  }
}
