import { createHash, createHmac, randomBytes } from "node:crypto";
import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import type { Grant } from "#wire/formats/grants.ts";
import { costs, createHasher } from "./hashing.ts";
import { createJsonFile } from "./json-file.ts";
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
  /** PINs of people, as earlier versions kept them; `accounts.ts` takes them over once. */
  staff: Type.Record(Type.String(), Type.Unknown()),
});
type CredentialsFile = Static<typeof CredentialsFile>;
const checker = Compile(CredentialsFile);

export type Credentials = {
  /** Makes the account, or gives it a new password. The password is told once and kept nowhere. */
  addDevice(deviceId: string, about?: { grant: Grant; format: string }): Promise<string>;
  /** Remembers a client certificate, with the account's grant or `about` when it is new. */
  addCertificate(deviceId: string, serial: string, about: { grant: Grant; format: string }): Promise<void>;
  removeDevice(deviceId: string): Promise<boolean>;
  list(): Promise<{ devices: string[] }>;
  hasDevice(deviceId: string): Promise<boolean>;
  /** See `stampOf`. */
  stamp(deviceId: string): Promise<string | undefined>;
  device(deviceId: string): Promise<DeviceAccount | undefined>;
  /** Every account as it is now: the same object for as long as nobody changes the file. */
  devices(): Promise<Readonly<Record<string, DeviceAccount>>>;
  verifyDevice(deviceId: string, password: string): Promise<boolean>;
};

/**
 * Passwords of devices, scrypt-hashed in `credentials.json`. `vitrine device add` changes the file
 * while the gateway runs: it is read again whenever it has changed, so a removed device is out at its next connection.
 */
export function createCredentials(dataFolder: string): Credentials {
  const { current, change } = createJsonFile<CredentialsFile>({
    folder: dataFolder,
    name: "credentials.json",
    empty: () => ({ version: 1, devices: {}, staff: {} }),
    check: (content): content is CredentialsFile => checker.Check(content),
    damaged: "is not a credentials file: restore it from a backup or add the accounts again",
  });
  const hasher = createHasher();
  // Keyed hash of the secret -> the stored hash it matched. A new password or a removal makes the entry worthless.
  const verified = createBoundedMap<string>(4_096);
  const cacheKey = randomBytes(32);
  // Matched against when nobody has that name, so that the time taken tells nothing.
  const nobody = hasher.hash("", costs.machine);

  async function matches(account: string, secret: string, stored: string | undefined) {
    // One account's secret never opens another's cache entry: the length prefix keeps the two parts apart.
    const key = createHmac("sha256", cacheKey).update(`${account.length} ${account} ${secret}`).digest("base64");
    if (stored !== undefined && verified.get(key) === stored) return true;
    const match = await hasher.matches(secret, stored ?? (await nobody));
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
        const account: DeviceAccount = { ...about, ...own(file.devices, deviceId) };
        const certificates = [...(account.certificates ?? []), serial].slice(-maxCertificates);
        file.devices[deviceId] = { ...account, certificates };
      }),
    removeDevice: (deviceId) => change((file) => remove(file.devices, deviceId)),
    async list() {
      return { devices: Object.keys((await current()).devices) };
    },
    device: async (deviceId) => own((await current()).devices, deviceId),
    devices: async () => (await current()).devices,
    hasDevice: async (deviceId) => own((await current()).devices, deviceId) !== undefined,
    stamp: async (deviceId) => stampOf(own((await current()).devices, deviceId)),
    async verifyDevice(deviceId, password) {
      return matches(deviceId, password, own((await current()).devices, deviceId)?.hash);
    },
  };
}

/** Another one with every new password; it tells nothing about it. undefined: no account. */
export function stampOf(account: DeviceAccount | undefined): string | undefined {
  return (
    account &&
    createHash("sha256")
      .update(account.hash ?? "")
      .digest("base64url")
      .slice(0, 16)
  );
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
