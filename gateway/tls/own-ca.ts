// before anything of x509: its dependency injection reads what this adds to Reflect
import "reflect-metadata";
import { randomBytes, X509Certificate } from "node:crypto";
import { chownSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";
import type { Clock } from "../clock.ts";
import { placePem, readPem, replacePem } from "./pem-file.ts";

const curve = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const dayMs = 86_400_000;
const caYears = 10;
const serverDays = 90;
const renewBeforeDays = 30;
/** A device's flash is written when it is set up, and then perhaps never again. */
const clientDays = 5 * 365;
/** A machine without a clock of its own starts some time in the past: what it signs must count by then too. */
const graceMs = 2 * dayMs;

export type KeyPair = { key: string; cert: string };
export type OwnCa = {
  /** The CA's certificate, for phones and devices to trust. */
  caPem: string;
  /** The server's key and certificate for these names and addresses: the one from before while it will do. */
  server(names: readonly string[]): Promise<KeyPair>;
  /** A client certificate with the device's id as its name. `serial` is what revokes it. */
  client(deviceId: string): Promise<KeyPair & { serial: string }>;
};

/**
 * The gateway's own small CA in `<data>/ca`, made when it is first needed: ECDSA on P-256, ten years. Its key signs this
 * gateway's names and its devices, and never leaves the folder. Throws when a file there is damaged.
 */
export async function openOwnCa(dataFolder: string, clock: Clock, shopName: string): Promise<OwnCa> {
  const folder = join(dataFolder, "ca");
  const made = mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid, gid } = statSync(dataFolder);
  if (made !== undefined && process.getuid?.() === 0) chownSync(folder, uid, gid);
  const caFile = join(folder, "ca.pem");
  const serverFile = join(folder, "server.pem");
  const caPair = readPem(caFile) ?? placePem(caFile, await makeCa(shopName, clock.now()));
  const ca = new x509.X509Certificate(caPair.cert);
  const caKey = await importKey(caPair.key);

  /** Nothing outlives the CA. */
  const endOf = (days: number) => Math.min(clock.now() + days * dayMs, ca.notAfter.getTime());

  async function issue(wish: { name: string; days: number; usage: x509.ExtendedKeyUsage; names?: readonly string[] }) {
    const keys = await crypto.subtle.generateKey(curve, true, ["sign", "verify"]);
    const serial = newSerial();
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serial,
      subject: [{ CN: [wish.name] }],
      issuer: ca.subjectName,
      notBefore: new Date(clock.now() - graceMs),
      notAfter: new Date(endOf(wish.days)),
      signingAlgorithm: curve,
      publicKey: keys.publicKey,
      signingKey: caKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([wish.usage]),
        await x509.AuthorityKeyIdentifierExtension.create(ca.publicKey),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        ...(wish.names ? [new x509.SubjectAlternativeNameExtension(wish.names.map(generalName))] : []),
      ],
    });
    return { key: await exportKey(keys.privateKey), cert: `${certificate.toString("pem")}\n`, serial };
  }

  return {
    caPem: caPair.cert,
    async server(names) {
      const kept = readPem(serverFile);
      const now = clock.now();
      if (kept && willDo(kept.cert, { names, now, obtainable: endOf(serverDays), caPem: caPair.cert })) return kept;
      const made = await issue({
        name: names[0] ?? "vitrine",
        days: serverDays,
        usage: x509.ExtendedKeyUsage.serverAuth,
        names,
      });
      return replacePem(serverFile, made);
    },
    client: (deviceId) => issue({ name: deviceId, days: clientDays, usage: x509.ExtendedKeyUsage.clientAuth }),
  };
}

async function makeCa(shopName: string, now: number): Promise<KeyPair> {
  const keys = await crypto.subtle.generateKey(curve, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: [{ CN: [`Vitrine ${shopName}`.slice(0, 64)] }],
    notBefore: new Date(now - graceMs),
    notAfter: new Date(now + caYears * 365 * dayMs),
    signingAlgorithm: curve,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { key: await exportKey(keys.privateKey), cert: `${certificate.toString("pem")}\n` };
}

type Wanted = { names: readonly string[]; now: number; obtainable: number; caPem: string };

/** Good for another month or for as long as a new one would be, for every name that is wanted, and of this CA. */
function willDo(cert: string, { names, now, obtainable, caPem }: Wanted): boolean {
  const { validFromDate, validToDate, ...certificate } = readCertificate(cert);
  const end = validToDate.getTime();
  // a certificate counts in whole seconds
  const isAsGood = end > now && end >= obtainable - 1_000;
  return (
    validFromDate.getTime() <= now &&
    (isAsGood || end - now > renewBeforeDays * dayMs) &&
    certificate.isIssuedBy(caPem) &&
    names.every((name) => certificate.names.includes(name))
  );
}

/** What a PEM certificate says: its names, who made it, and until when it is good. */
export function readCertificate(pem: string) {
  const certificate = new X509Certificate(pem);
  // "DNS:vitrine.local, IP Address:192.168.1.10"
  const names = (certificate.subjectAltName ?? "").split(", ").map((entry) => entry.slice(entry.indexOf(":") + 1));
  return {
    names,
    validFromDate: new Date(certificate.validFrom),
    validToDate: new Date(certificate.validTo),
    isIssuedBy: (caPem: string) => certificate.verify(new X509Certificate(caPem).publicKey),
  };
}

const isAddress = (name: string) => /^[0-9.]+$/.test(name) || name.includes(":");

function generalName(name: string): x509.JsonGeneralName {
  return { type: isAddress(name) ? "ip" : "dns", value: name };
}

/** 16 random bytes, positive and without a leading zero, so that everybody writes the number in the same way. */
function newSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString("hex");
}

async function exportKey(key: CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY")}\n`;
}

function importKey(pem: string): Promise<CryptoKey> {
  const [bytes] = x509.PemConverter.decode(pem);
  if (!bytes) throw new Error("the CA's key is no PEM");
  return crypto.subtle.importKey("pkcs8", bytes, curve, false, ["sign"]);
}

/** For people to compare with what their phone shows before it trusts: SHA-256 of the own CA's certificate, if there is one. */
export function caFingerprint(dataFolder: string): string | undefined {
  const kept = readPem(join(dataFolder, "ca", "ca.pem"));
  return kept && new X509Certificate(kept.cert).fingerprint256;
}

/** Epoch ms, if there is an own CA. It is not renewed by itself: everybody who trusts it has to trust its successor. */
export function caExpiresAt(dataFolder: string): number | undefined {
  const kept = readPem(join(dataFolder, "ca", "ca.pem"));
  return kept && new Date(new X509Certificate(kept.cert).validTo).getTime();
}

/** For `vitrine doctor` and tests: which certificate the own CA has made for the server, if any. */
export function keptServerCertificate(dataFolder: string): string | undefined {
  return readPem(join(dataFolder, "ca", "server.pem"))?.cert;
}
