import { randomBytes, randomInt } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { parseArgs } from "node:util";
import { renderUnicodeCompact } from "uqr";
import type { StoreConfig } from "#wire/store-config.ts";
import { type Accounts, createAccounts } from "../access/accounts.ts";
import { type Audit, createAudit } from "../access/audit.ts";
import { isStaffRole, type StaffRole, staffRoles } from "../access/identity.ts";
import { judgePin } from "../access/password-rules.ts";
import { systemClock } from "../clock.ts";
import { dataFolderOf, loadOrExit, plain } from "./setting.ts";

type Call = {
  accounts: Accounts;
  audit: Audit;
  /** What stands after the action on the command line. */
  words: string[];
  config(): StoreConfig;
  role: StaffRole;
  url: string | undefined;
};

const usage = `vitrine staff add ID [--role ROLE]          a PIN (manager, engineer: a password), shown once; again for a new one
vitrine staff invite ID [--role ROLE]       a link for a first passkey or password, good once, for half an hour
vitrine staff list                          who may sign in, and how
vitrine staff passkeys ID [remove NUMBER]   the passkeys of one person
vitrine staff sign-out ID                   whoever is signed in as ID must sign in again
vitrine staff remove ID                     nobody signs in as ID any more
ROLE: staff (if left out), manager (may change the planogram, write off, receive deliveries), engineer (may do all)`;

const actions: Record<string, (call: Call) => Promise<void>> = {
  add,
  invite,
  list,
  passkeys,
  remove,
  "sign-out": signOut,
};

export async function run(args: string[]) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      data: { type: "string" },
      config: { type: "string" },
      engineer: { type: "boolean" },
      role: { type: "string" },
      url: { type: "string" },
    },
  });
  const [name, ...words] = positionals;
  const action = Object.hasOwn(actions, name ?? "") ? actions[name ?? ""] : undefined;
  if (!action) throw plain(usage);
  const dataFolder = dataFolderOf(values.data);
  const audit = createAudit({ dataFolder, clock: systemClock });
  await action({
    accounts: createAccounts(dataFolder, systemClock),
    audit,
    words,
    config: () => loadOrExit(values.config).config,
    role: roleOf(values.role, values.engineer ?? false),
    url: values.url,
  });
  await audit.flush();
}

async function add({ accounts, audit, words, config, role }: Call) {
  const { id } = personOf(config(), words[0]);
  const { kind, secret } = role === "staff" ? newPin() : newPassword();
  await accounts.setSecret(id, kind, secret, role);
  note(audit, "account.add", id, role);
  const asked = kind === "pin" ? `PIN ${secret}` : `password ${secret}`;
  console.log(`${id} signs in with ${asked}\nIt is shown once. The gateway keeps only a hash of it.`);
}

async function invite({ accounts, audit, words, config, role, url }: Call) {
  const loaded = config();
  const { id, name } = personOf(loaded, words[0]);
  const pages = pagesOf(loaded, url);
  const { token, expiresAt } = await accounts.invite(id, role);
  note(audit, "account.invite", id, role);
  // After the #, which a browser keeps to itself: no server's log holds it.
  const link = `${pages}/staff#invitation=${token}`;
  const until = new Intl.DateTimeFormat(loaded.store.locale, { timeStyle: "short", timeZone: loaded.store.timeZone });
  console.log(renderUnicodeCompact(link));
  console.log(`${link}\n\nFor ${name}, as ${role}. Good once, until ${until.format(expiresAt)}.`);
}

async function list({ accounts }: Call) {
  const everybody = await accounts.all();
  const lines = everybody.map(({ id, account: { role, secret, passkeys } }) => {
    const ways = [
      ...(secret?.kind === "password" ? ["password"] : []),
      ...(passkeys.length > 0 ? [passkeys.length === 1 ? "1 passkey" : `${passkeys.length} passkeys`] : []),
    ];
    return [id, role, ...(ways.length > 0 ? [ways.join(", ")] : [])].join("  ");
  });
  console.log(lines.length === 0 ? "Nobody can sign in yet." : lines.join("\n"));
}

