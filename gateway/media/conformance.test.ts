import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { asMirror, openVideoShop, sdpType } from "./test-shop.ts";

// WHIP [RFC 9725] and WHEP [draft-ietf-wish-whep] as a client sees them: which answer, with which headers, to what.

const capture = (name: string) => readFileSync(new URL(`captures/${name}.sdp`, import.meta.url), "utf8");
const offer = capture("libwebrtc-m98-sendonly");
const playing = capture("chromium-156-recvonly");
const publishing = { ...sdpType, ...asMirror };
const fragmentType = { "content-type": "application/trickle-ice-sdpfrag" };
const trickle = "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\nm=video 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n";

type Shop = Awaited<ReturnType<typeof openVideoShop>>;
type Method = "GET" | "HEAD" | "OPTIONS" | "POST" | "PUT" | "PATCH" | "DELETE";
type Asked = { method: Method; path: string; headers?: Record<string, string>; body?: string };
/** `headers`: a text, a pattern, or null for "not there". */
type Wanted = { status: number; headers?: Record<string, string | RegExp | null>; body?: string | RegExp };
type Row = [name: string, asked: Asked, wanted: Wanted];

async function check(shop: Shop, rows: Row[]) {
  for (const [name, { method, path, headers, body }, wanted] of rows) {
    const url = path.startsWith("http") ? new URL(path).pathname : path;
    const answer = await shop.app.inject({
      method,
      url,
      ...(headers ? { headers } : {}),
      ...(body ? { payload: body } : {}),
    });
    expect({ name, status: answer.statusCode }).toEqual({ name, status: wanted.status });
    for (const [header, value] of Object.entries(wanted.headers ?? {})) {
      const is = answer.headers[header];
      const fits =
        value === null ? is === undefined : typeof value === "string" ? is === value : value.test(String(is));
      expect({ name, header, is, fits }).toEqual({ name, header, is, fits: true });
    }
    if (wanted.body instanceof RegExp)
      expect({ name, body: answer.body }).toEqual({ name, body: expect.stringMatching(wanted.body) });
    else if (wanted.body !== undefined) expect({ name, body: answer.body }).toEqual({ name, body: wanted.body });
    if (answer.statusCode < 400 || answer.statusCode === 406 || method === "HEAD") continue;
    // every refusal says why, for people [RFC 9457]
    expect({ name, type: answer.headers["content-type"] }).toEqual({
      name,
      type: "application/problem+json; charset=utf-8",
    });
    expect({ name, problem: answer.json() }).toEqual({
      name,
      problem: expect.objectContaining({
        status: answer.statusCode,
        type: expect.stringMatching(/^\/problems\//),
        title: expect.stringMatching(/^[A-Z].*\.$/),
      }),
    });
  }
}

const endpoint = /^OPTIONS, GET, (HEAD, )?POST$/;
const session = "OPTIONS, GET, PATCH, DELETE";

test("a publisher's endpoint answers each request by the letter of RFC 9725", async () => {
  const shop = await openVideoShop();
  const elsewhere = { origin: "https://studio.example", "access-control-request-method": "POST" };
  const post = (headers: Record<string, string>, body = offer, path = "/whip/M1"): Asked => ({
    method: "POST",
    path,
    headers,
    body,
  });
  await check(shop, [
    [
      "OPTIONS",
      { method: "OPTIONS", path: "/whip/M1" },
      { status: 200, headers: { "accept-post": "application/sdp", allow: endpoint, link: null }, body: "" },
    ],
    [
      "a preflight",
      { method: "OPTIONS", path: "/whip/M1", headers: elsewhere },
      {
        status: 200,
        headers: { "access-control-allow-origin": "*", "access-control-allow-headers": /Authorization/, link: null },
      },
    ],
    ["GET", { method: "GET", path: "/whip/M1" }, { status: 204, body: "" }],
    ["GET of no mirror", { method: "GET", path: "/whip/M9" }, { status: 404 }],
    ["PUT", { method: "PUT", path: "/whip/M1", headers: asMirror }, { status: 405, headers: { allow: endpoint } }],
    ["DELETE of the endpoint", { method: "DELETE", path: "/whip/M1" }, { status: 405, headers: { allow: endpoint } }],
    ["no password", post(sdpType), { status: 401, headers: { "www-authenticate": "Bearer", location: null } }],
    [
      "a wrong password",
      post({ ...sdpType, authorization: "Bearer wrong" }),
      { status: 401, headers: { "www-authenticate": "Bearer" } },
    ],
    ["another mirror's password", post({ ...sdpType, authorization: "Bearer mirror-M2" }), { status: 403 }],
    ["no such mirror", post({ ...sdpType, authorization: "Bearer mirror-M9" }, offer, "/whip/M9"), { status: 404 }],
    [
      "JSON",
      post({ ...publishing, "content-type": "application/json" }, "{}"),
      { status: 415, headers: { "accept-post": "application/sdp" } },
    ],
    ["no type", post({ ...asMirror, "content-type": "" }), { status: 415 }],
    ["no SDP", post(publishing, "hello"), { status: 400, headers: { location: null, etag: null } }],
    ["nothing", post(publishing, ""), { status: 400 }],
    ["a player's offer", post(publishing, playing), { status: 422, headers: { location: null } }],
    ["65 kB", post(publishing, `${offer}a=${"x".repeat(65_000)}\r\n`), { status: 413 }],
    [
      "type in capitals, with a parameter",
      post({ ...publishing, "content-type": "Application/SDP; charset=utf-8" }),
      {
        status: 201,
        headers: {
          "content-type": "application/sdp",
          location: /^\/whip\/session\/[\w-]{32}$/,
          etag: /^"[^"]+"$/,
          "accept-patch": "application/trickle-ice-sdpfrag",
          "cache-control": "no-store",
          link: null,
        },
        body: /^v=0\r\n[\s\S]*a=recvonly\r\n/,
      },
    ],
  ]);
});

