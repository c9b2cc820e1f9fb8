import type { Relays } from "./connect.ts";
import type { Open, Opened } from "./headless.ts";

const answerMs = 10_000;

/** Where the video of a mirror's link is asked for; undefined when it is not such a link. */
export function whepUrlOf(link: string): URL | undefined {
  if (!URL.canParse(link)) return undefined;
  const { origin, protocol, pathname } = new URL(link);
  const token = /^\/(?:s|whep)\/([A-Za-z0-9._~-]+)\/?$/.exec(pathname)?.[1];
  return token !== undefined && /^https?:$/.test(protocol) ? new URL(`/whep/${token}`, origin) : undefined;
}

/** Comes in over HTTP as a friend's page does: WHEP with the gateway's offer. It takes a seat like any friend. */
export function byLink(whep: URL): Open {
  return { open: () => open(whep) };
}

async function open(whep: URL): Promise<Opened> {
  const offered = await ask(whep, { method: "POST" });
  const offer = await offered.text();
  if (offered.status !== 201) return { ok: false, reason: reasonOf(offered.status, offer) };
  const session = new URL(offered.headers.get("location") ?? "", whep);
  return {
    ok: true,
    offer,
    relays: { iceServers: relaysOf(offered.headers.get("link") ?? ""), only: false },
    async answer(sdp) {
      const headers = { "content-type": "application/sdp" };
      const taken = await ask(session, { method: "PATCH", headers, body: sdp });
      return taken.ok ? { ok: true } : { ok: false, reason: reasonOf(taken.status, await taken.text()) };
    },
    // it ends by itself, a little later, where nobody hears this
    leave: () => void ask(session, { method: "DELETE" }).catch(() => {}),
  };
}

const relayLink =
  /<(turns?:[^>]+)>; rel="ice-server"; username="([^"\\]*)"; credential="([^"\\]*)"; credential-type="password"/g;

/** The shop's relay, for those who are elsewhere [RFC 9725 4.6], as this gateway writes it. */
export function relaysOf(link: string): Relays["iceServers"] {
  return [...link.matchAll(relayLink)].map(([, url = "", username = "", credential = ""]) => ({
    urls: [url],
    username,
    credential,
  }));
}

function ask(url: URL, init: RequestInit): Promise<Response> {
  return fetch(url, { ...init, redirect: "manual", signal: AbortSignal.timeout(answerMs) });
}

/** The sentence of a problem document [RFC 9457], or the bare status. */
function reasonOf(status: number, body: string): string {
  try {
    const problem: unknown = JSON.parse(body);
    if (typeof problem === "object" && problem !== null && "title" in problem) return String(problem.title);
  } catch {}
  return `The gateway answered ${status}.`;
}
