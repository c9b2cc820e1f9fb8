import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { temporaryFolder } from "../test-gateway.ts";
import { root } from "./setting.ts";

/** `vitrine replay …`, with this on its stdin, to its end. */
async function replay(args: string[], input = "") {
  const child = spawn(process.execPath, [join(root, "gateway", "vitrine.js"), "replay", ...args]);
  const [out, err] = [text(child.stdout), text(child.stderr)];
  child.stdin.end(input);
  const [code] = await once(child, "close");
  return { code, err: await err, lines: (await out).trimEnd().split("\n") };
}

test("a record that comes by a pipe replays as it does from a file, and says on request when each event was decided", async () => {
  const firstMs = Date.UTC(2026, 4, 12, 9);
  const said = (afterMs: number, device: string) => ({
    ...{ at: firstMs + afterMs, topic: `store/main/shelf/${device}/status`, client: device },
    payload: JSON.stringify({ state: "online", firmware: "1.0.0" }),
  });
  const record = [said(0, "C1"), said(1_500, "C2")].map((line) => `${JSON.stringify(line)}\n`).join("");
  const file = join(temporaryFolder(), "record.jsonl");
  writeFileSync(file, record);

  const fromFile = await replay([file]);
  expect(fromFile).toMatchObject({ code: 0, err: "" });
  expect(fromFile.lines.length).toBeGreaterThan(1);
  expect((await replay(["-"], record)).lines).toEqual(fromFile.lines);

  const stamped = (await replay(["-", "--stamped"], record)).lines.map((line) => JSON.parse(line));
  expect(stamped.map(({ event }) => JSON.stringify(event))).toEqual(fromFile.lines);
  const decidedAt = stamped.map(({ now, event }) => [now - firstMs, event.type]);
  expect(decidedAt).toContainEqual([0, "device-status-changed"]);
  expect(decidedAt).toContainEqual([1_500, "device-status-changed"]);
});
