import { createHmac, randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import type { Grant } from "#wire/formats/grants.ts";
import { costs, createHasher } from "./hashing.ts";
import { createBoundedMap } from "./throttle.ts";

const Hash = Type.String({ pattern: "^scrypt\\$1[0-6]\\$[A-Za-z0-9_-]{22}\\$[A-Za-z0-9_-]{43}$" });
const Filters = Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { maxItems: 64 });
const DeviceAccount = Type.Object({
  /** Left out: it signs in by certificate only. */
  hash: Type.Optional(Hash),
  /** What it may say and hear; left out by versions that gave a device its native topics only. */
  grant: Type.Optional(Type.Object({ publish: Filters, subscribe: Filters })),
  format: Type.Optional(Type.String({ maxLength: 40 })),
  /** Serial numbers of its client certificates that are still good, newest last. */
  certificates: Type.Optional(Type.Array(Type.String({ pattern: "^[0-9a-f]{2,40}$" }), { maxItems: 8 })),
});
export type DeviceAccount = Static<typeof DeviceAccount>;
/** A device with more certificates loses its oldest. */
const maxCertificates = 4;
const CredentialsFile = Type.Object({
  version: Type.Literal(1),
  devices: Type.Record(Type.String(), DeviceAccount),
  staff: Type.Record(
    Type.String(),
    Type.Object({ hash: Hash, role: Type.Union([Type.Literal("staff"), Type.Literal("engineer")]) }),
  ),
});
type CredentialsFile = Static<typeof CredentialsFile>;
const checker = Compile(CredentialsFile);

export type Credentials = {
  /** Makes the account, or gives it a new password. The password is told once and kept nowhere. */
  addDevice(deviceId: string, about?: { grant: Grant; format: string }): Promise<string>;
  /** Remembers a client certificate, with the account's grant or `about` when it is new. */
  addCertificate(deviceId: string, serial: string, about: { grant: Grant; format: string }): Promise<void>;
  removeDevice(deviceId: string): Promise<boolean>;
  setStaffPin(staffId: string, pin: string, role: "staff" | "engineer"): Promise<void>;
  removeStaff(staffId: string): Promise<boolean>;
  list(): Promise<{ devices: string[]; staff: { id: string; role: "staff" | "engineer" }[] }>;
  hasDevice(deviceId: string): Promise<boolean>;
  device(deviceId: string): Promise<DeviceAccount | undefined>;
  /** Every account as it is now: the same object for as long as nobody changes the file. */
  devices(): Promise<Readonly<Record<string, DeviceAccount>>>;
  verifyDevice(deviceId: string, password: string): Promise<boolean>;
  /** The role, or undefined for a wrong PIN or an unknown person: both take equally long. */
  verifyStaff(staffId: string, pin: string): Promise<"staff" | "engineer" | undefined>;
};

/**
 * Passwords of devices and PINs of staff, scrypt-hashed in `credentials.json`. `vitrine device add` changes the file
 * while the gateway runs: it is read again whenever it has changed, so a removed device is out at its next connection.
 */
