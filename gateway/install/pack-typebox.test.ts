import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { packTypebox } from "./pack-typebox.ts";
import { packedTypeboxFolder, typeboxFiles } from "./typebox-files.ts";

const run = async (...args: string[]) => (await promisify(execFile)(process.execPath, args)).stdout.trim();

test("typebox in a few files judges as it does in many, and is one: what is set in one of them holds in all", async () => {
  const above = mkdtempSync(join(tmpdir(), "vitrine-packed-"));
  onTestFinished(() => rmSync(above, { recursive: true, force: true }));
  const folder = join(above, "typebox");
  await packTypebox(folder);
  expect(statSync(folder).mode & 0o777).toBe(0o755);

  const code = (from: (name: keyof typeof typeboxFiles) => string) => `
    const { Type } = await import(${JSON.stringify(from("typebox"))});
    const { Compile } = await import(${JSON.stringify(from("typebox/compile"))});
    const { Value } = await import(${JSON.stringify(from("typebox/value"))});
    const { Settings } = await import(${JSON.stringify(from("typebox/system"))});
    const schema = Type.Object({ grams: Type.Number({ minimum: 0 }), tag: Type.Optional(Type.String({ pattern: "^[A-F]+$" })) });
    const compiled = Compile(schema);
    const judged = [{ grams: 1 }, { grams: -1 }, { grams: 1, tag: "x" }, {}].map((value) => [
      compiled.Check(value), compiled.Errors(value), Value.Check(schema, value), Value.Errors(schema, value),
    ]);
    Settings.Set({ maxErrors: 1 });
    console.log(JSON.stringify([judged, Value.Errors(schema, { grams: "1", tag: 2 }).length]));`;
  const packed = await run(
    "--input-type=module",
    "-e",
    code((name) => pathToFileURL(join(folder, typeboxFiles[name])).href),
  );
  const asItComes = await run(
    "--input-type=module",
    "-e",
    code((name) => import.meta.resolve(name)),
  );
  expect(packed).toBe(asItComes);
  expect(JSON.parse(packed)[1]).toBe(1);
});

test("what is loaded after the hook has typebox from the packed files", async () => {
  await packTypebox();
  const hook = join(import.meta.dirname, "..", "packed-typebox.ts");
  for (const [name, file] of Object.entries(typeboxFiles)) {
    const resolved = await run(
      "--import",
      hook,
      "--input-type=module",
      "-e",
      `console.log(import.meta.resolve("${name}"))`,
    );
    expect(resolved).toBe(pathToFileURL(join(packedTypeboxFolder(), file)).href);
  }
});
