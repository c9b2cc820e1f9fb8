import { readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import Fastify from "fastify";
import { onTestFinished } from "vitest";
import { createErrorHandler } from "../api/problem.ts";
import { registerWhep, type WhepPorts } from "../api/whep.ts";
import { registerWhip, type WhipPorts } from "../api/whip.ts";
import { prepareMediaWorker } from "../install/media-worker.ts";
import { silentLog } from "../log.ts";
import { pageHtml } from "./browser-kit.ts";
import { createMedia } from "./media.ts";

export type TestShare = { mirrorId: string; over: boolean; maxViewers: number };
type Options = Partial<Omit<WhipPorts, "media"> & Omit<WhepPorts, "media">>;

/** Two mirrors; `Bearer mirror-M1` is the mirror M1, `/whep/t-s1` a link to it. */
export const asMirror = { authorization: "Bearer mirror-M1" };
export const sdpType = { "content-type": "application/sdp" };

/**
 * libnice leaves out loopback and ties every UDP socket to its interface (IP_UNICAST_IF), so that what it sends to
 * 127.0.0.1 never arrives: players of that family need an address of a network. Without one, TCP must do.
 */
export function networkAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.1";
}

/** A gateway's video part on free ports, with the routes that strangers reach; closed when the test ends. */
export async function openVideoShop(options: Options = {}) {
  const { bin } = await prepareMediaWorker({ log: silentLog, onStatus: () => {} });
  const media = createMedia({
    log: silentLog,
    listenIp: networkAddress(),
    port: 0,
    onStatus: () => {},
    onStreams: () => {},
  });
  await media.start(bin);
  const shares = new Map<string, TestShare>([["s1", { mirrorId: "M1", over: false, maxViewers: 3 }]]);
  const app = Fastify({ forceCloseConnections: true });
  app.setErrorHandler(createErrorHandler(silentLog));
  registerWhip(app, {
    identify: ({ headers }) =>
      headers.authorization?.startsWith("Bearer mirror-")
        ? { role: "mirror", mirrorId: headers.authorization.slice(14) }
        : undefined,
    knowsMirror: (mirrorId) => mirrorId === "M1" || mirrorId === "M2",
    ...options,
    media,
  });
  registerWhep(app, {
    verifyShare: (token) => (token.startsWith("t-") ? { shareId: token.slice(2), expiresAt: 2e12 } : undefined),
    share: (shareId) => shares.get(shareId),
    ...options,
    media,
  });
  app.get("/", (_request, reply) => reply.type("text/html").send(pageHtml));
  for (const name of ["whip", "whep"]) {
    const file = new URL(`../../node_modules/whip-whep/${name}.js`, import.meta.url);
    app.get(`/library/${name}.js`, async (_request, reply) => reply.type("text/javascript").send(await readFile(file)));
  }
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  onTestFinished(async () => {
    await app.close();
    media.close();
  });
  return { media, shares, app, url };
}

/** What a player of the same family answers to an offer of ours. */
export function answerTo(offer: string): string {
  return offer
    .replace("a=ice-lite\r\n", "")
    .replaceAll("a=sendonly", "a=recvonly")
    .replaceAll("a=setup:actpass", "a=setup:active")
    .replace(/^a=(candidate|ssrc|ssrc-group|msid|end-of-candidates).*\r\n/gm, "");
}
