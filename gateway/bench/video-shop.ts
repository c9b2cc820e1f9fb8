import { readFileSync } from "node:fs";
import { password } from "./accounts.ts";
import { processorMicros } from "./decoding.ts";
import { startGateway } from "./servers.ts";

/** The mirror that the bench plays, one of the shipped shop, and another one. */
export const mirrorId = "mirror-2";
export const otherMirrorId = "mirror-1";
const preparedWithinMs = 15 * 60_000;

export type VideoShop = Awaited<ReturnType<typeof openVideoShop>>;
export type Share = { shareId: string; url: string; token: string };

/** A fresh gateway with video and accounts, signed in as its mirrors. A first start may have to make the worker. */
export async function openVideoShop({ maxViewers }: { maxViewers: number }) {
  const gateway = await startGateway({ accounts: true, throttled: true, video: { maxViewers } });
  try {
    await videoReady(gateway.url);
    const token = await signIn(gateway.url, mirrorId);
    const tokenOf = async (mirror: string) => (mirror === mirrorId ? token : signIn(gateway.url, mirror));
    const shares = (mirror: string) => `${gateway.url}/api/v1/mirrors/${mirror}/shares`;
    return {
      url: gateway.url,
      pid: gateway.pid,
      /** What a mirror's own requests carry. */
      token,
      tokenOf,
      /** The address that the mirror's page is opened at; the part after # is its password. */
      mirrorUrl: `${gateway.url}/mirror/${mirrorId}#key=${password}`,
      workerPids: () => workersOf(gateway.pid),
      /** Processor time so far in microseconds: the gateway itself, and its video workers. */
      processorMicros: () => ({
        node: processorMicros(gateway.pid),
        workers: workersOf(gateway.pid).reduce((sum, pid) => sum + processorMicros(pid), 0),
      }),
      async share(mirror = mirrorId): Promise<Share> {
        const asked = { method: "POST", token: await tokenOf(mirror), body: {} };
        const { shareId, url } = await ask<{ shareId: string; url: string }>(shares(mirror), asked);
        return { shareId, url, token: new URL(url).pathname.split("/").at(-1) ?? "" };
      },
      revoke: async (shareId: string, mirror = mirrorId) =>
        ask<void>(`${shares(mirror)}/${shareId}`, { method: "DELETE", token: await tokenOf(mirror) }),
      close: gateway.close,
    };
  } catch (error) {
    await gateway.close();
    throw error;
  }
}

async function signIn(url: string, mirror: string): Promise<string> {
  const asked = { method: "POST", token: password };
  const { token } = await ask<{ token: string }>(`${url}/api/v1/mirrors/${mirror}/sessions`, asked);
  return token;
}

async function videoReady(url: string) {
  const until = Date.now() + preparedWithinMs;
  for (;;) {
    const { state, step } = await ask<{ state: string; step: string }>(`${url}/api/v1/media`);
    if (state === "ready") return;
    if (state === "failed" || Date.now() > until) throw new Error(`no video: ${step}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

type Ask = { method?: string; token?: string; body?: object };

async function ask<T>(url: string, { method = "GET", token, body }: Ask = {}): Promise<T> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${new URL(url).pathname}: ${response.status} ${text.slice(0, 200)}`);
  const value: T = text === "" ? undefined : JSON.parse(text);
  return value;
}

/** The video workers among a gateway's children. */
function workersOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return children
    .split(" ")
    .map(Number)
    .filter((child) => child > 0 && readFileSync(`/proc/${child}/cmdline`, "utf8").includes("mediasoup-worker"));
}
