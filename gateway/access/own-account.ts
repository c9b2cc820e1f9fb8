import { hashOf, type StoredPasskey } from "./accounts.ts";
import type { NewPasskey, PasskeyMade } from "./passkeys.ts";
import { judgePassword, judgePin } from "./password-rules.ts";
import type { Enter, Entered, From, PeopleParts, SignedIn } from "./people.ts";
import { knownOrigin, type Refused, refuse } from "./refuse.ts";

type Parts = PeopleParts & { enter: Enter; nameOf(id: string): string | undefined };

/** A session found open on a counter must not become a way in for good: these changes want a sign-in this young. */
const freshMs = 15 * 60_000;
const notThere: Refused = refuse(404, "not-found", "There is nothing here by that name.");
const notProved: Refused = refuse(400, "bad-passkey", "That passkey could not be kept.", "Begin once more.");
const full: Refused = refuse(409, "full", "Ten passkeys are enough.", "Remove one you no longer use.");
const over: Refused = refuse(
  410,
  "invitation-over",
  "This invitation is over.",
  "Ask for a new one. It is good once, for half an hour.",
);

export type PasskeyView = Pick<StoredPasskey, "id" | "name" | "backedUp" | "createdAt" | "lastUsedAt" | "rpId">;

/** What a person does with their own account: passkeys, password, sessions, and the invitation that began it. */
export function createOwnAccount(parts: Parts) {
  const { accounts, sessions, passkeys, audit, clock, origins, enter, nameOf } = parts;
  const about = (id: string) => [id, nameOf(id) ?? id];
  const note = (session: SignedIn, from: From, action: string, ok: boolean, subject?: string) =>
    audit.note({
      by: session.account,
      action,
      ok,
      address: from.address,
      ...(subject === undefined ? {} : { subject }),
    });

  function stale(session: SignedIn): Refused | undefined {
    if (clock.now() - session.since <= freshMs) return undefined;
    const detail = "You signed in more than a quarter of an hour ago, and this is worth being sure.";
    return refuse(403, "sign-in-again", "Sign in once more first.", detail);
  }

  async function startRegistration(purpose: string, id: string, handle: string, from: From) {
    const here = knownOrigin(origins(), from.origin);
    if (!here.ok) return here;
    const account = await accounts.get(id);
    const person = { handle, name: nameOf(id) ?? id, passkeys: account?.passkeys ?? [] };
    return { ok: true as const, options: passkeys.registrationOptions(here.origin, purpose, person) };
  }

  async function finishRegistration(purpose: string, made: PasskeyMade, from: From) {
    const here = knownOrigin(origins(), from.origin);
    if (!here.ok) return here;
    const passkey = await passkeys.verifyRegistration(made, here.origin, purpose);
    return passkey ? { ok: true as const, passkey } : notProved;
  }

  return {
    async account(session: SignedIn) {
      const account = await accounts.get(session.account);
      return {
        role: account?.role ?? "staff",
        signedInBy: session.by,
        since: session.since,
        ...(account?.secret ? { secret: account.secret.kind } : {}),
        passkeys: (account?.passkeys ?? []).map(viewOf),
        sessions: (await sessions.of(session.account)).map(({ id, since, lastUsedAt, userAgent, address, by }) => ({
          id,
          current: id === session.id,
          since,
          lastUsedAt,
          userAgent,
          address,
          by,
        })),
      };
    },

    async passkeyOptions(session: SignedIn, from: From) {
      const account = await accounts.get(session.account);
      if (!account) return notThere;
      return stale(session) ?? startRegistration(`add ${session.account}`, session.account, account.handle, from);
    },
    async addPasskey(session: SignedIn, made: PasskeyMade, name: string, from: From) {
      const old = stale(session);
      if (old) return old;
      const verified = await finishRegistration(`add ${session.account}`, made, from);
      if (!verified.ok) return verified;
      const passkey = named(verified.passkey, name);
      const added = await accounts.addPasskey(session.account, passkey);
      note(session, from, "passkey.add", added === "added", passkey.name);
      if (added === "added") return { ok: true as const, passkey: viewOf(passkey) };
      return added === "full" ? full : added === "gone" ? notThere : notProved;
    },
    async renamePasskey(session: SignedIn, passkeyId: string, name: string, from: From) {
      const passkey = await accounts.renamePasskey(session.account, passkeyId, tidy(name));
      note(session, from, "passkey.rename", passkey !== undefined, tidy(name));
      return passkey ? { ok: true as const, passkey: viewOf(passkey) } : notThere;
    },
    /** Ends every other session too: the one that was opened with it may be somebody else's by now. */
    async removePasskey(session: SignedIn, passkeyId: string, from: From) {
      const name = (await accounts.get(session.account))?.passkeys.find(({ id }) => id === passkeyId)?.name;
      const removed = await accounts.removePasskey(session.account, passkeyId);
      note(session, from, "passkey.remove", removed === "removed", name);
      if (removed === "removed") return stay(session);
      const detail = "Add another passkey or set a password first, or you could not come in again.";
      return removed === "last" ? refuse(409, "last-way-in", "This is your only way in.", detail) : notThere;
    },

    /** A password, or for staff a PIN. Ends every other session. */
    async changeSecret(session: SignedIn, secret: string, from: From) {
      const old = stale(session);
      if (old) return old;
      const account = await accounts.get(session.account);
      if (!account) return notThere;
      const asPin = account.role === "staff" && /^\d+$/.test(secret);
      const judgement = asPin ? judgePin(secret) : judgePassword(secret, about(session.account));
      if (!judgement.ok) return weak(judgement.reason);
      await accounts.setSecret(session.account, asPin ? "pin" : "password", secret);
      note(session, from, asPin ? "pin.change" : "password.change", true);
      return stay(session);
    },

    async signOut(session: SignedIn, from: From) {
      await sessions.end(({ key }) => key === session.key);
      note(session, from, "sign-out", true);
    },
    /** Every browser of this person, this one too; or only the one called `sessionId`. */
    async endSessions(session: SignedIn, sessionId: string | "all", from: From) {
      const ended = await sessions.end(
        ({ account, id }) => account === session.account && (sessionId === "all" || id === sessionId),
      );
      note(session, from, sessionId === "all" ? "sign-out.everywhere" : "sign-out.elsewhere", ended > 0);
      return ended > 0 ? { ok: true as const } : notThere;
    },

    async lookAtInvitation(token: string) {
      const invitation = await accounts.invitation(token);
      const name = invitation && nameOf(invitation.id);
      if (!invitation || name === undefined) return over;
      const { id, role, expiresAt } = invitation;
      return { ok: true as const, invitation: { id, name, role, expiresAt } };
    },
    async invitationOptions(token: string, from: From) {
      const invitation = await accounts.invitation(token);
      if (!invitation || nameOf(invitation.id) === undefined) return over;
      return startRegistration(`invitation ${hashOf(token)}`, invitation.id, invitation.handle, from);
    },
    /** Opens the account with a passkey or a password, and signs in. The invitation is used up only if that worked. */
    async acceptInvitation(token: string, means: Means, from: From): Promise<Entered | Refused> {
      const invitation = await accounts.invitation(token);
      if (!invitation || nameOf(invitation.id) === undefined) {
        audit.note({ by: "a stranger", action: "invitation.accept", ok: false, address: from.address });
        return over;
      }
      const checked = await checkMeans(token, invitation.id, means, from);
      if (!checked.ok) return checked;
      const accepted = await accounts.accept(token, checked.means);
      audit.note({ by: invitation.id, action: "invitation.accept", ok: accepted.ok, address: from.address });
      if (!accepted.ok) return accepted.reason === "gone" ? over : accepted.reason === "full" ? full : notProved;
      return enter(accepted.id, accepted.account, "passkey" in checked.means ? "passkey" : "password", from);
    },
  };

  async function checkMeans(token: string, id: string, means: Means, from: From): Promise<Checked | Refused> {
    if ("password" in means) {
      const judgement = judgePassword(means.password, about(id));
      return judgement.ok ? { ok: true, means } : weak(judgement.reason);
    }
    const verified = await finishRegistration(`invitation ${hashOf(token)}`, means.passkey, from);
    return verified.ok ? { ok: true, means: { passkey: named(verified.passkey, means.passkeyName) } } : verified;
  }

  /** The account's generation has changed: all its sessions end but this one. */
  async function stay(session: SignedIn): Promise<{ ok: true }> {
    const account = await accounts.get(session.account);
    await sessions.keepOnly(session.account, session.key, account?.generation ?? "");
    return { ok: true };
  }
}

export type Means = { password: string } | { passkey: PasskeyMade; passkeyName: string };
type Checked = { ok: true; means: { password: string } | { passkey: StoredPasskey } };

const weak = (reason: string) => refuse(400, "weak-secret", "Please choose another one.", reason);
const tidy = (name: string) =>
  name
    .replace(/\p{Cc}/gu, " ")
    .trim()
    .slice(0, 60) || "Passkey";
const named = (passkey: NewPasskey, name: string): StoredPasskey => ({ ...passkey, name: tidy(name) });

function viewOf({ id, name, backedUp, createdAt, lastUsedAt, rpId }: StoredPasskey): PasskeyView {
  return { id, name, backedUp, createdAt, rpId, ...(lastUsedAt === undefined ? {} : { lastUsedAt }) };
}
