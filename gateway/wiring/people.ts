import { createHash } from "node:crypto";
import { hostname } from "node:os";
import type { LoadedConfig, StoreConfig } from "#wire/store-config.ts";
import type { Access } from "../access/access.ts";
import type { Log } from "../log.ts";

const everyMs = 1_000;

/**
 * Where passkeys may be made and used. Never taken from a request: a name that somebody's DNS points here is not ours.
 * https under the gateway's own name, and this very computer, which browsers trust without a certificate. An address in
 * numbers is none (WebAuthn wants a name), nor is plain http in the shop's network.
 */
export function passkeyOrigins(publicUrl: string, { tls }: Pick<StoreConfig, "tls">): string[] {
  if (publicUrl === "") return [];
  const { protocol, port, hostname: shown } = new URL(publicUrl);
  const own = typeof tls === "object" ? (tls.names ?? []) : [];
  const names = protocol === "https:" ? [shown, ...own, `${machineName()}.local`] : [];
  const usable = names.map((name) => name.toLowerCase()).filter((name) => /[a-z]/.test(name) && !name.includes(":"));
  return [...new Set([...usable, "localhost"])].map((name) => `${protocol}//${name}${port === "" ? "" : `:${port}`}`);
}

/** As mDNS announces it: the first part of the host name. */
const machineName = () => (hostname().split(".")[0] ?? "").replace(/[^A-Za-z0-9-]/g, "") || "vitrine";

/** The start, and which configuration it was with: the same short hash is the same configuration. */
export function noteStart(access: Access, { config, products, offers }: LoadedConfig, demo: boolean) {
  const hash = createHash("sha256").update(JSON.stringify({ config, products, offers }));
  const detail = `configuration ${hash.digest("hex").slice(0, 12)}${demo ? ", a demo: everybody at this computer is engineer" : ""}`;
  access.audit.note({ by: "gateway", action: "gateway.start", ok: true, detail });
}

/** Sessions end on time, and when the command line changes an account. Returns how to stop. */
export function watchPeople(access: Access, log: Log): () => void {
  let said = "";
  const timer = setInterval(() => {
    access.staff.tick().then(
      () => {
        said = "";
      },
      (error: unknown) => {
        // A damaged file says the same every second.
        if (String(error) !== said) log.error({ error }, "the accounts of the people cannot be read");
        said = String(error);
      },
    );
  }, everyMs);
  return () => clearInterval(timer);
}
