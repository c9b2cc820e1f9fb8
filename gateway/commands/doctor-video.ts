import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { existsSync } from "node:fs";
import { createServer, isIP } from "node:net";
import { networkInterfaces } from "node:os";
import type { StoreConfig } from "#wire/store-config.ts";
import type { Relays } from "../headless/connect.ts";
import { createHeadless, type Headless, type Open } from "../headless/headless.ts";
import type { Quality } from "../headless/quality.ts";
import { speaks } from "../install/media-worker/checks.ts";
import { mediaWorkerState } from "../install/media-worker.ts";
import { silentLog } from "../log.ts";
import { ownIpv6 } from "../media/addresses.ts";
import { createMedia, type Media } from "../media/media.ts";
import { portHolder } from "./port-holder.ts";

export type Finding = { ok: boolean; what: string; remedy?: string };
type Protocol = "udp" | "tcp";
/** One line of what phones are told: where to send to. */
export type Way = { protocol: Protocol; address: string; port: number };
type Options = {
  media: Pick<StoreConfig["media"], "port" | "addresses" | "workers">;
  /** A gateway runs on this data folder: its port is its own, and it is not disturbed. */
  running: boolean;
  /** The address the trial listens on; 0.0.0.0 as with `start --lan`. */
  listenIp: string;
  /** Relays that let friends in, by their address in the configuration. */
  relays?: { url: string; iceServers: Relays["iceServers"] }[];
};

const stream = "doctor";
/** So long each way is watched, seconds. */
const watchedFor = 1;

/** Proves the way of video: worker, port, and a picture to and fro by every address that phones are told, UDP and TCP apart. */
export async function examineVideo(options: Options): Promise<Finding[]> {
  const worker = await examineWorker();
  const ports = await examinePorts(options);
  const findings = [worker.finding, ...ports.findings];
  if (!worker.bin) return findings;
  return [...findings, ...(await tryOut(worker.bin, options, ports.areFree ? options.media.port : 0))];
}

export async function examineWorker(): Promise<{ finding: Finding; bin?: string }> {
  const { ready, path, version, altered } = await mediaWorkerState();
  if (altered) {
    const what = `video worker ${path} is not the file that was put there`;
    return { finding: { ok: false, what, remedy: "The next start makes it again, or now: vitrine media-worker" } };
  }
  if (!ready) {
    const remedy = `The first start prepares it (about five minutes on a small machine), or now: vitrine media-worker. Without internet: vitrine media-worker --offline FILE, version ${version} for ${process.arch}.`;
    return { finding: { ok: false, what: "video worker: not there yet", remedy } };
  }
  if (!(await speaks(path))) {
    const remedy = `It must be of version ${version}, as the installed mediasoup. Remove it, then: vitrine media-worker`;
    return { finding: { ok: false, what: `video worker ${path} does not answer`, remedy } };
  }
  return { finding: { ok: true, what: `video worker ${version}: ${path}` }, bin: path };
}

async function examinePorts({ media, running, listenIp }: Options): Promise<{ findings: Finding[]; areFree: boolean }> {
  if (media.port === 0) return { findings: [], areFree: true };
  const findings: Finding[] = [];
  let areFree = true;
  for (let port = media.port; port < media.port + media.workers; port++) {
    const taken: string[] = [];
    let isOurs = running;
    for (const protocol of ["udp", "tcp"] as const) {
      if (await isFree(protocol, port, listenIp)) continue;
      const holder = portHolder(protocol, port);
      isOurs &&= holder === undefined || holder.command.startsWith("mediasoup-work");
      taken.push(
        `${protocol.toUpperCase()} by ${holder ? `${holder.command}, process ${holder.pid}` : "another program"}`,
      );
    }
    if (taken.length === 0) findings.push({ ok: true, what: `video port ${port} is free, UDP and TCP` });
    else if (isOurs) findings.push({ ok: true, what: `video port ${port} is the running gateway's` });
    else {
      const remedy = "Stop it, or set media.port in the configuration (or VITRINE_MEDIA_PORT) to another one.";
      findings.push({ ok: false, what: `video port ${port} is taken: ${taken.join("; ")}`, remedy });
    }
    areFree &&= taken.length === 0;
  }
  return { findings, areFree };
}

