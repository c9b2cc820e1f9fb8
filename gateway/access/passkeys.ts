import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import type { Clock } from "../clock.ts";
import type { Account, Accounts, StoredPasskey } from "./accounts.ts";
import { type Challenges, challengeMs } from "./challenges.ts";

/** What a browser hands over, as far as it is looked at. All of it is a stranger's word until it is verified. */
export type PasskeyAnswer = {
  id: string;
  response: { clientDataJSON: string; authenticatorData: string; signature: string; userHandle?: string };
};
export type PasskeyMade = {
  id: string;
  response: { clientDataJSON: string; attestationObject: string; transports?: string[] };
};

export type Proof =
  | { ok: true; id: string; account: Account }
  /** `id`: whose passkey it claims to be. "copied": rightly signed, with a counter that stands still. */
  | { ok: false; reason: "unknown" | "not proved" | "copied"; id?: string };

export type Passkeys = ReturnType<typeof createPasskeys>;

type Options = { accounts: Accounts; challenges: Challenges; clock: Clock; shopName: string };

/** EdDSA, ES256, RS256: what every authenticator on the market speaks one of. */
const algorithms = [-8, -7, -257];

/**
 * WebAuthn, both ceremonies: discoverable passkeys, the person verified by the device itself (face, finger, PIN of the
 * phone). `origin` is always one of the gateway's own list, never what a request says of itself unchecked.
 */
export function createPasskeys({ accounts, challenges, clock, shopName }: Options) {
  // Certificates and CBOR of it take memory that a shop without passkeys need not spend.
  const library = () => import("@simplewebauthn/server");

  async function verifySignIn(answer: PasskeyAnswer, origin: string): Promise<Proof> {
    const challenge = challengeOf(answer.response.clientDataJSON, origin);
    if (challenge === undefined || !challenges.take(challenge, signInPurpose(origin))) {
      return { ok: false, reason: "not proved" };
    }
    const found = await accounts.findPasskey(answer.id);
    const counter = found && (await counterIfSigned(answer, { ...found, challenge, origin }));
    if (!found || counter === undefined) {
      challenges.giveBack(challenge);
      return found ? { ok: false, reason: "not proved", id: found.id } : { ok: false, reason: "unknown" };
    }
    const used = await accounts.usePasskey(found.id, found.passkey.id, counter);
    if (used === "used") return { ok: true, id: found.id, account: found.account };
    return { ok: false, reason: used === "copied" ? "copied" : "unknown", id: found.id };
  }

  type Claim = { account: Account; passkey: StoredPasskey; challenge: string; origin: string };

  /** The authenticator's counter when everything is signed as it should be, else undefined. Never throws. */
  async function counterIfSigned(answer: PasskeyAnswer, claim: Claim): Promise<number | undefined> {
    const { account, passkey, challenge, origin } = claim;
    // Without a name typed first, the handle is what says whose passkey this is (WebAuthn 7.2, step 6).
    if (answer.response.userHandle !== account.handle || passkey.rpId !== rpIdOf(origin)) return undefined;
    const response: AuthenticationResponseJSON = {
      ...answer,
      rawId: answer.id,
      type: "public-key",
      clientExtensionResults: {},
    };
    try {
      const { verifyAuthenticationResponse } = await library();
      const { verified, authenticationInfo } = await verifyAuthenticationResponse({
        response,
        expectedChallenge: challenge,
        expectedOrigin: origin,
        expectedRPID: passkey.rpId,
        requireUserVerification: true,
        // The counter is judged where it is written: two at once must not both pass.
        credential: { id: passkey.id, publicKey: Buffer.from(passkey.publicKey, "base64url"), counter: 0 },
      });
      return verified ? authenticationInfo.newCounter : undefined;
    } catch {
      return undefined;
    }
  }

  return {
    signInOptions: (origin: string) => ({
      challenge: challenges.issue(signInPurpose(origin)),
      rpId: rpIdOf(origin),
      timeout: challengeMs,
      userVerification: "required" as const,
      allowCredentials: [],
    }),
    verifySignIn,

    /** `purpose` says for whom: a challenge made for Ana registers nothing for Ben. */
    registrationOptions(origin: string, purpose: string, person: Person) {
      return {
        challenge: challenges.issue(`${purpose} ${origin}`),
        rp: { id: rpIdOf(origin), name: shopName },
        user: { id: person.handle, name: person.name, displayName: person.name },
        pubKeyCredParams: algorithms.map((alg) => ({ type: "public-key" as const, alg })),
        timeout: challengeMs,
        attestation: "none" as const,
        excludeCredentials: person.passkeys.map(({ id, transports }) => ({
          id,
          type: "public-key" as const,
          transports,
        })),
        authenticatorSelection: {
          residentKey: "required" as const,
          requireResidentKey: true,
          userVerification: "required" as const,
        },
      };
    },
    /** The passkey to keep, or undefined when it is not what was asked for. Never throws. */
    async verifyRegistration(made: PasskeyMade, origin: string, purpose: string): Promise<NewPasskey | undefined> {
      const challenge = challengeOf(made.response.clientDataJSON, origin);
      if (challenge === undefined || !challenges.take(challenge, `${purpose} ${origin}`)) return undefined;
      const response: RegistrationResponseJSON = {
        id: made.id,
        rawId: made.id,
        type: "public-key",
        clientExtensionResults: {},
        response: {
          clientDataJSON: made.response.clientDataJSON,
          attestationObject: made.response.attestationObject,
        },
      };
      try {
        const { verifyRegistrationResponse } = await library();
        const { verified, registrationInfo } = await verifyRegistrationResponse({
          response,
          expectedChallenge: challenge,
          expectedOrigin: origin,
          expectedRPID: rpIdOf(origin),
          requireUserVerification: true,
          supportedAlgorithmIDs: algorithms,
        });
        if (verified && registrationInfo.credential.id === made.id) {
          const { credential, credentialBackedUp } = registrationInfo;
          return {
            id: credential.id,
            publicKey: Buffer.from(credential.publicKey).toString("base64url"),
            rpId: rpIdOf(origin),
            counter: credential.counter,
            transports: (made.response.transports ?? []).slice(0, 8),
            backedUp: credentialBackedUp,
            createdAt: clock.now(),
          };
        }
      } catch {
        // What is not CBOR or not signed is no passkey; why is of no use to whoever sent it.
      }
      challenges.giveBack(challenge);
      return undefined;
    },
  };
}

export type NewPasskey = Omit<StoredPasskey, "name">;
type Person = { handle: string; name: string; passkeys: { id: string; transports: string[] }[] };

const signInPurpose = (origin: string) => `sign-in ${origin}`;
const rpIdOf = (origin: string) => new URL(origin).hostname;

/** The challenge that was signed, when it was signed for a page of `origin` itself and not inside somebody's frame. */
function challengeOf(clientDataJSON: string, origin: string): string | undefined {
  try {
    const data: unknown = JSON.parse(Buffer.from(clientDataJSON, "base64url").toString());
    if (typeof data !== "object" || data === null) return undefined;
    if (!("origin" in data) || data.origin !== origin) return undefined;
    if ("crossOrigin" in data && data.crossOrigin !== false) return undefined;
    return "challenge" in data && typeof data.challenge === "string" ? data.challenge : undefined;
  } catch {
    return undefined;
  }
}
