import { lookup } from "node:dns/promises";
import { isIP, isIPv4 } from "node:net";
import { createTurn } from "../media/turn.ts";
import type { Finding } from "./doctor-video.ts";
import { type Answer, attributes, decodeAddress, encodeAddress, errorOf, type Login, methods, uint32 } from "./stun.ts";
import { type Line, openLine, type Relay, type Transport } from "./turn-line.ts";

export type TurnCheck = {
  urls: string[];
  secret: string;
  /** Where the secret stands, for the sentence about it. */
  secretFile: string;
  /** The gateway's addresses for video: the relay must lead to one of them. */
  addresses: string[];
  /** Epoch ms; left out: this computer's clock. */
  now?(): number;
};

const udp = 17;
/** A login like those of friends, one that is over, and one that only a clock far ahead takes for over. */
const login = { inMs: 5 * 60_000, overMs: -2 * 60_000, farMs: 24 * 3_600_000 };
/** What a relay refuses for, in our words [RFC 8656 18.14 to 19]. */
const refusals: Record<number, { what: string; remedy: string }> = {
  300: { what: "sends friends on to another relay", remedy: "Name that one in media.turn.urls." },
  486: { what: "says that all places are taken", remedy: "Raise user-quota and total-quota in turnserver.conf." },
  508: { what: "has no free port", remedy: "Widen min-port to max-port in turnserver.conf, and in the router." },
};

/** Opens a way through every relay address as a friend's phone does, and says what is in its way. Nothing is left open. */
export async function examineTurn(check: TurnCheck): Promise<(Finding & { url: string })[]> {
  const findings = [];
  for (const url of new Set(check.urls)) findings.push({ url, ...(await examineUrl(check, url)) });
  return findings;
}

async function examineUrl(check: TurnCheck, url: string): Promise<Finding> {
  const what = `relay ${url}`;
  const found = readUrl(url);
  if (!found) {
    return {
      ok: false,
      what: `${what}: no browser speaks DTLS to a relay`,
      remedy: "Write ?transport=tcp behind turns:.",
    };
  }
  const address = await addressOf(found.host);
  if (address === undefined) {
    const remedy = `Friends may find it all the same. Mend media.turn.urls, or this computer's name server.`;
    return { ok: false, what: `${what}: nobody knows the name ${found.host} here`, remedy };
  }
  const relay: Relay = { ...found, address };
  try {
    const { ok, says, remedy } = await tryRelay(check, relay);
    return { ok, what: `${what}: ${says}`, ...(remedy === undefined ? {} : { remedy }) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ok: false, what: `${what}: ${why}`, remedy: unreachable(relay) };
  }
}

/** RFC 7065; undefined: by DTLS, which browsers leave out. */
export function readUrl(url: string): { host: string; port: number; transport: Transport } | undefined {
  const parts = /^(turns?):(\[[^\]]+\]|[^:?]+)(?::(\d+))?(?:\?transport=(udp|tcp))?$/.exec(url);
  const [, scheme, host = "", port, transport] = parts ?? [];
  if (scheme === undefined || (scheme === "turns" && transport === "udp")) return undefined;
  const name = host.replace(/^\[|\]$/g, "");
  if (scheme === "turns") return { host: name, port: Number(port ?? 5349), transport: "tls" };
  return { host: name, port: Number(port ?? 3478), transport: transport === "tcp" ? "tcp" : "udp" };
}

async function addressOf(host: string): Promise<string | undefined> {
  if (isIP(host)) return host;
  return lookup(host).then(
    ({ address }) => address,
    () => undefined,
  );
}

function unreachable({ port, transport }: Relay): string {
  const protocol = transport === "udp" ? "UDP" : "TCP";
  return `Does coturn run (systemctl status coturn), and does every firewall on the way let ${protocol} port ${port} pass? A router may not lead from inside to its own public address: then look from outside.`;
}

/** A login as friends get it, for whoever wants to see a picture through a relay that works. */
export function loginFor(url: string, { secret, now = Date.now }: Pick<TurnCheck, "secret" | "now">) {
  return { url, iceServers: createTurn({ urls: [url], secret, now }).iceServers(now() + login.inMs) };
}

type Verdict = { ok: boolean; says: string; remedy?: string };

async function tryRelay(check: TurnCheck, relay: Relay): Promise<Verdict> {
  const first = await allocate(check, relay, login.inMs);
  if (first.open) {
    first.line.close();
    const remedy = "Strangers use the shop's line. Write use-auth-secret and static-auth-secret in turnserver.conf.";
    return { ok: false, says: "opens a way to everybody, without a password", remedy };
  }
  if (!first.answer.ok) return refused(check, relay, first);
  try {
    return await tryWay(check, relay, first);
  } finally {
    await release(first);
  }
}

