import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { createHeadless } from "../headless/headless.ts";
import type { Quality } from "../headless/quality.ts";
import { whepUrlOf } from "../headless/whep-link.ts";
import { prepareMediaWorker } from "../install/media-worker.ts";
import { silentLog } from "../log.ts";
import { bootGateway } from "../test-gateway.ts";
import { judge } from "./probe.ts";
import { root } from "./setting.ts";

/** Runs `vitrine probe` as people type it. */
async function probe(...args: string[]) {
  const command = promisify(execFile)(process.execPath, [join(root, "gateway", "vitrine.js"), "probe", ...args]);
  const said = await command.catch((failed: { code: number; stdout: string; stderr: string }) => failed);
  return { code: "code" in said ? said.code : 0, out: said.stdout, err: said.stderr };
}

async function openMirror() {
  const shop = await bootGateway({
    prepareVideo: (onStatus) => prepareMediaWorker({ log: silentLog, onStatus }),
  });
  const ask = async (path: string, init: RequestInit = {}) => (await fetch(new URL(path, shop.url), init)).json();
  while ((await ask("/api/v1/media")).state !== "ready") await new Promise((resolve) => setTimeout(resolve, 20));
  const { token } = await ask("/api/v1/mirrors/mirror-1/sessions", { method: "POST" });
  const authorization = `Bearer ${token}`;
  const json = { authorization, "content-type": "application/json" };
  const share = await ask("/api/v1/mirrors/mirror-1/shares", { method: "POST", headers: json, body: "{}" });
  const mirror = createHeadless({ log: silentLog });
  onTestFinished(() => mirror.close());
  const shown = await mirror.show(async (body) => {
    const headers = { authorization, "content-type": "application/sdp" };
    const answer = await fetch(new URL("/whip/mirror-1", shop.url), { method: "POST", headers, body });
    return answer.ok
      ? { ok: true, answer: await answer.text(), leave: () => {} }
      : { ok: false, reason: await answer.text() };
  });
  if (!shown.ok) throw new Error(shown.reason);
  return {
    url: shop.url,
    link: new URL(new URL(share.url).pathname, shop.url).href,
    shareId: share.shareId,
    json,
    ask,
  };
}

test("vitrine probe watches a mirror's link over HTTP, says how good the picture is, and leaves", {
  timeout: 120_000,
}, async () => {
  const { link, url, shareId, json, ask } = await openMirror();
  const { out, err, code } = await probe(link, "--seconds", "1");
  expect(err).toBe("");
  expect(out).toContain("448 × 320 VP8 by UDP from 127.0.0.1");
  expect(out).toMatch(/first picture after \d+ ms/);
  expect(out).toMatch(/\d+ kbit\/s, 0\.0 % lost/);
  expect(code).toBe(out.includes("  look ") ? 1 : 0);
  const share = `/api/v1/mirrors/mirror-1/shares/${shareId}`;
  while ((await ask(share, { headers: json })).viewers !== 0) await new Promise(setImmediate);
  await fetch(new URL(share, url), { method: "DELETE", headers: json });
  const over = await probe(link);
  expect(over).toMatchObject({ code: 1, out: "", err: expect.stringContaining("This look has gone home.") });
});

test("a link that is none, or a gateway that is not there, is said in a sentence", async () => {
  const none = await probe("http://127.0.0.1/staff");
  expect(none).toMatchObject({ code: 1, err: expect.stringContaining("needs a mirror's link") });
  const away = await probe("http://127.0.0.1:9/s/abc");
  expect(away).toMatchObject({ code: 1, err: expect.stringMatching(/^No picture from http:\/\/127\.0\.0\.1:9/) });
  expect(whepUrlOf("https://shop.local:8080/s/a.b-c_d#owner=x")?.href).toBe("https://shop.local:8080/whep/a.b-c_d");
  expect(whepUrlOf("ftp://shop.local/s/abc")).toBeUndefined();
});

test("a stop, a slow start, a jerky or lossy picture is something to look at", () => {
  const fine: Quality = {
    ...{ codec: "video/VP8", width: 640, height: 480, firstFrameMs: 80, seconds: 5, frames: 150, framesPerSecond: 30 },
    ...{
      freezes: 0,
      frozenMs: 0,
      bitsPerSecond: 8e5,
      roundTripMs: 1,
      lossShare: 0,
      protocol: "udp",
      address: "192.0.2.7",
    },
  };
  const looks = (changed: Partial<Quality>) => judge({ ...fine, ...changed }).filter(({ ok }) => !ok).length;
  expect(looks({})).toBe(0);
  expect(looks({ roundTripMs: undefined })).toBe(0);
  const wrongs: Partial<Quality>[] = [
    ...[{ firstFrameMs: 1_001 }, { freezes: 1, frozenMs: 300 }, { framesPerSecond: 9 }, { lossShare: 0.03 }],
    { roundTripMs: 151 },
  ];
  for (const wrong of wrongs) expect(looks(wrong)).toBe(1);
});