test("a publisher's session is trickled to, restarted and ended by the letter of RFC 9725", async () => {
  const shop = await openVideoShop();
  const created = await shop.app.inject({ method: "POST", url: "/whip/M1", headers: publishing, payload: offer });
  const path = String(created.headers.location);
  const etag = String(created.headers.etag);
  const patch = (headers: Record<string, string>, body = trickle): Asked => ({
    method: "PATCH",
    path,
    headers: { ...fragmentType, ...headers },
    body,
  });
  await check(shop, [
    ["OPTIONS", { method: "OPTIONS", path }, { status: 200, headers: { allow: session } }],
    ["GET", { method: "GET", path }, { status: 204, body: "" }],
    [
      "POST to the session",
      { method: "POST", path, headers: publishing, body: offer },
      { status: 405, headers: { allow: session } },
    ],
    [
      "candidates",
      patch({ "if-match": etag }),
      { status: 204, headers: { etag: null, "content-type": null }, body: "" },
    ],
    ["candidates without If-Match", patch({}), { status: 428 }],
    ["candidates for an older state", patch({ "if-match": '"older"' }), { status: 412 }],
    ["an SDP offer", patch({ "if-match": etag, ...sdpType }, offer), { status: 415 }],
    ["a restart without credentials", patch({ "if-match": "*" }, "a=end-of-candidates\r\n"), { status: 400 }],
    ["what came before still holds", patch({ "if-match": etag }), { status: 204 }],
    [
      "a restart",
      patch({ "if-match": "*" }),
      {
        status: 200,
        headers: { "content-type": "application/trickle-ice-sdpfrag", etag: /^"[^"]+"$/ },
        body: /a=ice-ufrag:\S+\r\na=ice-pwd:\S+\r\n[\s\S]*a=candidate:/,
      },
    ],
    ["the old state after a restart", patch({ "if-match": etag }), { status: 412 }],
    [
      "a wrong password",
      patch({ "if-match": "*", authorization: "Bearer wrong" }),
      { status: 401, headers: { "www-authenticate": "Bearer" } },
    ],
    [
      "another mirror's password",
      { method: "DELETE", path, headers: { authorization: "Bearer mirror-M2" } },
      { status: 401 },
    ],
    ["as if it were a player's", { method: "DELETE", path: path.replace("/whip/", "/whep/") }, { status: 404 }],
    ["DELETE", { method: "DELETE", path, headers: { ...asMirror, "if-match": '"older"' } }, { status: 200, body: "" }],
    ["DELETE again", { method: "DELETE", path, headers: asMirror }, { status: 404 }],
    ["PATCH afterwards", patch({ "if-match": "*" }), { status: 404 }],
    ["GET afterwards", { method: "GET", path }, { status: 404 }],
  ]);
  expect(shop.media.stream("M1").live).toBe(false);
});

