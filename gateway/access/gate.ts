import { createSignInGuesses } from "./guesses.ts";
import type { StaffRole } from "./identity.ts";
import type { PasskeyAnswer } from "./passkeys.ts";
import type { Enter, Entered, From, PeopleParts } from "./people.ts";
import { knownOrigin, type Refused, refuse } from "./refuse.ts";
import { isShopAddress } from "./shop-network.ts";
import { createLockout } from "./throttle.ts";

type Parts = PeopleParts & { enter: Enter };

/** Twenty passkeys in a row that prove nothing come from a program. */
const passkeyLimit = 20;

/** The ways in: name with PIN or password, or a passkey. */
export function createGate({ accounts, passkeys, audit, clock, people, origins, enter }: Parts) {
  const guesses = createSignInGuesses(clock);
  const passkeyGuesses = createLockout(clock, { limit: passkeyLimit, maxWaitMs: 15 * 60_000 });
  const count = { secret: 0, passkey: 0, wrongSecret: 0, wrongPasskey: 0, copied: 0 };

  function wait(waitMs: number, why: string): Refused {
    return { ...refuse(429, "too-many", "A little slower, please.", `${why} Try again ${inWords(waitMs)}.`), waitMs };
  }

  /** `name` is the name or the id of somebody on the shop's list. */
  async function signIn(name: string, secret: string, from: From): Promise<Entered | Refused> {
    const wanted = name.trim().toLowerCase();
    const person = people().find((one) => one.id.toLowerCase() === wanted || one.name.toLowerCase() === wanted);
    const key = person?.id ?? `nobody ${wanted}`;
    const waitMs = guesses.blockedForMs(from.address, key);
    if (waitMs > 0) return wait(waitMs, "Too many wrong PINs or passwords.");
    guesses.failed(from.address, key);
    // An unknown name is checked too (and fails), so that the time taken does not tell who works here.
    const account = await accounts.checkSecret(person?.id ?? "", secret);
    if (account === "busy") {
      guesses.undo(from.address, key);
      return wait(5_000, "Many people are signing in.");
    }
    if (!person || !account) {
      count.wrongSecret += 1;
      // What a stranger typed as name may be their password: it is not written down.
      audit.note({ by: person?.id ?? "a stranger", action: "sign-in", ok: false, address: from.address });
      return refuse(401, "wrong-pin", "Name and PIN do not match.");
    }
    guesses.succeeded(from.address, key);
    const refused = account.secret?.kind === "pin" ? judgeWithPin(account.role, from.address) : undefined;
    if (refused) {
      audit.note({ by: person.id, action: "sign-in", ok: false, address: from.address, detail: refused.problem.type });
      return refused;
    }
    count.secret += 1;
    return enter(person.id, account, account.secret?.kind ?? "password", from);
  }

  /** A few digits are enough for somebody who stands in the shop, and for what staff may do. */
  function judgeWithPin(role: StaffRole, address: string): Refused | undefined {
    if (role !== "staff") {
      const detail = "Whoever runs the gateway makes an invitation: vitrine staff invite.";
      const whom = role === "manager" ? "A manager" : "An engineer";
      return refuse(403, "stronger", `${whom} needs a passkey or a password.`, detail);
    }
    if (isShopAddress(address)) return undefined;
    return refuse(403, "stronger", "A PIN is for the shop’s own network.", "Use a passkey or a password from here.");
  }

  /** Never waits for what others guess: a locked account still opens with its passkey. */
  async function signInWithPasskey(answer: PasskeyAnswer, from: From): Promise<Entered | Refused> {
    const here = knownOrigin(origins(), from.origin);
    if (!here.ok) return here;
    const waitMs = passkeyGuesses.blockedForMs(from.address);
    if (waitMs > 0) return wait(waitMs, "Too many passkeys that are not known here.");
    const proof = await passkeys.verifySignIn(answer, here.origin);
    if (proof.ok && people().some(({ id }) => id === proof.id)) {
      passkeyGuesses.succeeded(from.address);
      count.passkey += 1;
      return enter(proof.id, proof.account, "passkey", from);
    }
    passkeyGuesses.failed(from.address);
    count.wrongPasskey += 1;
    const copied = !proof.ok && proof.reason === "copied";
    if (copied) count.copied += 1;
    audit.note({
      by: proof.id ?? "a stranger",
      action: "sign-in",
      ok: false,
      address: from.address,
      detail: copied ? "passkey: its counter stands still, it may have been copied" : "passkey",
    });
    return copied
      ? refuse(401, "passkey-copied", "This passkey may have been copied.", "Sign in another way and remove it.")
      : refuse(401, "wrong-passkey", "This passkey does not open this shop.", "It may have been removed here.");
  }

  return {
    signIn,
    signInWithPasskey,
    passkeyOrigins: origins,
    signInOptions(from: Pick<From, "origin">) {
      const here = knownOrigin(origins(), from.origin);
      return here.ok ? { ok: true as const, options: passkeys.signInOptions(here.origin) } : here;
    },
    gateCounters: () => ({ ...count, locked: guesses.blocked() }),
  };
}

function inWords(waitMs: number): string {
  const seconds = Math.ceil(waitMs / 1000);
  if (seconds < 100) return seconds === 1 ? "in a second" : `in ${seconds} seconds`;
  return `in ${Math.ceil(seconds / 60)} minutes`;
}