async function tryWay(check: TurnCheck, relay: Relay, { line, with: own, answer }: Allocation): Promise<Verdict> {
  const at = decodeAddress(answer.get(attributes.xorRelayedAddress)) ?? "an IPv6 address";
  const allowed: string[] = [];
  const refusedPeers: string[] = [];
  for (const name of check.addresses) {
    const address = await addressOf(name);
    // this way is an IPv4 one
    if (address === undefined || !isIPv4(address)) continue;
    const peer = { type: attributes.xorPeerAddress, value: encodeAddress(address, 0) };
    const permitted = await line.ask(methods.createPermission, [peer], own);
    (permitted.ok ? allowed : refusedPeers).push(address);
  }
  if (allowed.length === 0 && refusedPeers.length > 0) {
    const remedy = `Write allowed-peer-ip=${refusedPeers[0]} in turnserver.conf, as gateway/docs/sharing.md says.`;
    return { ok: false, says: `may not lead to this gateway at ${refusedPeers.join(", ")}`, remedy };
  }
  const isLate = await opens(check, relay, login.overMs);
  if (isLate) {
    const remedy = "Set its clock: timedatectl set-ntp true. Logins of links that are over still open ways.";
    return { ok: false, says: "takes logins that are over: its clock is behind this computer's", remedy };
  }
  const leads = allowed.length > 0 ? `, leads to ${allowed.join(", ")}` : "";
  return { ok: true, says: `opens a way at ${at}${leads}` };
}

async function refused(check: TurnCheck, relay: Relay, { line, answer }: Allocation): Promise<Verdict> {
  line.close();
  const { code, reason } = errorOf(answer);
  const known = refusals[code];
  if (known) return { ok: false, says: known.what, remedy: known.remedy };
  if (code !== 401) {
    return {
      ok: false,
      says: `refuses with ${code} ${reason}`,
      remedy: "Its own log says more: journalctl -u coturn.",
    };
  }
  if (await opens(check, relay, login.farMs)) {
    const remedy =
      "Set both clocks: timedatectl set-ntp true, here and there. Every friend's login is over when it comes.";
    return { ok: false, says: "takes fresh logins for over: its clock is ahead of this computer's", remedy };
  }
  const remedy = `static-auth-secret in turnserver.conf must be what stands in ${check.secretFile}, beside use-auth-secret. Then restart both.`;
  return { ok: false, says: "refuses the password: its secret is another one", remedy };
}

/** Whether a login that ends so many ms from now opens a way; it is closed again. */
async function opens(check: TurnCheck, relay: Relay, inMs: number): Promise<boolean> {
  const allocation = await allocate(check, relay, inMs);
  if (allocation.answer.ok) await release(allocation);
  else allocation.line.close();
  return allocation.answer.ok;
}

/** `open`: no login was asked for. */
type Allocation = { line: Line; answer: Answer; with?: Login; open: boolean };

async function allocate({ urls, secret, now = Date.now }: TurnCheck, relay: Relay, inMs: number): Promise<Allocation> {
  const line = await openLine(relay);
  try {
    const transport = { type: attributes.requestedTransport, value: Buffer.from([udp, 0, 0, 0]) };
    const lifetime = { type: attributes.lifetime, value: uint32(60) };
    // a relay asks for the login by refusing the first request [RFC 8656 5]
    const greeting = await line.ask(methods.allocate, [transport, lifetime]);
    if (greeting.ok) return { line, answer: greeting, open: true };
    const endsAt = now() + inMs;
    // the time within which a login opens ways is not what is tried here: any end will do
    const [server] = createTurn({ urls, secret, now: () => endsAt }).iceServers(endsAt);
    let own = loginOf(server, greeting);
    if (!own) return { line, answer: greeting, open: false };
    let answer = await line.ask(methods.allocate, [transport, lifetime], own);
    if (!answer.ok && errorOf(answer).code === 438) {
      own = loginOf(server, answer) ?? own;
      answer = await line.ask(methods.allocate, [transport, lifetime], own);
    }
    return { line, answer, with: own, open: false };
  } catch (error) {
    line.close();
    throw error;
  }
}

function loginOf(server: { username: string; credential: string } | undefined, answer: Answer): Login | undefined {
  const [realm, nonce] = [answer.get(attributes.realm), answer.get(attributes.nonce)];
  return server && realm && nonce
    ? { username: server.username, password: server.credential, realm, nonce }
    : undefined;
}

/** Gives the relay's port back at once; a relay that does not answer this does so by itself, a minute later. */
async function release({ line, with: own }: Allocation): Promise<void> {
  const none = { type: attributes.lifetime, value: uint32(0) };
  await line.ask(methods.refresh, [none], own).catch(() => {});
  line.close();
}
