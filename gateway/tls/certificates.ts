import { X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { isIP } from "node:net";
import { createSecureContext } from "node:tls";
import type { TlsConfig } from "#wire/store-config.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { type KeyPair, type OwnCa, openOwnCa, readCertificate } from "./own-ca.ts";

export type CertificatesOptions = {
  log: Log;
  clock: Clock;
  dataFolder: string;
  shopName: string;
  setting: TlsConfig;
  /** What this machine is called in the shop's network, names and addresses, best first. Asked again and again. */
  names(): string[];
  /** How often files and names are looked at. */
  everyMs?: number;
};

export type Certificates = Awaited<ReturnType<typeof createCertificates>>;

/**
 * The server's key and certificate, from files or from the gateway's own CA, and the newest of them: files that were
 * replaced are read again, an own certificate is renewed a month before its end or when this machine got another name.
 * Rejects when there is nothing to begin with; later a pair that does not fit is reported and the one before stays.
 */
export async function createCertificates(options: CertificatesOptions) {
  const { log, clock, setting, names } = options;
  const { cert, key } = setting;
  const files = cert !== undefined && key !== undefined ? { cert, key } : undefined;
  // files may come from anywhere, but a device's certificate is always ours
  const ownCa =
    files && setting.clients === undefined ? undefined : await openOwnCa(options.dataFolder, clock, options.shopName);
  let stamp = "";
  let pair = await load().catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`The TLS certificate cannot be used: ${why}`, { cause });
  });
  const listeners = new Set<() => void>();
  let looking: Promise<void> | undefined;
  let lastTrouble = "";

  async function load(): Promise<KeyPair> {
    if (!files) return ownServer(ownCa, [...names(), ...(setting.names ?? [])]);
    stamp = await stampOf(files);
    const [certPem, keyPem] = await Promise.all([readFile(files.cert, "utf8"), readFile(files.key, "utf8")]);
    return checked({ cert: certPem, key: keyPem });
  }

  async function look() {
    if (files && (await stampOf(files)) === stamp) return;
    const next = await load();
    if (next.cert === pair.cert && next.key === pair.key) return;
    pair = next;
    log.info({ until: readCertificate(pair.cert).validToDate }, "a new TLS certificate is in use");
    for (const changed of listeners) changed();
  }

  async function lookSafely() {
    try {
      await look();
      lastTrouble = "";
    } catch (error) {
      stamp = "";
      const trouble = error instanceof Error ? error.message : String(error);
      if (trouble !== lastTrouble) log.error({ error }, "the new TLS certificate cannot be used; the old one stays");
      lastTrouble = trouble;
    }
  }

  /** Looks now; what is wrong is said once, and tried again at the next look. */
  async function check(): Promise<void> {
    looking ??= lookSafely();
    await looking;
    looking = undefined;
  }

  const timer = setInterval(() => void check(), options.everyMs ?? (files ? 5_000 : 60_000));
  timer.unref();

  return {
    current: (): KeyPair => pair,
    /** For phones and devices to trust; undefined with a certificate that they know already. */
    caPem: () => (files ? undefined : ownCa?.caPem),
    /** Who signs client certificates, when they are taken. */
    clientCa: () => (setting.clients === undefined ? undefined : ownCa?.caPem),
    /** `host`, or the first name of ours that the certificate vouches for; `host` again where it is good for none. */
    nameFor(host: string): string {
      const certificate = new X509Certificate(pair.cert);
      // with a wildcard nobody can be called, and another address may be another machine's
      const named = readCertificate(pair.cert).names.filter((name) => /^[A-Za-z0-9.-]+$/.test(name) && !isIP(name));
      return [host, ...(setting.names ?? []), ...named].find((name) => isGoodFor(certificate, name)) ?? host;
    },
    /** Epoch ms. */
    expiresAt: () => readCertificate(pair.cert).validToDate.getTime(),
    onChange: (listener: () => void) => void listeners.add(listener),
    check,
    close: () => clearInterval(timer),
  };
}

const isGoodFor = (certificate: X509Certificate, name: string): boolean =>
  (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined;

function ownServer(ownCa: OwnCa | undefined, names: string[]): Promise<KeyPair> {
  if (!ownCa) throw new Error("there is no CA of our own");
  return ownCa.server([...new Set(names)]);
}

async function stampOf(files: { cert: string; key: string }): Promise<string> {
  const infos = await Promise.all([files.cert, files.key].map((path) => stat(path, { bigint: true })));
  return infos.map(({ ino, mtimeNs, size }) => `${ino} ${mtimeNs} ${size}`).join(" / ");
}

/** Throws when key and certificate do not belong together, or are none. */
function checked(pair: KeyPair): KeyPair {
  createSecureContext(pair);
  return pair;
}
