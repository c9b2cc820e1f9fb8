import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import { findProgram } from "../install/debian-packages.ts";

const everyIpv6 = "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";

type Options = {
  /** How it lets friends in. */
  login?: string[];
  /** The one address to which its ways lead. */
  leadsTo?: string;
  /** For TLS, on the same port. */
  keyPair?: { key: string; cert: string };
};

/** Debian's coturn as a relay of this one test. `lines`: what it logged so far. */
export async function startCoturn(address: string, secret: string, options: Options = {}) {
  const { login = ["--use-auth-secret", "--static-auth-secret", secret], leadsTo = address, keyPair } = options;
  const program = await findProgram("turnserver");
  if (program === undefined) throw new Error("coturn is not installed: npm test installs it");
  const port = await freeUdpPort(address);
  const folder = mkdtempSync(join(tmpdir(), "vitrine-coturn-"));
  const place = (name: string, pem: string) => {
    writeFileSync(join(folder, name), pem);
    return join(folder, name);
  };
  const child = spawn(
    program,
    [
      ...["-n", "--no-cli", "--no-dtls", "--verbose", "--log-file", "stdout", "--simple-log"],
      ...["--listening-ip", address, "--relay-ip", address, "--listening-port", String(port)],
      ...[...login, "--realm", "shop.example"],
      // as gateway/docs/sharing.md says: it leads to the gateway and nowhere else
      ...["--denied-peer-ip", "0.0.0.0-255.255.255.255", "--denied-peer-ip", everyIpv6, "--allowed-peer-ip", leadsTo],
      ...["--no-tcp-relay", "--user-quota", "12", "--total-quota", "200", "--max-bps", "500000"],
      ...(keyPair
        ? ["--cert", place("cert.pem", keyPair.cert), "--pkey", place("key.pem", keyPair.key)]
        : ["--no-tls"]),
      ...["--userdb", join(folder, "users"), "--pidfile", join(folder, "pid")],
      ...(address.startsWith("127.") ? ["--allow-loopback-peers"] : []),
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const ended = once(child, "exit");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  child.stderr.resume();
  const lines: string[] = [];
  const log = createInterface({ input: child.stdout });
  await new Promise<void>((resolve, reject) => {
    log.on("line", (line) => {
      lines.push(line);
      if (line.includes(`UDP listener opened on: ${address}:${port}`)) resolve();
    });
    log.once("close", () => reject(new Error(`coturn ended: ${lines.join("\n")}`)));
  });
  return { port, lines };
}

async function freeUdpPort(address: string): Promise<number> {
  const socket = createSocket("udp4");
  socket.bind(0, address);
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
}
