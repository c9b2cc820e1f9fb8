import { existsSync, readFileSync, statfsSync } from "node:fs";
import { createServer } from "node:net";
import { freemem, networkInterfaces, totalmem } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";
import type { StoreConfig } from "#wire/store-config.ts";
import { loadConfig } from "../config.ts";
import { readTurnSecret } from "../config-turn.ts";
import { ownAddresses } from "../media/addresses.ts";
import { caExpiresAt, caFingerprint, keptServerCertificate, readCertificate } from "../tls/own-ca.ts";
import { examineTurn, loginFor } from "./doctor-turn.ts";
import { examineVideo, examineWorker, type Finding } from "./doctor-video.ts";
import { lanAddress } from "./run-gateway.ts";
import { dataFolderOf, isLocked, pagesFolder, root } from "./setting.ts";

/** Looks at everything a shop needs and says what to do about what is missing. Exit code 1 when something is. */
export async function run(args: string[]) {
  const { values } = parseArgs({ args, options: { config: { type: "string" }, data: { type: "string" } } });
  const folder = dataFolderOf(values.data);
  const running = isLocked(folder);
  const loaded = loadConfig(values.config ?? join(root, "config", "store.yaml"));
  const findings: Finding[] = [
    configuration(loaded),
    node(),
    memory(),
    disk(folder),
    database(folder),
    pages(),
    vision(),
    network(),
  ];
  if (loaded.ok) findings.push(...certificate(loaded.value.config.tls, folder));
  if (loaded.ok && !running) {
    findings.push(await port("MQTT", loaded.value.config.mqtt.port), await port("HTTP", loaded.value.config.http.port));
  }
  if (running) findings.push({ ok: true, what: "a gateway is running on this data folder" });
  print(findings);
  // takes some seconds: what is known already is read meanwhile
  const video = loaded.ok
    ? await videoAndRelays(loaded.value.config.media, running)
    : [(await examineWorker()).finding];
  print(video);
  findings.push(...video);
  if (video.some(({ what }) => what.startsWith("video by")))
    console.log(
      "         These ways were tried from here. From another computer: vitrine probe LINK, with a mirror's link.",
    );
  process.exitCode = findings.every(({ ok }) => ok) ? 0 : 1;
}

/** The way of video, and through the relay for friends outside the shop's network where one is configured. */
async function videoAndRelays(media: StoreConfig["media"], running: boolean): Promise<Finding[]> {
  const { turn, addresses } = media;
  const listenIp = "0.0.0.0";
  if (!turn) return examineVideo({ media, running, listenIp });
  const secret = readTurnSecret(turn.secretFile);
  const found = await examineTurn({ ...turn, secret, addresses: ownAddresses(listenIp, addresses) ?? [] });
  const relays = found.filter(({ ok }) => ok).map(({ url }) => loginFor(url, { secret }));
  return [...found, ...(await examineVideo({ media, running, listenIp, relays }))];
}

function print(findings: Finding[]) {
  for (const { ok, what, remedy } of findings)
    console.log(`${ok ? "  fine " : "  look "} ${what}${ok || !remedy ? "" : `\n         ${remedy}`}`);
}

function configuration(loaded: ReturnType<typeof loadConfig>): Finding {
  return loaded.ok
    ? { ok: true, what: `configuration of ${loaded.value.config.store.name}` }
    : { ok: false, what: `${loaded.errors.length} mistakes in the configuration`, remedy: "vitrine check lists them." };
}

function node(): Finding {
  const major = Number(process.versions.node.split(".")[0]);
  return {
    ok: major >= 24,
    what: `Node ${process.versions.node}`,
    remedy: "Run through npm (npm start, npm run vitrine): it brings Node 24.",
  };
}

function memory(): Finding {
  const mb = (bytes: number) => Math.round(bytes / 1024 / 1024);
  return {
    ok: freemem() > 250e6,
    what: `${mb(freemem())} MB of ${mb(totalmem())} MB memory free`,
    remedy: "The gateway needs about 250 MB with video.",
  };
}

