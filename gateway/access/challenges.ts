import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "../clock.ts";
import { createBoundedMap } from "./throttle.ts";

/** Long enough to find the phone; the browser's own dialogue gives up earlier. */
export const challengeMs = 5 * 60_000;
const randomLength = 16;
const macLength = 16;
const wholeLength = randomLength + 6 + macLength;

export type Challenges = ReturnType<typeof createChallenges>;

/**
 * What an authenticator signs: random, good for one purpose, for five minutes, once. It carries its own end and a MAC, so
 * that asking for a million of them takes no room here and pushes nobody's out; only those that were used are remembered,
 * and for that a true signature is needed. The key lives as long as the process: after a restart none is good any more.
 */
export function createChallenges(clock: Clock) {
  const key = randomBytes(32);
  const used = createBoundedMap<true>(10_000);
  const macOf = (purpose: string, body: Uint8Array) =>
    createHmac("sha256", key).update(`${purpose.length} ${purpose} `).update(body).digest().subarray(0, macLength);

  return {
    issue(purpose: string): string {
      const body = Buffer.alloc(randomLength + 6);
      randomBytes(randomLength).copy(body);
      body.writeUIntBE(clock.now() + challengeMs, randomLength, 6);
      return Buffer.concat([body, macOf(purpose, body)]).toString("base64url");
    },
    /** Takes the challenge for one attempt; false: not ours, not for this, too old, or used. */
    take(challenge: string, purpose: string): boolean {
      const bytes = Buffer.from(challenge, "base64url");
      if (bytes.length !== wholeLength || bytes.toString("base64url") !== challenge) return false;
      const body = bytes.subarray(0, -macLength);
      if (!timingSafeEqual(bytes.subarray(-macLength), macOf(purpose, body))) return false;
      if (body.readUIntBE(randomLength, 6) <= clock.now() || used.get(challenge)) return false;
      used.set(challenge, true);
      return true;
    },
    /** The attempt proved nothing: it did not count, so that failures fill no memory. */
    giveBack: (challenge: string) => used.delete(challenge),
  };
}