export function createCredentials(dataFolder: string): Credentials {
  const path = join(dataFolder, "credentials.json");
  const hasher = createHasher();
  // Keyed hash of the secret -> the stored hash it matched. A new password or a removal makes the entry worthless.
  const verified = createBoundedMap<string>(4_096);
  const cacheKey = randomBytes(32);
  // Matched against when nobody has that name, so that the time taken tells nothing.
  const nobody = { machine: hasher.hash("", costs.machine), human: hasher.hash("", costs.human) };
  let loaded: { stamp: string; file: Promise<CredentialsFile> } | undefined;
  let writing: Promise<unknown> = Promise.resolve();

  async function current(): Promise<CredentialsFile> {
    const info = await stat(path, { bigint: true }).catch(ignoreMissing);
    const stamp = info ? `${info.ino} ${info.mtimeNs} ${info.size}` : "none";
    // The promise is kept, not the file: 2,000 devices that come back together read it once.
    if (loaded?.stamp !== stamp) loaded = { stamp, file: info ? readCredentials(path) : Promise.resolve(emptyFile()) };
    const attempt = loaded;
    return attempt.file.catch((error: unknown) => {
      if (loaded === attempt) loaded = undefined;
      throw error;
    });
  }

  async function change<T>(edit: (file: CredentialsFile) => T): Promise<T> {
    const turn = writing.then(async () => {
      const file = structuredClone(await current());
      const result = edit(file);
      await writeCredentials(dataFolder, path, file);
      loaded = undefined;
      return result;
    });
    writing = turn.catch(() => undefined);
    return turn;
  }

  async function matches(account: string, secret: string, stored: string | undefined, kind: keyof typeof costs) {
    // One account's secret never opens another's cache entry: the length prefix keeps the two parts apart.
    const key = createHmac("sha256", cacheKey)
      .update(`${kind} ${account.length} ${account} ${secret}`)
      .digest("base64");
    if (stored !== undefined && verified.get(key) === stored) return true;
    const match = await hasher.matches(secret, stored ?? (await nobody[kind]));
    if (match !== true || stored === undefined) return false;
    verified.set(key, stored);
    return true;
  }

  return {
    async addDevice(deviceId, about) {
      const password = randomBytes(18).toString("base64url");
      const hash = await hasher.hash(password, costs.machine);
      await change((file) => {
        file.devices[deviceId] = { ...own(file.devices, deviceId), hash, ...about };
      });
      return password;
    },
    addCertificate: (deviceId, serial, about) =>
      change((file) => {
        const account: DeviceAccount = own(file.devices, deviceId) ?? about;
        const certificates = [...(account.certificates ?? []), serial].slice(-maxCertificates);
        file.devices[deviceId] = { ...account, certificates };
      }),
    removeDevice: (deviceId) => change((file) => remove(file.devices, deviceId)),
    async setStaffPin(staffId, pin, role) {
      const hash = await hasher.hash(pin, costs.human);
      await change((file) => {
        file.staff[staffId] = { hash, role };
      });
    },
    removeStaff: (staffId) => change((file) => remove(file.staff, staffId)),
    async list() {
      const { devices, staff } = await current();
      return {
        devices: Object.keys(devices),
        staff: Object.entries(staff).map(([id, { role }]) => ({ id, role })),
      };
    },
    device: async (deviceId) => own((await current()).devices, deviceId),
    devices: async () => (await current()).devices,
    hasDevice: async (deviceId) => own((await current()).devices, deviceId) !== undefined,
    async verifyDevice(deviceId, password) {
      return matches(deviceId, password, own((await current()).devices, deviceId)?.hash, "machine");
    },
    async verifyStaff(staffId, pin) {
      const account = own((await current()).staff, staffId);
      return (await matches(staffId, pin, account?.hash, "human")) ? account?.role : undefined;
    },
  };
}

function emptyFile(): CredentialsFile {
  return { version: 1, devices: {}, staff: {} };
}

/** Names come from outside: "constructor" is not an account. */
function own<V>(record: Record<string, V>, key: string): V | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function remove(record: Record<string, unknown>, key: string): boolean {
  if (!Object.hasOwn(record, key)) return false;
  delete record[key];
  return true;
}

async function readCredentials(path: string): Promise<CredentialsFile> {
  try {
    const file: unknown = JSON.parse(await readFile(path, "utf8"));
    if (checker.Check(file)) return file;
  } catch (cause) {
    throw new Error(`cannot read ${path}`, { cause });
  }
  throw new Error(`${path} is not a credentials file: restore it from a backup or add the accounts again`);
}

/** A power cut leaves the old file or the new one, never half of either. */
async function writeCredentials(dataFolder: string, path: string, file: CredentialsFile): Promise<void> {
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}`;
  const handle = await open(draft, "w", 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(file, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, path);
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}
