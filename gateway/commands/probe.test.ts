import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import type { Quality } from "../headless/quality.ts";
import { openMirror } from "../headless/test-mirror.ts";
import { relaysOf, whepUrlOf } from "../headless/whep-link.ts";
import { judge } from "./probe.ts";
import { root } from "./setting.ts";

/** Runs `vitrine probe` as people type it. */
async function probe(...args: string[]) {
  const command = promisify(execFile)(process.execPath, [join(root, "gateway", "vitrine.js"), "probe", ...args]);
  const said = await command.catch((failed: { code: number; stdout: string; stderr: string }) => failed);
  return { code: "code" in said ? said.code : 0, out: said.stdout, err: said.stderr };
}

test("vitrine probe watches a mirror's link over HTTP, says how good the picture is, and leaves", {
  timeout: 120_000,
}, async () => {
  const mirror = await openMirror();
  await mirror.show();
  const { link, path, json, ask } = mirror;
  const { out, err, code } = await probe(link, "--seconds", "1");
  expect(err).toBe("");
  expect(out).toContain("448 × 320 VP8 by UDP from 127.0.0.1");
  expect(out).toMatch(/first picture after \d+ ms/);
  expect(out).toMatch(/\d+ kbit\/s, \d+\.\d % lost/);
  expect(code).toBe(out.includes("  look ") ? 1 : 0);
  while ((await ask(path, { headers: json })).viewers !== 0) await new Promise(setImmediate);
  await mirror.fetch(path, { method: "DELETE", headers: json });
  const over = await probe(link);
  expect(over).toMatchObject({ code: 1, out: "", err: expect.stringContaining("This look has gone home.") });
});

test("the relay of a link is read out of its headers, and nothing else is", () => {
  const login = 'username="1800000000:a-b_c"; credential="a+b/c="; credential-type="password"';
  const iceServer = (url: string) => ({ urls: [url], username: "1800000000:a-b_c", credential: "a+b/c=" });
  const [udp, tls] = ["turn:shop.example:3478?transport=udp", "turns:shop.example:5349"];
  const link = `</s/x.css>; rel="preload", <${udp}>; rel="ice-server"; ${login}, <${tls}>; rel="ice-server"; ${login}`;
  expect(relaysOf(link)).toEqual([iceServer(udp ?? ""), iceServer(tls ?? "")]);
  expect(relaysOf('<stun:stun.example>; rel="ice-server"')).toEqual([]);
  expect(relaysOf("")).toEqual([]);
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
      relayed: false,
    },
  };
  const looks = (changed: Partial<Quality>) => judge({ ...fine, ...changed }).filter(({ ok }) => !ok).length;
  expect(looks({})).toBe(0);
  expect(looks({ roundTripMs: undefined })).toBe(0);
  expect(judge({ ...fine, relayed: true })[0]?.what).toBe("640 × 480 VP8 by UDP from 192.0.2.7 through the relay");
  const wrongs: Partial<Quality>[] = [
    ...[{ firstFrameMs: 1_001 }, { freezes: 1, frozenMs: 300 }, { framesPerSecond: 9 }, { lossShare: 0.03 }],
    { roundTripMs: 151 },
  ];
  for (const wrong of wrongs) expect(looks(wrong)).toBe(1);
});
