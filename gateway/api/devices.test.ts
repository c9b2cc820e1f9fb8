import { expect, test } from "vitest";
import { openTestShop } from "./test-shop.ts";

const wish = { name: "Spare", kind: "shelf", place: { at: "shelf", id: "A" } };
const changes = [
  ["adopt", wish],
  ["replace", { successor: "B2" }],
  ["retire", {}],
  ["dismiss", {}],
] as const;

test.each(changes)(
  "to %s a device is an engineer's, who is named in what happened; staff may only look",
  async (what, body) => {
    const { app, commands, asStaff, asEngineer } = openTestShop({ demo: false });
    const url = `/api/v1/devices/A1/${what}`;
    const post = (headers: Record<string, string>) => app.inject({ method: "POST", url, headers, payload: body });
    // no page of ours and no token: nobody's change
    expect((await post({})).statusCode).toBeGreaterThanOrEqual(401);
    expect((await post(asStaff())).statusCode).toBe(403);
    expect((await app.inject({ url: "/api/v1/devices", headers: asStaff() })).statusCode).toBe(200);
    expect(commands).toEqual([]);
    expect((await post(asEngineer())).statusCode).toBe(200);
    expect(commands).toEqual([{ command: `device.${what}`, deviceId: "A1", ...body, by: "ana" }]);
  },
);

test("a wish that makes no sense is told so before anyone acts on it", async () => {
  const { app, commands, asEngineer } = openTestShop({ demo: false });
  const adopt = (body: object) =>
    app.inject({ method: "POST", url: "/api/v1/devices/A1/adopt", headers: asEngineer(), payload: body });
  const field = { path: "kg", yields: { reading: "weight", plate: 1 }, unit: "kg" };
  for (const bad of [
    {},
    { ...wish, name: "" },
    { ...wish, place: { at: "moon", id: "A" } },
    { ...wish, plates: { one: 1 } },
    { ...wish, plates: { 1: 0 } },
    { ...wish, mapping: { topic: "a/#", kind: "shelf", fields: [field] } },
    { ...wish, mapping: { topic: "store/main/shelf/A1/reading", kind: "shelf", fields: [field] } },
    { ...wish, mapping: { topic: "a/b", kind: "shelf", fields: [{ ...field, unit: "bananas" }] } },
    { ...wish, by: "somebody" },
  ]) {
    const answer = await adopt(bad);
    expect(answer.statusCode, JSON.stringify(bad)).toBe(400);
    expect(answer.json().detail).not.toBe("");
  }
  expect(commands).toEqual([]);
});

test("what the registry refuses comes with its reason", async () => {
  const { app, answers, asEngineer } = openTestShop({ demo: false });
  answers.refuseNext = { status: 409, type: "plate-taken", title: "Plate 1 is taken by Perfume (A1)." };
  const request = { method: "POST", url: "/api/v1/devices/X/adopt", headers: asEngineer(), payload: wish } as const;
  const answer = await app.inject(request);
  expect(answer.statusCode).toBe(409);
  expect(answer.json()).toMatchObject({ type: "plate-taken", title: expect.stringContaining("Perfume") });
  const unknown = await app.inject({ url: "/api/v1/devices/nobody", headers: asEngineer() });
  expect(unknown.statusCode).toBe(404);
});
