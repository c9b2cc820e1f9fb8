import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { nativeGrant } from "#wire/formats/grants.ts";
import { costs, createHasher } from "../access/hashing.ts";
import type { Account } from "./raw-mqtt.ts";

/** One password for all, but each account has its own salt: every one of them is checked on its own. */
export const password = "only-for-measuring";
/** Hears everything, as a till's computer might. */
const reader = "bench-reader";

export const accountOf = (deviceId: string): Account => ({ username: deviceId, password });
export const readerAccount = accountOf(reader);

type Devices = { shelves: readonly string[]; mirrors: readonly string[] };

/** An account for each device, as `vitrine device add` would have made it, written at once. */
export async function writeAccounts(dataFolder: string, storeId: string, { shelves, mirrors }: Devices) {
  const hasher = createHasher();
  const hear = { publish: [], subscribe: [`store/${storeId}/#`] };
  const grants = [
    ...shelves.map((id) => [id, nativeGrant(storeId, "shelf", id)] as const),
    ...mirrors.map((id) => [id, nativeGrant(storeId, "mirror", id)] as const),
    [reader, hear] as const,
  ];
  const devices = await Promise.all(
    grants.map(async ([id, grant]) => [id, { hash: await hasher.hash(password, costs.machine), grant }] as const),
  );
  const file = { version: 1, devices: Object.fromEntries(devices), staff: {} };
  writeFileSync(join(dataFolder, "credentials.json"), JSON.stringify(file), { mode: 0o600 });
}
