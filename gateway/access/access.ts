import type { Grant } from "#wire/formats/grants.ts";
import type { Clock } from "../clock.ts";
import { createAudit } from "./audit.ts";
import { createCredentials, type DeviceAccount } from "./credentials.ts";
import type { Device, Identity, TokenIdentity } from "./identity.ts";
import { loadSecret } from "./secrets.ts";
import { createBoundedMap, createLockout, createRateLimit } from "./throttle.ts";
import { createTokens } from "./tokens.ts";

export type MqttLogin = {
  clientId: string;
  username?: string;
  password?: string;
  address: string;
  /** A client certificate that our own CA has signed; whether it still counts is judged here. */
  certificate?: { deviceId: string; serial: string };
};
/** `expiresAt`, epoch ms: when the connection must end. */
export type LoginResult = { ok: true; identity: Identity; expiresAt?: number } | { ok: false; reason: string };

export type Access = ReturnType<typeof createAccess>;

const demoAccount = { username: "demo", password: "demo" };

/** Who is who, on every connection. `demo` adds the MQTT account demo/demo: only for a gateway that listens on loopback. */
export function createAccess(options: {
  dataFolder: string;
  clock: Clock;
  demo: boolean;
  /** What a device may do whose account does not say: one made by a version that knew native topics only. */
  nativeGrantOf?: (deviceId: string) => Grant | undefined;
}) {
  const { dataFolder, clock, demo } = options;
  const tokens = createTokens(loadSecret(dataFolder), clock);
  const credentials = createCredentials(dataFolder);
  const audit = createAudit({ dataFolder, clock });
  const guesses = createLockout(clock);
  const writes = createRateLimit(clock, demo ? { perSecond: 200, burst: 1_000 } : { perSecond: 10, burst: 60 });

  /** Client id -> the device that used it last: its session, and what is queued in it, are not for another one. */
  const owners = createBoundedMap<string>(8_192);

  function grantOf(deviceId: string, account: DeviceAccount): Grant {
    return account.grant ?? options.nativeGrantOf?.(deviceId) ?? nothing;
  }

  /** The device behind a proof that was just checked, if nobody took it back meanwhile. */
  async function admitDevice(deviceId: string, clientId: string, proof: Device["proof"]): Promise<LoginResult> {
    const account = await credentials.device(deviceId);
    if (!account || !isProven(account, proof)) return { ok: false, reason: "these credentials were taken back" };
    // A broker gives a connection to the newest owner of its client id: one device must not push another off.
    const owner = owners.get(clientId);
    const isOthers = owner !== undefined && owner !== deviceId && (await credentials.hasDevice(owner));
    if (isOthers || claimsSomebody(clientId) || (clientId !== deviceId && (await credentials.hasDevice(clientId)))) {
      return { ok: false, reason: "this client id belongs to someone else" };
    }
    if (clientId !== "") owners.set(clientId, deviceId);
    return { ok: true, identity: { role: "device", deviceId, grant: grantOf(deviceId, account), proof } };
  }

  async function admitCertificate({ certificate, username, clientId }: MqttLogin): Promise<LoginResult | undefined> {
    if (!certificate) return undefined;
    const { deviceId, serial } = certificate;
    if (username !== undefined && username !== deviceId) {
      return { ok: false, reason: "the username is not the name in the certificate" };
    }
    return admitDevice(deviceId, clientId, { serial });
  }

  /** Token holders name themselves by their id and use the token as password; all others are devices. */
  async function authenticateMqtt(login: MqttLogin): Promise<LoginResult> {
    const { clientId, username, password, address } = login;
    const byCertificate = await admitCertificate(login);
    if (byCertificate) return byCertificate;
    if (username === undefined || password === undefined) return { ok: false, reason: "no username or password" };
    if (demo && username === demoAccount.username && password === demoAccount.password) {
      return claimsSomebody(clientId)
        ? { ok: false, reason: "this client id belongs to a shopper" }
        : { ok: true, identity: { role: "demo" } };
    }
    const holder = tokens.openIdentity(password);
    if (holder) return admitHolder(holder, clientId, username);

    const key = `${address} ${username}`;
    if (guesses.blockedForMs(key) > 0) return { ok: false, reason: "too many wrong passwords, wait" };
    // Counted before it is checked, so that a thousand guesses sent at once are a thousand guesses.
    guesses.failed(key);
    const hash = (await credentials.device(username))?.hash;
    if (!(await credentials.verifyDevice(username, password)) || hash === undefined) {
      return { ok: false, reason: "wrong username or password" };
    }
    guesses.succeeded(key);
    return admitDevice(username, clientId, { hash });
  }

  /** False once the credentials that a connection came in with were changed or taken back. */
  async function isStillAdmitted(identity: Identity): Promise<boolean> {
    if (identity.role !== "device") return true;
    const account = await credentials.device(identity.deviceId);
    if (!account || !isProven(account, identity.proof)) return false;
    return JSON.stringify(grantOf(identity.deviceId, account)) === JSON.stringify(identity.grant);
  }

  return {
    tokens,
    credentials,
    audit,
    authenticateMqtt,
    isStillAdmitted,
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

const nothing: Grant = { publish: [], subscribe: [] };

function isProven(account: DeviceAccount, proof: Device["proof"]): boolean {
  if ("hash" in proof) return account.hash === proof.hash;
  return account.certificates?.includes(proof.serial) ?? false;
}

type Holder = { identity: TokenIdentity; expiresAt: number };

function admitHolder({ identity, expiresAt }: Holder, clientId: string, username: string): LoginResult {
  const subject = subjectOf(identity);
  if (username !== subject) return { ok: false, reason: "the token belongs to somebody else" };
  const own = identity.role === "shopper" ? clientId === shopperClientId(subject) : !claimsSomebody(clientId);
  return own ? { ok: true, identity, expiresAt } : { ok: false, reason: "this client id belongs to someone else" };
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
