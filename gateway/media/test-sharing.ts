import { readFile } from "node:fs/promises";
import Fastify from "fastify";
import type { Browser } from "playwright-core";
import { onTestFinished } from "vitest";
import type { MediaStatus } from "#wire/views.ts";
import { registerWhep } from "../api/whep.ts";
import { registerWhip } from "../api/whip.ts";
import { silentLog } from "../log.ts";
import { pageHtml, type Remote, remote } from "./browser-kit.ts";
import { createMedia, type MediaOptions } from "./media.ts";
import type { StreamState } from "./streams.ts";

type Shared = { mirrorId: string; over: boolean; maxViewers: number };

/** For tests: a gateway's video part as a shop runs it, on free ports; share "s1" shows mirror M1, "s2" M2. */
export async function openShop(
  bin: string,
  browser: () => Browser,
  options: Partial<
    Pick<MediaOptions, "workers" | "port" | "listenIp" | "addresses" | "answerWithinMs" | "yieldsAfterMs">
  > = {},
) {
  const statuses: MediaStatus[] = [];
  const streams: StreamState[] = [];
  const media = createMedia({
    log: silentLog,
    listenIp: "127.0.0.1",
    port: 0,
    onStatus: (status) => statuses.push(status),
    onStreams: (stream) => streams.push(stream),
    // a machine that stands still for a moment must not free a seat that a test has counted
    yieldsAfterMs: 60_000,
    ...options,
  });
  await media.start(bin);
  const shares = new Map<string, Shared>([
    ["s1", { mirrorId: "M1", over: false, maxViewers: 2 }],
    ["s2", { mirrorId: "M2", over: false, maxViewers: 2 }],
  ]);
  const app = Fastify({ forceCloseConnections: true });
  registerWhip(app, {
    identify: ({ headers }) =>
      headers.authorization?.startsWith("Bearer mirror-")
        ? { role: "mirror", mirrorId: headers.authorization.slice(14) }
        : undefined,
    knowsMirror: (mirrorId) => mirrorId === "M1" || mirrorId === "M2",
    media,
  });
  registerWhep(app, {
    verifyShare: (token) => (token.startsWith("t-") ? { shareId: token.slice(2), expiresAt: 2e12 } : undefined),
    share: (shareId) => shares.get(shareId),
    media,
  });
  app.get("/", (_request, reply) => reply.type("text/html").send(pageHtml));
  for (const name of ["whip", "whep"]) {
    const file = new URL(`../../node_modules/whip-whep/${name}.js`, import.meta.url);
    app.get(`/library/${name}.js`, async (_request, reply) => reply.type("text/javascript").send(await readFile(file)));
  }
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  const contexts: { close(): Promise<void> }[] = [];
  onTestFinished(async () => {
    for (const context of contexts) await context.close();
    await app.close();
    media.close();
  });

  async function open(): Promise<Remote> {
    const context = await browser().newContext();
    contexts.push(context);
    const page = await context.newPage();
    await page.goto(url);
    await page.waitForFunction("window.ready");
    return remote(page);
  }
  return { media, statuses, streams, shares, app, url, open };
}

export const mirror = { url: "/whip/M1", token: "mirror-M1" };

export async function until(condition: () => boolean) {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}
