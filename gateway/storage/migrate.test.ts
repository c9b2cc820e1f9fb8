import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { silentLog } from "../log.ts";
import { temporaryFolder } from "../test-gateway.ts";
import { migrate } from "./migrate.ts";
import { createStorage } from "./storage.ts";

const steps = Array.from({ length: 12 }, (_, i) => `CREATE TABLE step${i + 1} (n INTEGER)`);

function update(file: string, to: number) {
  const db = new DatabaseSync(file);
  migrate(db, file, steps.slice(0, to));
  db.close();
}

test("before the shop's memory changes its shape, a copy of it is put aside", () => {
  const file = join(temporaryFolder(), "vitrine.db");
  update(file, 1);
  const db = new DatabaseSync(file);
  db.exec("INSERT INTO step1 VALUES (42)");
  db.close();
  update(file, 2);
  const copy = new DatabaseSync(`${file}.before-schema-2`, { readOnly: true });
  expect(copy.prepare("SELECT n FROM step1").get()).toEqual({ n: 42 });
  expect(copy.prepare("PRAGMA user_version").get()).toEqual({ user_version: 1 });
  copy.close();
});

test("half a copy, left by a crash, does not pass for one", () => {
  const file = join(temporaryFolder(), "vitrine.db");
  update(file, 1);
  writeFileSync(`${file}.copying`, "half");
  update(file, 2);
  const copy = new DatabaseSync(`${file}.before-schema-2`, { readOnly: true });
  expect(copy.prepare("PRAGMA user_version").get()).toEqual({ user_version: 1 });
  copy.close();
  expect(existsSync(`${file}.copying`)).toBe(false);
});

test("the newest three copies are kept", () => {
  const folder = temporaryFolder();
  const file = join(folder, "vitrine.db");
  for (let version = 1; version <= 12; version++) update(file, version);
  const kept = readdirSync(folder).filter((name) => name.includes("before-schema"));
  expect(kept.sort()).toEqual([
    "vitrine.db.before-schema-10",
    "vitrine.db.before-schema-11",
    "vitrine.db.before-schema-12",
  ]);
});

test("a memory written by a newer Vitrine is refused in one sentence", async () => {
  const folder = temporaryFolder();
  const db = new DatabaseSync(join(folder, "vitrine.db"));
  db.exec("PRAGMA user_version = 99");
  db.close();
  const refused = createStorage({ folder, log: silentLog }).start();
  await expect(refused).rejects.toMatchObject({ name: "Plain", message: expect.stringMatching(/newer Vitrine.*99/) });
});

test("a file that is no database is refused in one sentence", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "vitrine.db"), "this is a shopping list\n".repeat(200));
  const refused = createStorage({ folder, log: silentLog }).start();
  await expect(refused).rejects.toMatchObject({ name: "Plain", message: expect.stringContaining("vitrine.db") });
});
