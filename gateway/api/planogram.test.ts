import { expect, test } from "vitest";
import { openTestShop } from "./test-shop.ts";

const facing = { plate: 1, sku: "GLS-1", capacity: 8, minimum: 2 };
const body = { basedOn: 3, shelves: [{ id: "A", plates: [facing] }], note: "For the weekend" };
const url = "/api/v1/planogram";
const table = "shelf,plate,sku,capacity,minimum\r\nA,1,GLS-1,10,2\r\n";
const csv = (headers: Record<string, string>, payload: string, query = "") => ({
  method: "PUT" as const,
  url: `${url}.csv${query}`,
  headers: { "content-type": "text/csv", ...headers },
  payload,
});

test("staff read the planogram and its versions, and are told when nothing changed", async () => {
  const { app, asStaff } = openTestShop({ demo: false });
  const headers = asStaff();
  const first = await app.inject({ url, headers });
  expect(first.json()).toMatchObject({ version: 3, by: "mia", shelves: [{ id: "A" }] });
  const again = await app.inject({ url, headers: { ...headers, "if-none-match": String(first.headers.etag) } });
  expect([again.statusCode, again.body]).toEqual([304, ""]);
  expect((await app.inject({ url: `${url}/versions`, headers })).json()).toMatchObject([{ version: 3, changes: 1 }]);
  expect((await app.inject({ url: `${url}/versions/3`, headers })).json()).toEqual(first.json());
  expect((await app.inject({ url: `${url}/versions/1`, headers })).statusCode).toBe(404);
  expect((await app.inject({ url: `${url}/versions/x`, headers })).statusCode).toBe(400);
  expect((await app.inject({ url })).statusCode).toBe(401);
});

test("a manager saves it under their own name; staff may not", async () => {
  const { app, commands, asStaff, asManager } = openTestShop({ demo: false });
  const refused = await app.inject({ method: "PUT", url, headers: asStaff(), payload: body });
  expect(refused.statusCode).toBe(403);
  const saved = await app.inject({ method: "PUT", url, headers: asManager(), payload: body });
  expect([saved.statusCode, saved.json().version]).toEqual([200, 3]);
  expect(commands).toEqual([{ command: "planogram.change", ...body, by: "mia" }]);
});

test("what the shop refuses reaches the page whole: who was faster, or every mistake", async () => {
  const { app, answers, asManager } = openTestShop({ demo: false });
  const put = () => app.inject({ method: "PUT", url, headers: asManager(), payload: body });
  answers.refuseNext = { status: 409, type: "outdated-planogram", title: "Somebody was faster.", current: 4 };
  expect(await put()).toMatchObject({ statusCode: 409 });
  const mistakes = [{ field: "shelves[0].id", detail: "There is no shelf A." }];
  answers.refuseNext = { status: 422, type: "wrong-planogram", title: "It does not fit.", mistakes };
  expect((await put()).json()).toMatchObject({ status: 422, mistakes });
});

test.each([
  ["no version", { shelves: [] }, "body.basedOn"],
  ["a text for a number", { ...body, shelves: [{ id: "A", plates: [{ ...facing, capacity: "8" }] }] }, "capacity"],
  ["somebody else's name", { ...body, by: "ana" }, "body.by"],
  ["an unknown field", { ...body, shelves: [{ id: "A", plates: [{ ...facing, colour: "red" }] }] }, "colour"],
])("a planogram with %s is refused, and nothing happens", async (_name, payload, field) => {
  const { app, commands, asManager } = openTestShop({ demo: false });
  const answer = await app.inject({ method: "PUT", url, headers: asManager(), payload });
  expect(answer.statusCode).toBe(400);
  expect(answer.json().field).toContain(field);
  expect(commands).toEqual([]);
});

test("the table is a file for a spreadsheet", async () => {
  const { app, asStaff } = openTestShop({ demo: false });
  const answer = await app.inject({ url: `${url}.csv`, headers: asStaff() });
  expect(answer.headers["content-type"]).toMatch(/^text\/csv/);
  expect(answer.headers["content-disposition"]).toBe('attachment; filename="planogram-3.csv"');
  expect(answer.body).toContain("A,1,1,GLS-1,5412345678908,Round frame,8,2,,\r\n");
});

test("a dry run says what a table would change, and changes nothing", async () => {
  const { app, commands, asManager, asStaff } = openTestShop({ demo: false });
  const answer = await app.inject(csv(asManager(), table, "?dryRun=true"));
  expect([answer.statusCode, answer.json()]).toEqual([200, { changes: ["Shelf A changes."], problems: [] }]);
  const wrong = await app.inject(csv(asManager(), `${table}B,1,GLS-1,x,\nZ,1,GLS-1,5,\n`, "?dryRun=true"));
  expect(wrong.json()).toEqual({
    changes: [],
    problems: [
      { line: 3, column: "capacity", detail: '"x" is not a whole number.' },
      { line: 4, column: "shelf", detail: "There is no shelf Z." },
    ],
  });
  expect((await app.inject(csv(asStaff(), table, "?dryRun=true"))).statusCode).toBe(403);
  expect(commands).toEqual([]);
});

test("a table is saved as the planogram that it is, or refused with every line that is wrong", async () => {
  const { app, commands, asManager } = openTestShop({ demo: false });
  const saved = await app.inject(csv(asManager(), table.replaceAll(",", ";"), "?basedOn=3"));
  expect([saved.statusCode, saved.json().changes]).toEqual([200, ["Shelf A changes."]]);
  const shelves = [{ id: "A", plates: [{ plate: 1, sku: "GLS-1", capacity: 10, minimum: 2 }] }];
  expect(commands).toMatchObject([{ command: "planogram.change", basedOn: 3, shelves, by: "mia" }]);
  const refused = await app.inject(csv(asManager(), `${table}B,1,NOPE,5,\n,2,GLS-1,5,\n`));
  expect(refused.json()).toMatchObject({
    ...{ status: 422, type: "wrong-planogram" },
    mistakes: [
      { field: "line 3, shelf", detail: "There is no shelf B." },
      { field: "line 4, shelf", detail: "The shelf is missing." },
    ],
  });
  expect((await app.inject(csv(asManager(), ""))).json()).toMatchObject({
    status: 422,
    detail: expect.stringContaining("empty"),
  });
  expect(commands).toHaveLength(1);
});

test("a table of more than a megabyte is not even read", async () => {
  const { app, asManager } = openTestShop({ demo: false });
  const answer = await app.inject(csv(asManager(), "x".repeat(1_200_000)));
  expect(answer.statusCode).toBe(413);
  const json = await app.inject({ method: "PUT", url: `${url}.csv`, headers: asManager(), payload: body });
  expect(json.statusCode).toBe(422);
});
