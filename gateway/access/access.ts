import type { Clock } from "../clock.ts";
import { createAudit } from "./audit.ts";
import { createCredentials } from "./credentials.ts";
import type { Identity, TokenIdentity } from "./identity.ts";
import { loadSecret } from "./secrets.ts";
import { createLockout, createRateLimit } from "./throttle.ts";
import { createTokens } from "./tokens.ts";

export type MqttLogin = { clientId: string; username?: string; password?: string; address: string };
export type LoginResult = { ok: true; identity: Identity } | { ok: false; reason: string };

export type Access = ReturnType<typeof createAccess>;

const demoAccount = { username: "demo", password: "demo" };

/** Who is who, on every connection. `demo` adds the MQTT account demo/demo: only for a gateway that listens on loopback. */
export function createAccess({ dataFolder, clock, demo }: { dataFolder: string; clock: Clock; demo: boolean }) {
  const tokens = createTokens(loadSecret(dataFolder), clock);
  const credentials = createCredentials(dataFolder);
  const audit = createAudit({ dataFolder, clock });
  const guesses = createLockout(clock);
  const writes = createRateLimit(clock, demo ? { perSecond: 200, burst: 1_000 } : { perSecond: 10, burst: 60 });

  /** Token holders name themselves by their id and use the token as password; all others are devices. */
  async function authenticateMqtt({ clientId, username, password, address }: MqttLogin): Promise<LoginResult> {
    if (username === undefined || password === undefined) return { ok: false, reason: "no username or password" };
    if (demo && username === demoAccount.username && password === demoAccount.password) {
      return claimsSomebody(clientId)
        ? { ok: false, reason: "this client id belongs to a shopper" }
        : { ok: true, identity: { role: "demo" } };
    }
    const holder = tokens.verifyIdentity(password);
    if (holder) return admitHolder(holder, clientId, username);

    const key = `${address} ${username}`;
    if (guesses.blockedForMs(key) > 0) return { ok: false, reason: "too many wrong passwords, wait" };
    // Counted before it is checked, so that a thousand guesses sent at once are a thousand guesses.
    guesses.failed(key);
    if (!(await credentials.verifyDevice(username, password)))
      return { ok: false, reason: "wrong username or password" };
    guesses.succeeded(key);
    // A broker gives a connection to the newest owner of its client id: one device must not push another off.
    if (claimsSomebody(clientId) || (clientId !== username && (await credentials.hasDevice(clientId)))) {
      return { ok: false, reason: "this client id belongs to someone else" };
    }
    return { ok: true, identity: { role: "device", deviceId: username } };
  }

  return {
    tokens,
    credentials,
    audit,
    authenticateMqtt,
    signCaller: tokens.signIdentity,
    verifyCaller: tokens.verifyIdentity,
    checkBasketKey: tokens.checkBasketKey,
    verifyDevice: credentials.verifyDevice,
    verifyStaff: credentials.verifyStaff,
    guesses,
    takeWrite: writes.take,
  };
}

/** The client id a shopper's phone must use: nobody else may. */
export function shopperClientId(shopperId: string): string {
  return `shopper-${shopperId}`;
}

function claimsSomebody(clientId: string): boolean {
  return clientId.startsWith("shopper-");
}

function admitHolder(identity: TokenIdentity, clientId: string, username: string): LoginResult {
  const subject = subjectOf(identity);
  if (username !== subject) return { ok: false, reason: "the token belongs to somebody else" };
  const own = identity.role === "shopper" ? clientId === shopperClientId(subject) : !claimsSomebody(clientId);
  return own ? { ok: true, identity } : { ok: false, reason: "this client id belongs to someone else" };
}

function subjectOf(identity: TokenIdentity): string {
  switch (identity.role) {
    case "shopper":
      return identity.shopperId;
    case "mirror":
      return identity.mirrorId;
    case "staff":
    case "engineer":
      return identity.id;
  }
}
