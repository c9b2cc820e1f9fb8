import type { Clock } from "../clock.ts";
import { createBoundedMap, createLockout } from "./throttle.ts";

/** Twenty wrong ones for one account from everywhere, or from one address for all accounts, are no slip of a finger. */
const crowdLimit = 20;
/** A stranger can make a colleague's PIN wait no longer than this; a passkey never waits for others. */
const maxCrowdWaitMs = 15 * 60_000;

export type SignInGuesses = ReturnType<typeof createSignInGuesses>;

/**
 * Wrong PINs and passwords of people. Three counts, each with growing waits: this address for this account (five are
 * free), this address for all accounts, this account from all addresses. The last would let a stranger shut somebody
 * out, so it does not count where that person has signed in before, and its waits end at a quarter of an hour.
 */
export function createSignInGuesses(clock: Clock) {
  const pairs = createLockout(clock);
  const addresses = createLockout(clock, { limit: crowdLimit, maxWaitMs: maxCrowdWaitMs });
  const accounts = createLockout(clock, { limit: crowdLimit, maxWaitMs: maxCrowdWaitMs });
  /** Where somebody was let in: at 5,000 the longest unseen is forgotten. */
  const known = createBoundedMap<true>(5_000);
  let blocked = 0;
  const pairOf = (address: string, account: string) => `${address} ${account}`;

  return {
    /** 0, or how many ms to wait. */
    blockedForMs(address: string, account: string): number {
      const pair = pairOf(address, account);
      const waitMs = Math.max(
        pairs.blockedForMs(pair),
        addresses.blockedForMs(address),
        known.get(pair) ? 0 : accounts.blockedForMs(account),
      );
      if (waitMs > 0) blocked += 1;
      return waitMs;
    },
    /** Counted before it is checked, so that a thousand guesses sent at once are a thousand guesses. */
    failed(address: string, account: string) {
      pairs.failed(pairOf(address, account));
      addresses.failed(address);
      accounts.failed(account);
    },
    /** It was not looked at after all. */
    undo(address: string, account: string) {
      pairs.undo(pairOf(address, account));
      addresses.undo(address);
      accounts.undo(account);
    },
    succeeded(address: string, account: string) {
      pairs.succeeded(pairOf(address, account));
      // One right answer is no excuse for the wrong ones about others: the address only gets this one back.
      addresses.undo(address);
      accounts.succeeded(account);
      known.set(pairOf(address, account), true);
    },
    blocked: () => blocked,
  };
}