function disk(folder: string): Finding {
  const existing = existsSync(folder) ? folder : root;
  const { bavail, bsize } = statfsSync(existing);
  const freeMb = Math.round((bavail * bsize) / 1024 / 1024);
  return {
    ok: freeMb > 500,
    what: `${freeMb} MB free at ${existing}`,
    remedy: "Free at least 500 MB; the journal and backups grow.",
  };
}

function database(folder: string): Finding {
  const file = join(folder, "vitrine.db");
  if (!existsSync(file)) return { ok: true, what: "no database yet; the first start makes one" };
  const result = quickCheck(file);
  return {
    ok: result === "ok",
    what: `database ${file}`,
    remedy: `It is damaged (${result}). Put a backup back: vitrine restore FILE.`,
  };
}

function quickCheck(file: string): string {
  try {
    const db = new DatabaseSync(file, { readOnly: true });
    const result = String(db.prepare("PRAGMA quick_check").get()?.quick_check);
    db.close();
    return result;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function pages(): Finding {
  return {
    ok: existsSync(join(pagesFolder, "staff", "index.html")),
    what: "pages are built",
    remedy: "npm install builds them (npx vite build).",
  };
}

function vision(): Finding {
  const ready = existsSync(join(pagesFolder, "vision", "face_landmarker.task"));
  return { ok: ready, what: "face models for the mirror", remedy: "npm install builds them." };
}

/** Whether the certificate is in time, and carries a name that phones and devices know this machine by. */
function certificate(tls: StoreConfig["tls"], folder: string): Finding[] {
  if (tls === undefined) return [];
  const file = typeof tls === "object" ? tls.cert : undefined;
  let pem: string | undefined;
  let end: Finding[];
  try {
    end = ownCaEnd(folder, Date.now());
    pem = file === undefined ? keptServerCertificate(folder) : readFileSync(file, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [
      { ok: false, what: `the TLS certificate cannot be read: ${why}`, remedy: "Look at tls in the configuration." },
    ];
  }
  if (pem === undefined) return [{ ok: true, what: "no TLS certificate yet; the first start makes one" }, ...end];
  const { names, validToDate } = readCertificate(pem);
  const days = Math.floor((validToDate.getTime() - Date.now()) / 86_400_000);
  const wanted = [lanAddress() ?? "localhost"];
  const fingerprint = file === undefined ? caFingerprint(folder) : undefined;
  return [
    ...(fingerprint === undefined ? [] : [{ ok: true, what: `own certificate authority, SHA-256 ${fingerprint}` }]),
    ...end,
    {
      ok: days > 7,
      what: `TLS certificate good for ${days} days`,
      remedy:
        file === undefined ? "Start the gateway: it makes a new one." : "Renew it; the gateway reads it by itself.",
    },
    {
      ok: file !== undefined || wanted.every((name) => names.includes(name)),
      what: `TLS certificate for ${names.slice(0, 4).join(", ")}`,
      remedy: "This machine has another address now. Start the gateway: it makes a new certificate.",
    },
  ];
}

/** A year is what it may take to get a new CA onto every phone and device. It signs devices also beside files. */
export function ownCaEnd(folder: string, now: number): Finding[] {
  const end = caExpiresAt(folder);
  if (end === undefined) return [];
  const days = Math.floor((end - now) / 86_400_000);
  return [
    {
      ok: days > 365,
      what: `own certificate authority good for ${days} days`,
      remedy:
        "Plan a new one: stop the gateway, move the folder ca in its data folder aside, start it. Then every phone and device has to trust the new /ca.crt, and devices with certificates need new ones (vitrine device cert).",
    },
  ];
}

function network(): Finding {
  const addresses = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ internal, family }) => !internal && family === "IPv4");
  const what =
    addresses.length === 0
      ? "no network address besides this machine"
      : `reachable at ${addresses.map(({ address }) => address).join(", ")}`;
  return {
    ok: addresses.length > 0,
    what,
    remedy: "Phones and devices reach the gateway only over the shop's network.",
  };
}

function port(name: string, number: number): Promise<Finding> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () =>
      resolve({
        ok: false,
        what: `${name} port ${number} is taken`,
        remedy: `Stop what uses it, or set VITRINE_${name}_PORT.`,
      }),
    );
    server.listen(number, () => server.close(() => resolve({ ok: true, what: `${name} port ${number} is free` })));
  });
}
