import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { ensureDebianTools, findProgram } from "./debian-packages.ts";

test("a program is found where it is, and nowhere else", async () => {
  expect(await findProgram("sh")).toMatch(/\/sh$/);
  expect(await findProgram("vitrine-has-no-such-program")).toBeUndefined();
});

test("what is there already is not installed again", async () => {
  await expect(ensureDebianTools([])).resolves.toBeUndefined();
});

test("somebody who may not install is told in one line what is missing", async () => {
  const module = join(import.meta.dirname, "debian-packages.ts");
  // a person without root, on whose PATH nothing is
  const script = `
    process.getuid = () => 1000;
    process.env.PATH = "/nowhere";
    const { ensureDebianTools } = await import(${JSON.stringify(module)});
    await ensureDebianTools(["chromium"]).catch((error) => console.log(error.message));
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said] = await Promise.all([text(child.stdout), once(child, "exit")]);
  expect(said.trim().split("\n")).toHaveLength(1);
  expect(said).toContain("chromium");
});
