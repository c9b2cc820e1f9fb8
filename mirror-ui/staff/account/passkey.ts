import {
  browserSupportsWebAuthnAutofill,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  startAuthentication,
  startRegistration,
  WebAuthnAbortService,
} from "@simplewebauthn/browser";
import { ApiError, api } from "../../link.ts";

export type Entered = { id: string; name: string };
export type Passkey = { id: string; name: string; backedUp: boolean; createdAt: number; lastUsedAt?: number };

const signInAt = "/api/v1/staff/passkey-sign-in";
/** The gateway forgets what it asked after five minutes; an offer in the name field is renewed before that. */
const renewOfferMs = 4 * 60_000;

/** Asks this device for a passkey and the gateway whether it opens the shop. Throws ApiError or `Declined`. */
export async function signInWithPasskey(): Promise<Entered> {
  const optionsJSON = await api<PublicKeyCredentialRequestOptionsJSON>("POST", `${signInAt}/options`);
  const answer = await asked(() => startAuthentication({ optionsJSON }));
  return api<Entered>("POST", signInAt, answer);
}

/**
 * Offers this person's passkeys in the name field, as a password manager offers passwords, until somebody takes one.
 * Does nothing where the browser cannot. Returns how to stop offering.
 */
export function offerPasskeys(enter: (person: Entered) => void, refused: (error: unknown) => void): () => void {
  let stopped = false;
  let renewal: ReturnType<typeof setTimeout> | undefined;

  async function offer(): Promise<void> {
    if (stopped || !(await browserSupportsWebAuthnAutofill())) return;
    const optionsJSON = await api<PublicKeyCredentialRequestOptionsJSON>("POST", `${signInAt}/options`);
    if (stopped) return;
    renewal = setTimeout(() => void offer().catch(() => undefined), renewOfferMs);
    // Whoever types a name instead ends the offer, which is no mistake of theirs.
    const answer = await startAuthentication({ optionsJSON, useBrowserAutofill: true }).catch(() => undefined);
    if (!answer || stopped) return;
    await api<Entered>("POST", signInAt, answer).then(enter, refused);
  }
  void offer().catch(() => undefined);
  return () => {
    stopped = true;
    clearTimeout(renewal);
    WebAuthnAbortService.cancelCeremony();
  };
}

export async function addPasskey(name: string): Promise<Passkey> {
  const optionsJSON = await api<PublicKeyCredentialCreationOptionsJSON>("POST", "/api/v1/staff/passkeys/options");
  const passkey = await asked(() => startRegistration({ optionsJSON }));
  return api<Passkey>("POST", "/api/v1/staff/passkeys", { name, passkey });
}

export async function acceptWithPasskey(token: string, passkeyName: string): Promise<Entered> {
  const at = "/api/v1/staff/invitations";
  const optionsJSON = await api<PublicKeyCredentialCreationOptionsJSON>("POST", `${at}/options`, { token });
  const passkey = await asked(() => startRegistration({ optionsJSON }));
  return api<Entered>("POST", `${at}/accept`, { token, passkey, passkeyName });
}

/** The person, or the device, said no. */
class Declined extends Error {}

async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const name = error instanceof Error ? error.name : "";
    if (name === "InvalidStateError") throw new Declined("This device has a passkey of yours already.");
    if (name === "NotAllowedError" || name === "AbortError") {
      throw new Declined("No passkey was chosen. Try again, or come in another way.");
    }
    throw new Declined("This device cannot keep a passkey for this address.");
  }
}

/** What went wrong, in a sentence or two for the person. */
export function whatWentWrong(error: unknown): string {
  if (error instanceof ApiError) return [error.message, error.detail].filter(Boolean).join(" ");
  return error instanceof Declined ? error.message : "That did not work. Try again.";
}
