import Fastify from "fastify";
import { expect, onTestFinished, test } from "vitest";
import { compileWhenAsked } from "./compile-when-asked.ts";

function createServer() {
  const app = Fastify({ schemaController: { compilersFactory: { buildValidator: compileWhenAsked() } } });
  onTestFinished(() => app.close());
  return app;
}

test("what a route takes is judged at its first call as at every later one, and the caller is told what is wrong", async () => {
  const app = createServer();
  const body = { type: "object", properties: { count: { type: "integer" } }, required: ["count"] };
  app.post("/counts", { schema: { body } }, async () => "taken");
  const post = async (payload: object) => (await app.inject({ method: "POST", url: "/counts", payload })).body;
  expect(await post({})).toContain("must have required property 'count'");
  expect(await post({ count: 3 })).toBe("taken");
  expect(await post({ count: "many" })).toContain("body/count must be integer");
  expect(await post({ count: 4 })).toBe("taken");
});

test("a route that nobody asks costs nothing: not even a schema that makes no sense is looked at", async () => {
  const app = createServer();
  app.post("/never", { schema: { body: { $ref: "#/nowhere" } } }, async () => "unreachable");
  app.get("/always", async () => "here");
  expect((await app.inject("/always")).body).toBe("here");
  expect((await app.inject({ method: "POST", url: "/never", payload: {} })).statusCode).toBe(500);
});