function isFree(protocol: Protocol, port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    if (protocol === "udp") {
      const socket = createSocket("udp4");
      socket.once("error", () => socket.close(() => resolve(false)));
      socket.bind(port, host, () => socket.close(() => resolve(true)));
      return;
    }
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

/** A worker of its own on `port` (0: a free one), colour bars into it, and a look at them by each way. */
async function tryOut(bin: string, options: Options, port: number): Promise<Finding[]> {
  const { listenIp } = options;
  const { port: wanted, addresses } = options.media;
  const quiet = { onStatus: () => {}, onStreams: () => {} };
  const media = createMedia({ log: silentLog, listenIp, addresses, port, ...quiet });
  const [mirror, friend] = [createHeadless({ log: silentLog }), createHeadless({ log: silentLog })];
  try {
    await media.start(bin);
    const status = media.status();
    if (status.state !== "ready")
      return [{ ok: false, what: status.step, remedy: "vitrine media-worker makes the worker." }];
    const other =
      wanted !== 0 && port === 0 ? [{ ok: true, what: `video is tried on port ${media.port()} beside it` }] : [];
    const shown = await showBars(mirror, media);
    if (!shown.ok) return [...other, noWayIn(shown.reason, listenIp, media.port())];
    const findings: Finding[] = ownIpv6(addresses).missing.map((address) => ({
      ok: false,
      what: `video at ${address}: no network of this computer has this address`,
      remedy: "Mend media.addresses in the configuration; an IPv6 address must be this computer's own.",
    }));
    for (const way of await waysOf(media)) findings.push(await tryWay(friend, media, way));
    // a relay that leads to the shop's port only is no worse for not leading to another one
    if (other.length === 0)
      for (const relay of options.relays ?? []) findings.push(await tryRelay(friend, media, relay));
    return [...other, ...findings];
  } finally {
    mirror.close();
    friend.close();
    media.close();
  }
}

function noWayIn(reason: string, listenIp: string, port: number): Finding {
  const remedy = `Nothing can be shown to port ${port} at any address. ${firewallRule("udp", port, existsSync)}`;
  return { ok: false, what: `a test picture does not reach the video worker at ${listenIp}: ${reason}`, remedy };
}

function showBars(mirror: Headless, media: Media) {
  return mirror.show(async (offer) => {
    const opened = await media.publish(stream, offer);
    const leave = () => {};
    return opened.ok ? { ok: true, answer: opened.answer, leave } : { ok: false, reason: opened.title };
  });
}

/** Comes in as a friend's page does; of all the addresses it is told it hears of one only. */
function by(media: Media, way: Way | undefined, relays?: Relays): Open {
  return {
    async open() {
      const offered = await media.offer({ streamId: stream, audience: stream, maxViewers: 1, via: "probe" });
      if (!offered.ok) return { ok: false, reason: offered.title };
      const { sessionId, offer } = offered;
      return {
        ok: true,
        offer: way ? onlyWay(offer, way) : offer,
        ...(relays ? { relays } : {}),
        async answer(sdp) {
          const taken = await media.answer(sessionId, sdp);
          return taken.ok ? taken : { ok: false, reason: taken.title };
        },
        leave: () => void media.end(sessionId),
      };
    },
  };
}

async function waysOf(media: Media): Promise<Way[]> {
  const opened = await by(media, undefined).open();
  if (!opened.ok) return [];
  opened.leave();
  return readWays(opened.offer);
}

/** The candidates of an SDP, each once [RFC 8839 5.1]. */
export function readWays(sdp: string): Way[] {
  const ways = new Map<string, Way>();
  for (const [, protocol, address = "", port] of sdp.matchAll(/^a=candidate:\S+ \d+ (udp|tcp) \d+ (\S+) (\d+)/gm)) {
    if (protocol !== "udp" && protocol !== "tcp") continue;
    ways.set(`${protocol} ${address} ${port}`, { protocol, address, port: Number(port) });
  }
  return [...ways.values()];
}

export function onlyWay(sdp: string, { protocol, address, port }: Way): string {
  const isIt = (line: string) => line.includes(` ${protocol} `) && line.includes(` ${address} ${port} `);
  return sdp
    .split("\r\n")
    .filter((line) => !line.startsWith("a=candidate:") || isIt(`${line} `))
    .join("\r\n");
}

async function tryWay(friend: Headless, media: Media, way: Way): Promise<Finding> {
  const { protocol, address, port } = way;
  const name = `video by ${protocol.toUpperCase()} to ${address}, port ${port}`;
  const own = ownAddresses();
  const known = isIP(address)
    ? address
    : await lookup(address, { family: 4 }).then(
        (found) => found.address,
        () => undefined,
      );
  if (known === undefined)
    return { ok: false, what: `${name}: nobody knows this name here`, remedy: remedyFor(way, known, own) };
  const seen = await friend.probe(by(media, way), watchedFor);
  if (!seen.ok) return { ok: false, what: `${name}: ${seen.reason}`, remedy: remedyFor(way, known, own) };
  return { ok: true, what: `${name}: ${pictureOf(seen.quality)}` };
}

type Relay = NonNullable<Options["relays"]>[number];

async function tryRelay(friend: Headless, media: Media, { url, iceServers }: Relay): Promise<Finding> {
  const what = `video through the relay ${url}`;
  const seen = await friend.probe(by(media, undefined, { iceServers, only: true }), watchedFor);
  if (seen.ok) return { ok: true, what: `${what}: ${pictureOf(seen.quality)}` };
  const port = media.port();
  const remedy = `The relay itself works. Let every firewall between it and this gateway pass UDP port ${port}, both ways.`;
  return { ok: false, what: `${what}: ${seen.reason}`, remedy };
}

function pictureOf({ codec, firstFrameMs, framesPerSecond }: Quality): string {
  const fast = `first picture after ${Math.round(firstFrameMs)} ms, then ${Math.round(framesPerSecond)} a second`;
  return `${codec.replace("video/", "")}, ${fast}`;
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .map(({ address }) => address);
}

/** What to do about a way that does not work. `known`: the address itself, or what its name leads to. */
export function remedyFor({ protocol, address, port }: Way, known: string | undefined, own: string[]): string {
  if (known === undefined) {
    return `media.addresses in the configuration names ${address}. Enter it in the shop's router, or write this computer's address.`;
  }
  if (!own.includes(known)) {
    const ours = own.filter((one) => isIP(one) === 4 && !one.startsWith("127.")).join(", ");
    return `${address} is not this computer, which has ${ours || "no address in a network"}. Mend media.addresses in the configuration, or let the router at ${address} pass port ${port} on to here.`;
  }
  return firewallRule(protocol, port, existsSync);
}

/** The line that opens a port, for the firewall that this computer has. */
export function firewallRule(protocol: Protocol, port: number, isThere: (file: string) => boolean): string {
  const has = (program: string) => ["/usr/sbin", "/sbin", "/usr/bin"].some((folder) => isThere(`${folder}/${program}`));
  const rule = has("ufw")
    ? `sudo ufw allow ${port}/${protocol}`
    : has("firewall-cmd")
      ? `sudo firewall-cmd --permanent --add-port=${port}/${protocol} && sudo firewall-cmd --reload`
      : has("iptables")
        ? `sudo iptables -I INPUT -p ${protocol} --dport ${port} -j ACCEPT`
        : `sudo nft insert rule inet filter input ${protocol} dport ${port} accept`;
  return `A firewall on this computer stops it. Open the port: ${rule}`;
}
