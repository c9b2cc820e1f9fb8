import { expect, test } from "vitest";
import { openTestShop } from "./test-shop.ts";

test("staff read what is in doubt and say which story is true, or that none is; nobody else does", async () => {
  const { app, commands, answers, asStaff, asShopper } = openTestShop({ demo: false });
  const settle = (candidate: unknown, headers: Record<string, string> = asStaff(), id = "C1.1.1790000000000") =>
    app.inject({ method: "POST", url: `/api/v1/doubts/${id}/settle`, headers, payload: { candidate } });
  expect((await app.inject({ url: "/api/v1/doubts", headers: asStaff() })).json()).toEqual([]);
  expect((await app.inject({ url: "/api/v1/doubts", headers: asShopper("s1") })).statusCode).toBe(403);
  expect((await app.inject({ url: "/api/v1/doubts" })).statusCode).toBe(401);
  expect((await settle(0)).statusCode).toBe(204);
  expect((await settle(-1)).statusCode).toBe(204);
  for (const candidate of [-2, 100, 0.5, "0", undefined]) expect((await settle(candidate)).statusCode).toBe(400);
  expect((await settle(0, asStaff(), "a b")).statusCode).toBe(400);
  expect((await settle(0, asShopper("s1"))).statusCode).toBe(403);
  answers.refuseNext = { status: 404, type: "unknown-doubt", title: "This question is answered already." };
  const late = await settle(1);
  expect([late.statusCode, late.json()]).toMatchObject([404, { type: "unknown-doubt" }]);
  expect(commands.slice(0, 2)).toEqual([
    { command: "doubt.settle", doubtId: "C1.1.1790000000000", candidate: 0, by: "ben" },
    { command: "doubt.settle", doubtId: "C1.1.1790000000000", candidate: -1, by: "ben" },
  ]);
});
