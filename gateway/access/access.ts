import type { Grant } from "#wire/formats/grants.ts";
import type { Clock } from "../clock.ts";
import { createAccounts } from "./accounts.ts";
import { createAudit } from "./audit.ts";
import { createChallenges } from "./challenges.ts";
import { createChannels } from "./channels.ts";
import { createCredentials, type DeviceAccount } from "./credentials.ts";
import { commandLineId, type Device, type Identity, type TokenIdentity } from "./identity.ts";
import { createPasskeys } from "./passkeys.ts";
import { createPeople } from "./people.ts";
import { loadSecret } from "./secrets.ts";
import { createSessions } from "./sessions.ts";
import { createBoundedMap, createLockout, createRateLimit } from "./throttle.ts";
import { createTokens } from "./tokens.ts";
import { createVideoLimits } from "./video-limits.ts";

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
  shopName?: string;
  /** The shop's list of staff: whoever is not on it does not come in. */
  people?: () => readonly { id: string; name: string }[];
  /** Addresses of the pages at which passkeys may be made and used. */
  passkeyOrigins?: () => readonly string[];
}) {
  const { dataFolder, clock, demo, shopName = "Vitrine", people = () => [], passkeyOrigins = () => [] } = options;
  const tokens = createTokens(loadSecret(dataFolder), clock);
  const credentials = createCredentials(dataFolder);
  const audit = createAudit({ dataFolder, clock });
  const channels = createChannels(dataFolder, clock);
  const accounts = createAccounts(dataFolder, clock);
  const sessions = createSessions(dataFolder, clock);
  const passkeys = createPasskeys({ accounts, challenges: createChallenges(clock), clock, shopName });
  const staff = createPeople({ accounts, sessions, passkeys, audit, clock, people, origins: passkeyOrigins });
  const guesses = createLockout(clock);
  const writes = createRateLimit(clock, demo ? { perSecond: 200, burst: 1_000 } : { perSecond: 10, burst: 60 });

  const video = createVideoLimits(clock);

  /** Client id -> the device that used it last: its session, and what is queued in it, are not for another one. */
  const owners = createBoundedMap<string>(8_192);

  function grantOf(deviceId: string, account: DeviceAccount): Grant {
    return account.grant ?? options.nativeGrantOf?.(deviceId) ?? nothing;
  }

  /** The device behind a proof that was just checked, if nobody took it back meanwhile. */
  async function admitDevice(deviceId: string, clientId: string, proof: Device["proof"]): Promise<LoginResult> {
    const account = await credentials.device(deviceId);
    if (!account || !isProven(account, proof)) return { ok: false, reason: takenBack };
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
    if (holder && !(await isStillAdmitted(holder.identity))) return { ok: false, reason: takenBack };
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

  /** Tokens of people are older than their sessions, or the command line's own; a removed account ends them too. */
  async function worksHere({ id, role }: { id: string; role: string }): Promise<boolean> {
    if (id === commandLineId) return true;
    return people().some((person) => person.id === id) && (await accounts.get(id))?.role === role;
  }

  /** False once the credentials that a connection came in with were changed or taken back. */
  async function isStillAdmitted(identity: Identity): Promise<boolean> {
    // its token is good for a day; its password may end before. In the demo a mirror needs none
    if (identity.role === "mirror") {
      return identity.stamp === undefined ? demo : identity.stamp === (await credentials.stamp(identity.mirrorId));
    }
    if (identity.role === "shopper" || identity.role === "demo") return true;
    if (identity.role !== "device") return demo || worksHere(identity);
    const account = await credentials.device(identity.deviceId);
    if (!account || !isProven(account, identity.proof)) return false;
    return JSON.stringify(grantOf(identity.deviceId, account)) === JSON.stringify(identity.grant);
  }

  /** A mirror's token ends with the password that it has now. */
  async function signMirror(mirrorId: string, expiresAt: number): Promise<string> {
    const stamp = await credentials.stamp(mirrorId);
    return tokens.signIdentity({ role: "mirror", mirrorId, ...(stamp === undefined ? {} : { stamp }) }, expiresAt);
  }

  /** Who holds this token, if whoever it was made for still has a place here. */
  async function verifyCaller(token: string): Promise<TokenIdentity | undefined> {
    const caller = tokens.verifyIdentity(token);
    return caller && (await isStillAdmitted(caller)) ? caller : undefined;
  }

  return {
    tokens,
    credentials,
    channels,
    accounts,
    staff,
    audit,
    authenticateMqtt,
    isStillAdmitted,
    signCaller: tokens.signIdentity,
    signMirror,
    verifyCaller,
    openChannel: channels.open,
    checkBasketKey: tokens.checkBasketKey,
    verifyDevice: credentials.verifyDevice,
    guesses,
    takeWrite: writes.take,
    video,
    counters: () => [...countersOf(staff.gateCounters(), sessions.count(), audit.counters()), ...video.counters()],
    async close() {
      await staff.close();
      await audit.flush();
    },
  };
}

/** The client id a shopper's phone must use: nobody else may. */
export function shopperClientId(shopperId: string): string {
  return `shopper-${shopperId}`;
}

function claimsSomebody(clientId: string): boolean {
  return clientId.startsWith("shopper-");
}

const takenBack = "these credentials were taken back";
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
    case "manager":
    case "engineer":
      return identity.id;
  }
}

type GateCounters = ReturnType<ReturnType<typeof createPeople>["gateCounters"]>;

function countersOf(gate: GateCounters, sessions: number, log: { written: number; missed: number }) {
  const signIns = { name: "vitrine_sign_ins_total", help: "people who signed in" };
  const refused = { name: "vitrine_sign_ins_refused_total", help: "sign-ins that were refused" };
  return [
    { ...signIns, labels: { by: "secret" }, value: gate.secret },
    { ...signIns, labels: { by: "passkey" }, value: gate.passkey },
    { ...refused, labels: { why: "secret" }, value: gate.wrongSecret },
    { ...refused, labels: { why: "passkey" }, value: gate.wrongPasskey },
    { ...refused, labels: { why: "waiting" }, value: gate.locked },
    { name: "vitrine_passkeys_copied_total", help: "passkeys whose counter stood still", value: gate.copied },
    { name: "vitrine_sessions", help: "browsers in which somebody is signed in", value: sessions },
    { name: "vitrine_audit_entries_total", help: "entries written to the audit log", value: log.written },
    { name: "vitrine_audit_missed_total", help: "entries left out of the audit log", value: log.missed },
  ];
}
