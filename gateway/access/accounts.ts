import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import type { Clock } from "../clock.ts";
import { costs, createHasher, forPeople } from "./hashing.ts";
import type { StaffRole } from "./identity.ts";
import { createJsonFile } from "./json-file.ts";

const Hash = Type.String({ pattern: "^scrypt\\$1[0-6]\\$[A-Za-z0-9_-]{22}\\$[A-Za-z0-9_-]{43}$" });
const Base64Url = Type.String({ pattern: "^[A-Za-z0-9_-]{1,4096}$" });
const Role = Type.Union([Type.Literal("staff"), Type.Literal("manager"), Type.Literal("engineer")]);
const Passkey = Type.Object({
  id: Base64Url,
  publicKey: Base64Url,
  /** The host name it was made for. */
  rpId: Type.String(),
  counter: Type.Integer({ minimum: 0 }),
  transports: Type.Array(Type.String()),
  name: Type.String(),
  /** Kept in the cloud of a phone's maker, thus not lost with the phone. */
  backedUp: Type.Boolean(),
  createdAt: Type.Integer(),
  lastUsedAt: Type.Optional(Type.Integer()),
});
const Account = Type.Object({
  role: Role,
  /** Who vouches for this person. A chain's single sign-on would be another one. */
  provider: Type.Literal("local"),
  /** What a passkey calls this account: random, so that it tells nobody's name. */
  handle: Base64Url,
  /** Changes when whoever is signed in must sign in again. */
  generation: Base64Url,
  secret: Type.Optional(Type.Object({ kind: Type.Union([Type.Literal("pin"), Type.Literal("password")]), hash: Hash })),
  passkeys: Type.Array(Passkey),
  createdAt: Type.Integer(),
});
const Invitation = Type.Object({
  id: Type.String(),
  role: Role,
  /** Of the account to come: a passkey is made before there is one. */
  handle: Base64Url,
  expiresAt: Type.Integer(),
});
const AccountsFile = Type.Object({
  version: Type.Literal(1),
  accounts: Type.Record(Type.String(), Account),
  /** By the SHA-256 of the token: 256 random bits need no slow hash. */
  invitations: Type.Record(Type.String(), Invitation),
});
type AccountsFile = Static<typeof AccountsFile>;
export type Account = Static<typeof Account>;
export type StoredPasskey = Static<typeof Passkey>;
export type Invitation = Static<typeof Invitation>;
export type SecretKind = "pin" | "password";
const checker = Compile(AccountsFile);
const legacyChecker = Compile(
  Type.Object({ staff: Type.Record(Type.String(), Type.Object({ hash: Hash, role: Role })) }),
);

const maxPasskeys = 10;
const maxInvitations = 100;
/** Time enough to walk to the person; too short to be found in a chat next week. */
export const invitationMs = 30 * 60_000;

export type Accounts = ReturnType<typeof createAccounts>;

