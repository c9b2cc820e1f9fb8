import type { Clock } from "../clock.ts";
import type { Account, Accounts } from "./accounts.ts";
import type { Audit } from "./audit.ts";
import { createGate } from "./gate.ts";
import type { StaffRole } from "./identity.ts";
import { createOwnAccount } from "./own-account.ts";
import type { PasskeyAnswer, Passkeys } from "./passkeys.ts";
import type { Session, Sessions } from "./sessions.ts";

export type PersonCaller = { role: StaffRole; id: string; name: string };
/** One browser in which somebody is signed in. */
export type SignedIn = { key: string; id: string; account: string; since: number; by: Session["by"] };
export type From = { address: string; userAgent: string; origin: string | undefined };
export type Entered = { ok: true; caller: PersonCaller; cookie: string };

export type PeopleParts = {
  accounts: Accounts;
  sessions: Sessions;
  passkeys: Passkeys;
  audit: Audit;
  clock: Clock;
  /** The shop's list: whoever is not on it does not come in, whatever they have. */
  people(): readonly { id: string; name: string }[];
  /** Where passkeys may be made and used: the pages' own addresses, from the configuration. */
  origins(): readonly string[];
};

export type People = ReturnType<typeof createPeople>;

/** Who works here, how they come in, and for how long. Everything that changes is noted in the audit log. */
export function createPeople(parts: PeopleParts) {
  const { accounts, sessions, audit, people } = parts;
  const nameOf = (id: string) => people().find((one) => one.id === id)?.name;

  async function enter(id: string, account: Account, by: Session["by"], from: From): Promise<Entered> {
    const { generation, role } = account;
    const { address, userAgent } = from;
    const cookie = await sessions.begin({ account: id, generation, role, by, address, userAgent });
    audit.note({ by: id, action: "sign-in", ok: true, address, detail: by });
    return { ok: true, caller: { role, id, name: nameOf(id) ?? id }, cookie };
  }

  const stands = (session: Session, account: Account | undefined) =>
    account?.generation === session.generation &&
    account.role === session.role &&
    nameOf(session.account) !== undefined;

  return {
    ...createGate({ ...parts, enter }),
    ...createOwnAccount({ ...parts, enter, nameOf }),

    /** Who holds this cookie. Asked at every request: a removed account is out at once. */
    async callerOf(cookie: string): Promise<{ caller: PersonCaller; session: SignedIn } | undefined> {
      const session = await sessions.use(cookie);
      if (!session || !stands(session, await accounts.get(session.account))) return undefined;
      const { key, id, account, since, by, role } = session;
      return {
        caller: { role, id: account, name: nameOf(account) ?? account },
        session: { key, id, account, since, by },
      };
    },
    whenEnded: sessions.whenEnded,

    /** Once a second: sessions that are over, or whose account was changed by the command line, end with their streams. */
    async tick(): Promise<void> {
      const standing = new Map((await accounts.all()).map(({ id, account }) => [id, account]));
      await sessions.sweep((session) => stands(session, standing.get(session.account)));
    },
    close: () => sessions.close(),
  };
}

export type Enter = (id: string, account: Account, by: Session["by"], from: From) => Promise<Entered>;
export type { PasskeyAnswer };
