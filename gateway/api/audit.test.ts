import type { FastifyInstance } from "fastify";
import { expect, test } from "vitest";
import { engineerOnly, managerOnly, staffOnly } from "./guard.ts";
import { openTestShop } from "./test-shop.ts";

/** Routes as other folders add them: nobody calls the audit log. */
function routes(app: FastifyInstance) {
  const done = async () => ({ done: true });
  app.post("/api/v1/things/:id/adopt", { onRequest: engineerOnly }, done);
  app.delete("/api/v1/things/:id/keys", { schema: { who: "engineer" }, onRequest: engineerOnly }, done);
  app.put("/api/v1/things/:id/image", { onRequest: [engineerOnly] }, async (_request, reply) => reply.code(409).send());
  app.get("/api/v1/things/:id", { onRequest: engineerOnly }, done);
  app.put("/api/v1/things/:id/plan", { onRequest: managerOnly }, done);
  app.post("/api/v1/things/:id/look", { onRequest: staffOnly }, done);
}

test("whatever only managers and engineers may change is noted by itself, with who, what and whether it worked", async () => {
  const shop = openTestShop({ demo: false, plugins: [routes] });
  const ask = (method: "POST" | "DELETE" | "PUT" | "GET", url: string, headers: Record<string, string>) =>
    shop.app.inject({ method, url: `/api/v1/things/${url}`, headers, remoteAddress: "192.168.1.20" });
  await ask("POST", "A1/adopt", shop.asEngineer());
  await ask("DELETE", "A1/keys", shop.asEngineer());
  await ask("PUT", "A1/image", shop.asEngineer());
  await ask("PUT", "A1/plan", shop.asManager());
  await ask("POST", "A1/adopt", shop.asManager());
  await ask("POST", "A1/adopt", shop.asStaff());
  await ask("POST", "A1/adopt", {});
  await ask("GET", "A1", shop.asEngineer());
  await ask("POST", "A1/look", shop.asStaff());
  const entries = await shop.access.audit.read(100);
  expect(entries.every(({ at, address, subject }) => at > 0 && address === "192.168.1.20" && subject === "A1")).toBe(
    true,
  );
  expect(entries.map(({ by, action, ok, detail }) => [by, action, ok, detail])).toEqual([
    ["ana", "things.adopt", true, undefined],
    ["ana", "things.keys.delete", true, undefined],
    ["ana", "things.image.put", false, "409"],
    ["mia", "things.plan.put", true, undefined],
    ["mia", "things.adopt", false, "403"],
    ["ben", "things.adopt", false, "403"],
    ["nobody", "things.adopt", false, "401"],
  ]);
});

test("the newest entries are asked for by number, and nothing else", async () => {
  const shop = openTestShop({ demo: false });
  for (let n = 0; n < 5; n += 1) shop.access.audit.note({ by: "ana", action: `a${n}`, ok: true });
  const ask = (query: string) => shop.app.inject({ url: `/api/v1/audit${query}`, headers: shop.asEngineer() });
  expect((await ask("?limit=2")).json().map(({ action }: { action: string }) => action)).toEqual(["a3", "a4"]);
  expect((await ask("")).json().length).toBe(5);
  for (const query of ["?limit=0", "?limit=-1", "?limit=1e9", "?limit=99999", "?limit=x", "?order=up"]) {
    expect((await ask(query)).statusCode).toBe(400);
  }
});