/** The people who may sign in: role, hash of PIN or password, passkeys. In `accounts.json`, its owner's only. */
export function createAccounts(dataFolder: string, clock: Clock) {
  const file = createJsonFile<AccountsFile>({
    folder: dataFolder,
    name: "accounts.json",
    empty: () => ({ version: 1, accounts: {}, invitations: {} }),
    check: (content): content is AccountsFile => checker.Check(content),
    damaged: "is not a file of accounts: restore it from a backup or invite the people again",
  });
  const hasher = createHasher(forPeople);
  // Matched against when nobody has that name, so that the time taken tells nothing.
  const nobody = hasher.hash("", costs.human);
  let takenOver: Promise<void> | undefined;

  /** PINs of earlier versions stood beside the devices' passwords. They are copied once. */
  async function takeOver() {
    // Whoever was removed since must not come back.
    if (existsSync(join(dataFolder, "accounts.json"))) return;
    const text = await readFile(join(dataFolder, "credentials.json"), "utf8").catch(() => "{}");
    const old = Object.entries(readLegacy(text));
    if (old.length === 0) return;
    await file.change(({ accounts }) => {
      for (const [id, { hash, role }] of old) {
        accounts[id] ??= { ...fresh(role), secret: { kind: "pin", hash } };
      }
    });
  }
  const ready = () => {
    takenOver ??= takeOver();
    return takenOver;
  };
  const fresh = (role: StaffRole): Account => ({
    role,
    provider: "local",
    handle: newHandle(),
    generation: newGeneration(),
    passkeys: [],
    createdAt: clock.now(),
  });
  const current = async () => {
    await ready();
    return file.current();
  };
  const change = async <R>(edit: (content: AccountsFile) => R) => {
    await ready();
    return file.change(edit);
  };

  return {
    get: async (id: string) => own((await current()).accounts, id),
    all: async () => Object.entries((await current()).accounts).map(([id, account]) => ({ id, account })),

    /** Makes the account or gives it a new secret; whoever is signed in with the old one is not any more. */
    async setSecret(id: string, kind: SecretKind, secret: string, role?: StaffRole): Promise<Account> {
      const hash = await hasher.hash(secret, costs.human);
      return change(({ accounts }) => {
        const account = own(accounts, id) ?? fresh(role ?? "staff");
        account.role = role ?? account.role;
        account.secret = { kind, hash };
        account.generation = newGeneration();
        accounts[id] = account;
        return account;
      });
    },
    /** The account when the secret is right; undefined for a wrong one and for nobody alike, in the same time. */
    async checkSecret(id: string, secret: string): Promise<Account | "busy" | undefined> {
      const account = own((await current()).accounts, id);
      const match = await hasher.matches(secret, account?.secret?.hash ?? (await nobody));
      if (match === "busy") return match;
      return match && account?.secret ? account : undefined;
    },
    remove: (id: string) =>
      change(({ accounts, invitations }) => {
        for (const [key, one] of Object.entries(invitations)) if (one.id === id) delete invitations[key];
        if (!Object.hasOwn(accounts, id)) return false;
        delete accounts[id];
        return true;
      }),
    /** Whoever is signed in as `id` must sign in again. */
    endSessions: (id: string) =>
      change(({ accounts }) => {
        const account = own(accounts, id);
        if (account) account.generation = newGeneration();
        return account !== undefined;
      }),

    async findPasskey(passkeyId: string) {
      for (const [id, account] of Object.entries((await current()).accounts)) {
        const passkey = account.passkeys.find((one) => one.id === passkeyId);
        if (passkey) return { id, account, passkey };
      }
      return undefined;
    },
    /** "full" at ten passkeys, "known" when somebody has it already, "gone" without the account. */
    addPasskey: (id: string, passkey: StoredPasskey) =>
      change(({ accounts }): "added" | "full" | "known" | "gone" => {
        const account = own(accounts, id);
        if (!account) return "gone";
        if (account.passkeys.length >= maxPasskeys) return "full";
        if (Object.values(accounts).some(({ passkeys }) => passkeys.some((one) => one.id === passkey.id)))
          return "known";
        account.passkeys.push(passkey);
        return "added";
      }),
    /** Judged and written in one step: of two that show the same counter only one gets in. */
    usePasskey: (id: string, passkeyId: string, counter: number) =>
      change(({ accounts }): "used" | "copied" | "gone" => {
        const passkey = own(accounts, id)?.passkeys.find((one) => one.id === passkeyId);
        if (!passkey) return "gone";
        // Synced passkeys count nothing and stay at 0; one that counts must count on (WebAuthn 7.2, step 22).
        if ((counter > 0 || passkey.counter > 0) && counter <= passkey.counter) return "copied";
        passkey.counter = counter;
        passkey.lastUsedAt = clock.now();
        return "used";
      }),
    renamePasskey: (id: string, passkeyId: string, name: string) =>
      change(({ accounts }) => {
        const passkey = own(accounts, id)?.passkeys.find((one) => one.id === passkeyId);
        if (passkey) passkey.name = name;
        return passkey;
      }),
    /** "last" when nothing would be left to sign in with. */
    removePasskey: (id: string, passkeyId: string) =>
      change(({ accounts }): "removed" | "last" | "gone" => {
        const account = own(accounts, id);
        const at = account?.passkeys.findIndex((one) => one.id === passkeyId) ?? -1;
        if (!account || at < 0) return "gone";
        if (account.passkeys.length === 1 && !account.secret) return "last";
        account.passkeys.splice(at, 1);
        account.generation = newGeneration();
        return "removed";
      }),

    /** A token that lets `id` in once within half an hour. Kept as a hash only; the newest one per person counts. */
    async invite(id: string, role: StaffRole): Promise<{ token: string; expiresAt: number }> {
      const token = randomBytes(32).toString("base64url");
      const expiresAt = clock.now() + invitationMs;
      await change(({ accounts, invitations }) => {
        for (const [key, one] of Object.entries(invitations)) {
          if (one.id === id || one.expiresAt <= clock.now()) delete invitations[key];
        }
        for (const key of Object.keys(invitations).slice(0, -(maxInvitations - 1))) delete invitations[key];
        const handle = own(accounts, id)?.handle ?? newHandle();
        invitations[hashOf(token)] = { id, role, handle, expiresAt };
      });
      return { token, expiresAt };
    },
    async invitation(token: string): Promise<Invitation | undefined> {
      const found = own((await current()).invitations, hashOf(token));
      return found && found.expiresAt > clock.now() ? found : undefined;
    },
    /** Uses the invitation up and opens its account with what the person brings, in one step. */
    async accept(
      token: string,
      means: { passkey: StoredPasskey } | { password: string },
    ): Promise<{ ok: true; id: string; account: Account } | { ok: false; reason: "gone" | "full" | "known" }> {
      const hash = "password" in means ? await hasher.hash(means.password, costs.human) : undefined;
      return change(({ accounts, invitations }) => {
        const invitation = own(invitations, hashOf(token));
        if (!invitation || invitation.expiresAt <= clock.now()) return { ok: false, reason: "gone" };
        const account = own(accounts, invitation.id) ?? { ...fresh(invitation.role), handle: invitation.handle };
        if ("passkey" in means) {
          if (account.passkeys.length >= maxPasskeys) return { ok: false, reason: "full" };
          const taken = Object.values(accounts).some(({ passkeys }) =>
            passkeys.some((one) => one.id === means.passkey.id),
          );
          if (taken) return { ok: false, reason: "known" };
          account.passkeys.push(means.passkey);
        }
        // Nobody who may do more is let in by digits that were enough for a member of staff.
        if (invitation.role !== "staff" && account.secret?.kind === "pin") delete account.secret;
        if (hash !== undefined) account.secret = { kind: "password", hash };
        account.role = invitation.role;
        account.generation = newGeneration();
        accounts[invitation.id] = account;
        delete invitations[hashOf(token)];
        return { ok: true, id: invitation.id, account };
      });
    },
  };
}

/** What stands for an invitation in the file and in challenges; the token itself stands nowhere. */
export const hashOf = (token: string) => createHash("sha256").update(token).digest("base64url");

const newHandle = () => randomBytes(24).toString("base64url");
const newGeneration = () => randomBytes(9).toString("base64url");

/** Names come from outside: "constructor" is not an account. */
function own<V>(record: Record<string, V>, key: string): V | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function readLegacy(text: string): Record<string, { hash: string; role: StaffRole }> {
  try {
    const content: unknown = JSON.parse(text);
    return legacyChecker.Check(content) ? content.staff : {};
  } catch {
    return {};
  }
}
