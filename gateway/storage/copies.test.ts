import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { silentLog } from "../log.ts";
import { temporaryFolder } from "../test-gateway.ts";
import { removeOldCopies } from "./copies.ts";
import { createStorage } from "./storage.ts";

const dayMs = 24 * 3_600_000;
const now = Date.parse("2026-03-31T12:00:00.000Z");
const stampOf = (daysAgo: number) => new Date(now - daysAgo * dayMs).toISOString().replaceAll(":", "-");

function folderWith(files: { name: string; daysAgo?: number }[]) {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "ca"));
  for (const { name, daysAgo } of files) {
    writeFileSync(join(folder, name), "old");
    if (daysAgo !== undefined)
      utimesSync(join(folder, name), (now - daysAgo * dayMs) / 1000, (now - daysAgo * dayMs) / 1000);
  }
  return { folder, file: join(folder, "vitrine.db"), names: () => readdirSync(folder, { recursive: true }).sort() };
}

test("what an update or a restore has put aside leaves by itself after 30 days", () => {
  const old = `replaced-${stampOf(31)}`;
  const young = `replaced-${stampOf(29)}`;
  const { file, names } = folderWith([
    ...["vitrine.db", "accounts.json", "monday.db"].map((name) => ({ name, daysAgo: 400 })),
    ...[`vitrine.db.${old}`, `vitrine.db.${old}-wal`, `ca/ca.pem.${old}`].map((name) => ({ name, daysAgo: 1 })),
    // a restore moves the file, so the file's own time is older than the restore
    { name: `vitrine.db.${young}`, daysAgo: 90 },
    { name: "vitrine.db.before-schema-2", daysAgo: 31 },
    { name: "vitrine.db.before-schema-3", daysAgo: 29 },
  ]);
  const { removed, failed } = removeOldCopies(file, now);
  expect(removed.sort()).toEqual(
    [`ca/ca.pem.${old}`, "vitrine.db.before-schema-2", `vitrine.db.${old}`, `vitrine.db.${old}-wal`].sort(),
  );
  expect(failed).toEqual([]);
  expect(names()).toEqual(
    ["accounts.json", "ca", "monday.db", "vitrine.db", "vitrine.db.before-schema-3", `vitrine.db.${young}`].sort(),
  );
});

test("of restores in a row the newest three are kept, each whole", () => {
  const files = [1, 2, 3, 4, 5].flatMap((daysAgo) =>
    ["vitrine.db", "accounts.json"].map((name) => ({ name: `${name}.replaced-${stampOf(daysAgo)}` })),
  );
  const { file, names } = folderWith(files);
  removeOldCopies(file, now);
  expect(names()).toEqual(["ca", ...files.slice(0, 6).map(({ name }) => name)].sort());
});

test("at its start a shop lets go of old copies", async () => {
  const { folder } = folderWith([{ name: "vitrine.db.replaced-2020-01-01T00-00-00.000Z" }]);
  const told: unknown[] = [];
  const log = { ...silentLog, info: (fields: Record<string, unknown>) => void told.push(fields.files) };
  const storage = createStorage({ folder, log });
  await storage.start();
  await storage.info();
  await storage.close();
  expect(existsSync(join(folder, "vitrine.db.replaced-2020-01-01T00-00-00.000Z"))).toBe(false);
  expect(told).toEqual([["vitrine.db.replaced-2020-01-01T00-00-00.000Z"]]);
});
