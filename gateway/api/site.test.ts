import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { get, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { openTestShop } from "./test-shop.ts";

function buildPages(): string {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-pages-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const name of ["staff", "phone", "mirror"]) {
    mkdirSync(join(folder, name));
    const head = '<link rel="stylesheet" crossorigin href="/assets/base-abc.css">';
    writeFileSync(join(folder, name, "index.html"), `<!doctype html>${head}<title>${name}</title>`);
  }
  mkdirSync(join(folder, "assets"));
  mkdirSync(join(folder, "vision"));
  writeFileSync(join(folder, "assets", "base-abc.css"), "body{}");
  writeFileSync(join(folder, "vision", "face.task"), "model");
  writeFileSync(join(folder, ".secret"), "no");
  return folder;
}

test("the three pages are served and never stored, their hashed files kept for ever", async () => {
  const { app } = openTestShop({ pagesFolder: buildPages() });
  for (const [url, title] of [
    ["/staff", "staff"],
    ["/phone", "phone"],
    ["/mirror/m1", "mirror"],
  ] as const) {
    const page = await app.inject(url);
    expect(page.statusCode).toBe(200);
    expect(page.body).toContain(`<title>${title}</title>`);
    expect(page.headers["cache-control"]).toBe("no-store");
    expect(page.headers["content-type"]).toMatch(/^text\/html/);
  }
  const asset = await app.inject("/assets/base-abc.css");
  expect(asset.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
  const model = await app.inject("/vision/face.task");
  expect(model.headers["cache-control"]).toBe("no-cache");
  const headers = { "if-none-match": String(model.headers.etag) };
  expect((await app.inject({ url: "/vision/face.task", headers })).statusCode).toBe(304);
});

test("a script or style travels compressed to whoever takes it so", async () => {
  const { app } = openTestShop({ pagesFolder: buildPages() });
  const ask = (encoding: string) =>
    app.inject({ url: "/assets/base-abc.css", headers: { "accept-encoding": encoding } });
  const small = await ask("br, gzip, deflate");
  expect(small.headers["content-encoding"]).toBe("gzip");
  expect(small.headers["content-type"]).toBe("text/css; charset=utf-8");
  expect(small.headers.vary).toBe("accept-encoding");
  expect(small.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
  expect(gunzipSync(small.rawPayload).toString()).toBe("body{}");
  for (const encoding of ["identity", "gzip;q=0"]) {
    const plain = await ask(encoding);
    expect(plain.headers["content-encoding"]).toBeUndefined();
    expect(plain.body).toBe("body{}");
  }
});

test.each([
  "/mirror/m9",
  "/assets/nothing.js",
  "/.secret",
  "/..%2f..%2fpackage.json",
  "/assets/%2e%2e/.secret",
  "/assets/..%2f.secret",
  "/nothing",
])("%s is not there, and says so as a problem", async (url) => {
  const { app } = openTestShop({ pagesFolder: buildPages() });
  const answer = await app.inject(url);
  expect(answer.statusCode).toBe(404);
  expect(answer.headers["content-type"]).toMatch(/problem\+json/);
});

test("without built pages the page says how to build them", async () => {
  const { app } = openTestShop();
  const answer = await app.inject("/staff");
  expect(answer.statusCode).toBe(503);
  expect(answer.json().detail).toMatch(/vite build/);
});

test("the front page of the demo lists what there is; a shop's front page is the staff page", async () => {
  const pagesFolder = buildPages();
  const demo = await openTestShop({ pagesFolder }).app.inject("/");
  expect(demo.body).toContain('<a class="b" href="/staff">Staff &#38; stock</a>');
  expect(demo.body).toContain("Maison &#60;Vitrine&#62;");
  expect(demo.body).toContain('href="/assets/base-abc.css"');
  const shop = await openTestShop({ pagesFolder, demo: false }).app.inject("/");
  expect(shop.statusCode).toBe(302);
  expect(shop.headers.location).toBe("/staff");
});

test("every answer, errors and files included, tells the browser to trust nobody else", async () => {
  const { app } = openTestShop({ pagesFolder: buildPages() });
  const host = "localhost:8080";
  for (const url of ["/staff", "/mirror/m1", "/assets/base-abc.css", "/api/v1/stock", "/nothing", "/api/v1/stock/%"]) {
    const { headers } = await app.inject({ url, headers: { host } });
    const policy = String(headers["content-security-policy"]).split("; ");
    expect(policy, url).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval'");
    expect(policy).toContain("style-src 'self'");
    expect(policy).toContain(`connect-src 'self' ws://${host} wss://${host}`);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["referrer-policy"]).toBe("no-referrer");
    expect(headers["cross-origin-opener-policy"]).toBe("same-origin");
    const camera = /^\/(mirror\/|staff)/.test(url) ? "camera=(self)" : "camera=()";
    expect(headers["permissions-policy"]).toContain(camera);
    const microphone = url.startsWith("/mirror/") ? "microphone=(self)" : "microphone=()";
    expect(headers["permissions-policy"]).toContain(microphone);
  }
});

test("a strange Host cannot write itself into the policy", async () => {
  const { app } = openTestShop({ demo: false });
  const { headers } = await app.inject({ url: "/healthz", headers: { host: "x; script-src *" } });
  expect(headers["content-security-policy"]).not.toContain("script-src *");
});

test("routes of the video part stand behind the same guard, and may set their own headers", async () => {
  const { app } = openTestShop({
    demo: false,
    plugins: [
      (scope) => {
        scope.addContentTypeParser("application/sdp", { parseAs: "string" }, (_request, body, done) =>
          done(null, body),
        );
        scope.post("/whip/:mirrorId", { schema: { summary: "Publish" } }, ({ caller, body }, reply) =>
          reply.header("referrer-policy", "origin").send({ caller, body }),
        );
      },
    ],
  });
  const { authorization } = openTestShop({ demo: false }).asMirror("m1");
  const request = { method: "POST" as const, url: "/whip/m1", payload: "v=0" };
  const sdp = { "content-type": "application/sdp" };
  const ours = await app.inject({ ...request, headers: sdp });
  expect(ours.json()).toEqual({ caller: null, body: "v=0" });
  expect(ours.headers["referrer-policy"]).toBe("origin");
  expect((await app.inject({ ...request, headers: { ...sdp, origin: "http://evil.example" } })).statusCode).toBe(403);
  // A token of another gateway: the keys differ.
  expect((await app.inject({ ...request, headers: { ...sdp, authorization } })).json().caller).toBe(null);
  expect((await app.inject("/openapi.json")).json().paths["/whip/{mirrorId}"].post.summary).toBe("Publish");
});

test("the contract lists every route that is served, with who may ask and what to send", async () => {
  const { app } = openTestShop();
  const { openapi, paths } = (await app.inject("/openapi.json")).json();
  expect(openapi).toBe("3.1.0");
  const listed = Object.entries<Record<string, unknown>>(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const pages = new Set([
    "GET /",
    "GET /*",
    "GET /staff",
    "GET /staff/devices",
    "GET /staff/devices*",
    "GET /staff/planogram",
    "GET /staff/planogram*",
    "GET /phone",
    "GET /mirror/{id}",
    "GET /favicon.ico",
    "GET /front.css",
    "GET /assets/{file}",
  ]);
  const served = routesOf(app.printRoutes({ commonPrefix: false })).filter((route) => !pages.has(route));
  expect(served.length).toBeGreaterThan(30);
  expect(listed.sort()).toEqual(served.sort());
  const count = paths["/api/v1/stock/{sku}/count"].post;
  expect(count.requestBody.content["application/json"].schema.properties.count.maximum).toBe(500);
  expect(count.security).toContainEqual({ staffCookie: [] });
  expect(count.parameters).toContainEqual(expect.objectContaining({ name: "sku", in: "path", required: true }));
  expect(paths["/api/v1/stock"].get.security).toBeUndefined();
});

/** From fastify's drawing of its own routing tree: "├── /api/v1/stock (GET, HEAD)" and so on, nested by slashes. */
function routesOf(drawing: string): string[] {
  const stack: string[] = [];
  return drawing.split("\n").flatMap((line) => {
    const match = /^([│ ]*[├└]── )(\S*)(?: \(([A-Z, ]+)\))?/.exec(line);
    if (!match) return [];
    const depth = (match[1] ?? "").length / 4 - 1;
    stack.length = depth;
    stack[depth] = match[2] ?? "";
    const path = stack.join("").replace(/:(\w+)/g, "{$1}");
    const methods = (match[3] ?? "").split(", ").filter((method) => method !== "" && method !== "HEAD");
    return methods.map((method) => `${method} ${path}`);
  });
}

test("the MQTT contract names each topic of this shop", async () => {
  const { app } = openTestShop();
  const { asyncapi, channels, operations } = (await app.inject("/asyncapi.json")).json();
  expect(asyncapi).toBe("3.0.0");
  expect(channels["shelf-deviceId-reading"].address).toBe("store/main/shelf/{deviceId}/reading");
  expect(channels["shelf-deviceId-reading"].parameters).toHaveProperty("deviceId");
  const grams = channels["shelf-deviceId-reading"].messages["shelf-deviceId-reading"].payload.properties.plates;
  expect(grams.items.properties).toHaveProperty("grams");
  expect(channels["shopper-shopperId-offer"].address).toBe("store/main/shopper/{shopperId}/offer");
  expect(operations["receive-shelf-deviceId-reading"].action).toBe("receive");
});

test("Prometheus reads the counters, quotes and all", async () => {
  const { app } = openTestShop();
  const answer = await app.inject("/metrics");
  expect(answer.headers["content-type"]).toMatch(/^text\/plain; version=0.0.4/);
  expect(answer.body).toContain(
    '# HELP vitrine_messages_total Messages.\n# TYPE vitrine_messages_total counter\nvitrine_messages_total{kind="a\\"b"} 7\n',
  );
  expect(answer.body).toContain("# TYPE vitrine_streams gauge\nvitrine_streams 0\n");
});

test("alive and ready are two questions", async () => {
  const { app, answers } = openTestShop();
  expect((await app.inject("/readyz")).json()).toEqual({ ready: true, waitingFor: [] });
  answers.refuseNext = { status: 500, type: "x", title: "x" };
  expect((await app.inject("/readyz")).statusCode).toBe(503);
  expect((await app.inject("/readyz")).json().waitingFor).toEqual(["storage"]);
  expect((await app.inject("/healthz")).statusCode).toBe(200);
});

test("a recording gives each input as a line, and stops when the caller hangs up", async () => {
  const { api, recorders } = openTestShop();
  const { port } = await api.start();
  const request = get({ port, host: "127.0.0.1", path: "/api/v1/recording" });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  expect(response.headers["content-type"]).toBe("application/jsonl");
  for (const record of recorders) record('{"at":1}');
  const [chunk] = await once(response.setEncoding("utf8"), "data");
  expect(chunk).toBe('{"at":1}\n');
  request.destroy();
  while (recorders.size > 0) await new Promise(setImmediate);
});

test("a bug inside is a plain 500 that tells a stranger nothing", async () => {
  const { app } = openTestShop({
    plugins: [
      (scope) => {
        scope.get("/broken", () => {
          throw new Error("password is hunter2");
        });
      },
    ],
  });
  const answer = await app.inject("/broken");
  expect(answer.json()).toEqual({ type: "/problems/internal", title: "Something went wrong here.", status: 500 });
});
