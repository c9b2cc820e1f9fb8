/** What the HTTP edge needs of the people's accounts; access/people.ts provides it. */

export type PersonCaller = { role: "staff" | "manager" | "engineer"; id: string; name: string };
/** One browser in which somebody is signed in. `key` names it inside the gateway and never leaves it. */
export type SignedIn = { key: string; id: string; account: string; since: number; by: WayIn };
export type WayIn = "pin" | "password" | "passkey";

/** Where a request comes from. `origin` is what the browser says, to be compared with the gateway's own list. */
export type From = { address: string; userAgent: string; origin: string | undefined };
export type Refused = {
  ok: false;
  problem: { status: number; type: string; title: string; detail?: string };
  waitMs?: number;
};
export type Entered = { ok: true; caller: PersonCaller; cookie: string };

export type PasskeyView = {
  id: string;
  name: string;
  backedUp: boolean;
  createdAt: number;
  lastUsedAt?: number;
  rpId: string;
};
export type OwnAccount = {
  role: "staff" | "manager" | "engineer";
  signedInBy: WayIn;
  since: number;
  secret?: "pin" | "password";
  passkeys: PasskeyView[];
  sessions: {
    id: string;
    current: boolean;
    since: number;
    lastUsedAt: number;
    userAgent: string;
    address: string;
    by: WayIn;
  }[];
};

/** What a browser's authenticator answers, as far as it is looked at (WebAuthn, JSON form). */
export type PasskeyAnswer = {
  id: string;
  response: { clientDataJSON: string; authenticatorData: string; signature: string; userHandle?: string };
};
export type PasskeyMade = {
  id: string;
  response: { clientDataJSON: string; attestationObject: string; transports?: string[] };
};

type Options = { ok: true; options: object } | Refused;
type Kept = { ok: true; passkey: PasskeyView } | Refused;
type Done = { ok: true } | Refused;

export type StaffAccess = {
  callerOf(cookie: string): Promise<{ caller: PersonCaller; session: SignedIn } | undefined>;
  /** Calls `stop` when the session ends, at once if it has. Returns how to forget about it. */
  whenEnded(key: string, stop: () => void): () => void;

  passkeyOrigins(): readonly string[];
  signIn(name: string, secret: string, from: From): Promise<Entered | Refused>;
  signInOptions(from: From): Options;
  signInWithPasskey(answer: PasskeyAnswer, from: From): Promise<Entered | Refused>;

  lookAtInvitation(
    token: string,
  ): Promise<{ ok: true; invitation: { id: string; name: string; role: string; expiresAt: number } } | Refused>;
  invitationOptions(token: string, from: From): Promise<Options>;
  acceptInvitation(
    token: string,
    means: { password: string } | { passkey: PasskeyMade; passkeyName: string },
    from: From,
  ): Promise<Entered | Refused>;

  account(session: SignedIn): Promise<OwnAccount>;
  passkeyOptions(session: SignedIn, from: From): Promise<Options>;
  addPasskey(session: SignedIn, made: PasskeyMade, name: string, from: From): Promise<Kept>;
  renamePasskey(session: SignedIn, passkeyId: string, name: string, from: From): Promise<Kept>;
  removePasskey(session: SignedIn, passkeyId: string, from: From): Promise<Done>;
  changeSecret(session: SignedIn, secret: string, from: From): Promise<Done>;
  signOut(session: SignedIn, from: From): Promise<void>;
  endSessions(session: SignedIn, sessionId: string | "all", from: From): Promise<Done>;
};