test("a player's endpoint and session answer each request by the letter of the WHEP draft", async () => {
  const shop = await openVideoShop();
  const post = (headers: Record<string, string> = sdpType, body = playing, path = "/whep/t-s1"): Asked => ({
    method: "POST",
    path,
    headers,
    body,
  });
  const elsewhere = { origin: "https://player.example" };
  await check(shop, [
    ["nobody publishes", post(), { status: 409, headers: { "retry-after": /^\d+$/ } }],
    [
      "nobody publishes, our offer asked for",
      { method: "POST", path: "/whep/t-s1" },
      { status: 409, headers: { "retry-after": /^\d+$/ } },
    ],
  ]);
  await shop.app.inject({ method: "POST", url: "/whip/M1", headers: publishing, payload: offer });
  const preflight = { ...elsewhere, "access-control-request-method": "POST" };
  await check(shop, [
    [
      "OPTIONS",
      { method: "OPTIONS", path: "/whep/t-s1" },
      { status: 200, headers: { "accept-post": "application/sdp", allow: endpoint } },
    ],
    [
      "a preflight",
      { method: "OPTIONS", path: "/whep/t-s1", headers: preflight },
      {
        status: 200,
        headers: {
          link: null,
          "access-control-allow-origin": "*",
          "access-control-allow-methods": /PATCH/,
          "access-control-allow-headers": /If-Match/,
        },
      },
    ],
    [
      "HEAD",
      { method: "HEAD", path: "/whep/t-s1", headers: elsewhere },
      {
        status: 200,
        headers: { "content-type": "application/sdp", "access-control-expose-headers": /Location.*ETag.*Link/ },
        body: "",
      },
    ],
    ["HEAD of a guess", { method: "HEAD", path: "/whep/guess" }, { status: 404 }],
    ["GET", { method: "GET", path: "/whep/t-s1" }, { status: 204, body: "" }],
    ["PUT", { method: "PUT", path: "/whep/t-s1" }, { status: 405, headers: { allow: endpoint } }],
    ["a guess", post(sdpType, playing, "/whep/guess"), { status: 404 }],
    [
      "JSON",
      post({ "content-type": "application/json" }, "{}"),
      { status: 415, headers: { "accept-post": "application/sdp" } },
    ],
    ["no SDP", post(sdpType, "hello"), { status: 400 }],
    [
      "from another page",
      post({ ...sdpType, ...elsewhere }),
      {
        status: 201,
        headers: {
          location: /^\/whep\/session\//,
          etag: /^"/,
          "content-type": "application/sdp",
          "access-control-allow-origin": "*",
        },
        body: /a=sendonly\r\n/,
      },
    ],
    [
      "an offer of ours",
      { method: "POST", path: "/whep/t-s1" },
      {
        status: 201,
        headers: { "content-type": "application/sdp", location: /session/, etag: /^"/ },
        body: /a=setup:actpass/,
      },
    ],
    [
      "an offer of ours preferred",
      post({ ...sdpType, prefer: "counter-offer" }),
      {
        status: 406,
        headers: {
          "content-type": /^application\/sdp; valid-until="[A-Z][a-z]{2}, \d\d .* GMT"$/,
          location: /^\/whep\/session\//,
          etag: /^"/,
        },
        body: /^v=0/,
      },
    ],
    // two offers that nobody has answered hold no seat
    ["the second viewer", post(), { status: 201 }],
    ["the third", post(), { status: 201 }],
    ["over the limit of viewers", post(), { status: 429, headers: { "retry-after": /^\d+$/ } }],
    [
      "over the limit, our offer asked for",
      { method: "POST", path: "/whep/t-s1" },
      { status: 429, headers: { "retry-after": /^\d+$/ } },
    ],
  ]);
  shop.shares.set("s1", { mirrorId: "M1", over: true, maxViewers: 3 });
  await check(shop, [
    ["the link is over", post(), { status: 410 }],
    ["HEAD, the link is over", { method: "HEAD", path: "/whep/t-s1" }, { status: 410 }],
  ]);
});

test("a player may trickle without an ETag, restart, and leave twice", async () => {
  const shop = await openVideoShop();
  await shop.app.inject({ method: "POST", url: "/whip/M1", headers: publishing, payload: offer });
  const created = await shop.app.inject({ method: "POST", url: "/whep/t-s1", headers: sdpType, payload: playing });
  const path = String(created.headers.location);
  const patch = (headers: Record<string, string>): Asked => ({
    method: "PATCH",
    path,
    headers: { ...fragmentType, ...headers },
    body: trickle,
  });
  await check(shop, [
    ["no If-Match, as npm's whip-whep sends it", patch({}), { status: 204, headers: { etag: null }, body: "" }],
    ["If-Match", patch({ "if-match": String(created.headers.etag) }), { status: 204 }],
    ["an older state", patch({ "if-match": '"older"' }), { status: 412 }],
    ["an answer where none was asked for", { method: "PATCH", path, headers: sdpType, body: playing }, { status: 415 }],
    ["a restart", patch({ "if-match": "*" }), { status: 200, headers: { etag: /^"/ } }],
    ["DELETE", { method: "DELETE", path }, { status: 200, body: "" }],
    ["DELETE again", { method: "DELETE", path }, { status: 404 }],
  ]);
});

test("while video is being prepared everybody is told when to come back", async () => {
  const shop = await openVideoShop();
  shop.media.close();
  await check(shop, [
    [
      "a publisher",
      { method: "POST", path: "/whip/M1", headers: publishing, body: offer },
      { status: 503, headers: { "retry-after": /^\d+$/ } },
    ],
    [
      "a player",
      { method: "POST", path: "/whep/t-s1", headers: sdpType, body: playing },
      { status: 503, headers: { "retry-after": /^\d+$/ } },
    ],
    ["a session of before", { method: "DELETE", path: "/whip/session/gone" }, { status: 404 }],
  ]);
});