async function passkeys({ accounts, audit, words: [id, verb, number] }: Call) {
  const account = id === undefined ? undefined : await accounts.get(id);
  if (id === undefined || !account) throw plain(`${id ?? "Nobody"} has no account. vitrine staff list shows who has.`);
  if (verb === undefined) {
    const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
    const lines = account.passkeys.map(
      ({ name, createdAt, lastUsedAt, rpId }, index) =>
        `${index + 1}  ${name}  for ${rpId}, since ${day(createdAt)}, ${lastUsedAt ? `used ${day(lastUsedAt)}` : "not used yet"}`,
    );
    console.log(lines.length === 0 ? `${id} has no passkey.` : lines.join("\n"));
    return;
  }
  const passkey = account.passkeys[Number(number) - 1];
  if (verb !== "remove" || !passkey) throw plain(usage);
  const removed = await accounts.removePasskey(id, passkey.id);
  if (removed === "last") throw plain("It is the only way in. Remove the person, or add a PIN or an invitation first.");
  note(audit, "passkey.remove", id, passkey.name);
  console.log(`${passkey.name} no longer opens anything. ${id} must sign in again.`);
}

async function remove({ accounts, audit, words: [id = ""] }: Call) {
  const removed = await accounts.remove(id);
  if (removed) note(audit, "account.remove", id);
  console.log(removed ? `${id} can no longer sign in, and is signed out.` : `${id} had no account.`);
}

async function signOut({ accounts, audit, words: [id = ""] }: Call) {
  const ended = await accounts.endSessions(id);
  if (ended) note(audit, "sign-out.everywhere", id);
  console.log(ended ? `${id} must sign in again, everywhere.` : `${id} had no account.`);
}

function note(audit: Audit, action: string, subject: string, detail?: string) {
  const by = `command line, ${userInfo().username}`;
  audit.note({ by, action, subject, ok: true, ...(detail === undefined ? {} : { detail }) });
}

function roleOf(role: string | undefined, engineer: boolean): StaffRole {
  if (role === undefined) return engineer ? "engineer" : "staff";
  if (isStaffRole(role)) return role;
  throw plain(`There is no role ${role}. There are ${staffRoles.join(", ")}.`);
}

function personOf({ staff }: StoreConfig, wanted: string | undefined): { id: string; name: string } {
  if (wanted === undefined) throw plain(usage);
  const plainly = wanted.toLowerCase();
  const person = staff.find(({ id, name }) => id.toLowerCase() === plainly || name.toLowerCase() === plainly);
  if (person) return person;
  throw plain(`${wanted} is not in the configuration. People there: ${staff.map(({ id }) => id).join(", ")}`);
}

/** Where the person will open the link. A passkey wants this computer itself, or https under a name. */
function pagesOf({ http, tls }: StoreConfig, url: string | undefined): string {
  if (url === undefined) {
    if (!tls) return `http://localhost:${http.port}`;
    const named = typeof tls === "object" ? tls.names?.find((name) => /[a-z]/i.test(name)) : undefined;
    return new URL(`https://${named ?? `${hostname().split(".")[0]}.local`}:${http.port}`).origin;
  }
  if (!URL.canParse(url) || !/^https?:/.test(url))
    throw plain(`${url} is no address of a page, like https://shop.local`);
  return new URL(url).origin;
}

function newPin(): { kind: "pin"; secret: string } {
  for (;;) {
    const secret = String(randomInt(10_000_000, 99_999_999));
    if (judgePin(secret).ok) return { kind: "pin", secret };
  }
}

/** 100 random bits in four groups without look-alikes. */
function newPassword(): { kind: "password"; secret: string } {
  const letters = "abcdefghjkmnpqrstuvwxyz23456789x";
  const picked = [...randomBytes(20)].map((byte) => letters[byte % 32]);
  const groups = [0, 5, 10, 15].map((at) => picked.slice(at, at + 5).join(""));
  return { kind: "password", secret: groups.join("-") };
}
