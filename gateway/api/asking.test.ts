import { expect, onTestFinished, test } from "vitest";
import { openTestShop } from "./test-shop.ts";

/** Somebody with this role asks; what the shop was told to do is in `commands`. */
function shopAs(role: "staff" | "engineer") {
  const shop = openTestShop({ demo: false });
  onTestFinished(() => shop.api.close());
  const headers = role === "engineer" ? shop.asEngineer() : shop.asStaff();
  return {
    commands: shop.commands,
    post: async (url: string, payload: object) =>
      (
        await shop.api.app.inject({
          ...{ method: "POST", url: `/api/v1${url}`, payload },
          headers,
        })
      ).statusCode,
    get: async (url: string) => (await shop.api.app.inject({ url: `/api/v1${url}`, headers })).statusCode,
  };
}

test("staff may make a device blink, and nothing else", async () => {
  const { post, get, commands } = shopAs("staff");
  expect(await post("/devices/A1/commands", { command: "identify" })).toBe(202);
  for (const command of ["tare", "reboot", "configure"]) {
    expect(await post("/devices/A1/commands", { command, settings: { reportMs: 500 } })).toBe(403);
  }
  expect(await post("/rollouts", { version: "2.0.0", kind: "shelf" })).toBe(403);
  expect(await post("/rollouts/x/halt", {})).toBe(403);
  expect(await get("/rollouts")).toBe(403);
  expect(await get("/firmware")).toBe(403);
  expect(commands).toEqual([
    { command: "device.request", deviceId: "A1", request: { command: "identify", seconds: 10 }, by: "ben" },
  ]);
});

test("an engineer's wish reaches the device as it was meant", async () => {
  const { post, commands } = shopAs("engineer");
  expect(await post("/devices/A1/commands", { command: "tare", plates: [2], empty: true })).toBe(202);
  expect(await post("/devices/A1/commands", { command: "configure", settings: { reportMs: 500 } })).toBe(202);
  expect(await post("/devices/A1/commands", { command: "configure" })).toBe(400);
  expect(await post("/devices/A1/commands", { command: "rollback" })).toBe(400);
  // there is no such image here
  expect(await post("/rollouts", { version: "2.0.0", kind: "shelf" })).toBe(409);
  expect(commands.map((command) => command.command === "device.request" && command.request)).toEqual([
    { command: "tare", plates: [2], empty: true },
    { command: "configure", settings: { reportMs: 500 } },
  ]);
});
