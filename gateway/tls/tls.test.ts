import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { createManualClock } from "../clock.ts";
import { silentLog } from "../log.ts";
import { createCertificates } from "./certificates.ts";
import { createTlsListener, type Peer } from "./listener.ts";
import { caExpiresAt, caFingerprint, openOwnCa, readCertificate } from "./own-ca.ts";
import { createRedirect } from "./redirect.ts";

const dayMs = 86_400_000;

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "vitrine-tls-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
const clockNow = () => createManualClock(Date.now());

test("the CA is made once, its key is its owner's only, and openssl's own checks accept what it signs", async () => {
  const data = folder();
  const ca = await openOwnCa(data, clockNow(), "Maison");
  expect((await openOwnCa(data, clockNow(), "Other")).caPem).toBe(ca.caPem);
  expect(statSync(join(data, "ca", "ca.pem")).mode & 0o777).toBe(0o600);
  const root = new X509Certificate(ca.caPem);
  expect(root.ca).toBe(true);
  expect(caFingerprint(data)).toBe(root.fingerprint256);
  expect(root.verify(root.publicKey)).toBe(true);
  expect(new Date(root.validTo).getTime() - Date.now()).toBeGreaterThan(9 * 365 * dayMs);
  const server = new X509Certificate((await ca.server(["vitrine.local", "192.168.1.10"])).cert);
  expect(server.checkIssued(root) && server.verify(root.publicKey)).toBe(true);
  expect(server.checkHost("vitrine.local")).toBe("vitrine.local");
  expect(server.checkIP("192.168.1.10")).toBe("192.168.1.10");
  expect(server.checkHost("evil.example")).toBeUndefined();
  expect(server.ca).toBe(false);
});

test("the server's certificate is kept until a month before its end, or until the gateway is called something else", async () => {
  const [data, clock] = [folder(), clockNow()];
  const ca = await openOwnCa(data, clock, "Maison");
  const first = await ca.server(["vitrine.local"]);
  clock.advance(59 * dayMs);
  expect((await ca.server(["vitrine.local"])).cert).toBe(first.cert);
  const renamed = await ca.server(["vitrine.local", "10.0.0.4"]);
  expect(readCertificate(renamed.cert).names).toEqual(["vitrine.local", "10.0.0.4"]);
  clock.advance(61 * dayMs);
  const renewed = await ca.server(["vitrine.local"]);
  expect(renewed.cert).not.toBe(renamed.cert);
  expect(readCertificate(renewed.cert).validToDate.getTime()).toBeGreaterThan(clock.now() + 89 * dayMs);
});

test("in the CA's last weeks the server's certificate is kept too: a new one would not be good for longer", async () => {
  const [data, clock] = [folder(), clockNow()];
  const ca = await openOwnCa(data, clock, "Maison");
  const end = caExpiresAt(data) ?? 0;
  clock.advance(end - clock.now() - 100 * dayMs);
  const before = await ca.server(["vitrine.local"]);
  clock.advance(75 * dayMs);
  const last = await ca.server(["vitrine.local"]);
  expect(last.cert).not.toBe(before.cert);
  expect(readCertificate(last.cert).validToDate.getTime()).toBe(end);
  for (const days of [0, 10, 14.5]) {
    clock.advance(days * dayMs);
    expect((await ca.server(["vitrine.local"])).cert).toBe(last.cert);
  }
  const renamed = await ca.server(["vitrine.local", "10.0.0.4"]);
  expect(renamed.cert).not.toBe(last.cert);
});

test("the gateway is called what its certificate vouches for, by its address where that is good", async () => {
  const [data, elsewhere] = [folder(), folder()];
  const shared = { log: silentLog, clock: clockNow(), dataFolder: data, shopName: "Maison" };
  const own = await createCertificates({ ...shared, setting: {}, names: () => ["vitrine.local", "192.168.1.10"] });
  onTestFinished(own.close);
  expect(own.nameFor("192.168.1.10")).toBe("192.168.1.10");
  expect(own.nameFor("10.0.0.4")).toBe("vitrine.local");

  const chain = await openOwnCa(elsewhere, clockNow(), "Chain");
  const called = async (...names: string[]) => {
    const { cert, key } = await chain.server(names);
    const files = { cert: join(data, "chain.crt"), key: join(data, "chain.key") };
    writeFileSync(files.cert, cert);
    writeFileSync(files.key, key);
    const certificates = await createCertificates({ ...shared, setting: files, names: () => [] });
    onTestFinished(certificates.close);
    return certificates.nameFor("192.168.1.10");
  };
  expect(await called("shop-7.chain.example", "10.9.9.9")).toBe("shop-7.chain.example");
  expect(await called("*.chain.example", "till.chain.example")).toBe("till.chain.example");
  expect(await called("10.9.9.9")).toBe("192.168.1.10");
});

test("a damaged CA stops the start instead of locking every device out with a new one", async () => {
  const data = folder();
  await openOwnCa(data, clockNow(), "Maison");
  writeFileSync(join(data, "ca", "ca.pem"), "rubbish");
  await expect(openOwnCa(data, clockNow(), "Maison")).rejects.toThrow(/should hold a key and a certificate/);
});

type Setting = Parameters<typeof createCertificates>[0]["setting"];

/** A TLS port that says hello to everybody it lets in. */
async function openPort(setting: Setting, data = folder()) {
  const certificates = await createCertificates({
    log: silentLog,
    clock: clockNow(),
    dataFolder: data,
    shopName: "Maison",
    setting,
    names: () => ["localhost", "127.0.0.1"],
    everyMs: 10,
  });
  const peers: (Peer | undefined)[] = [];
  const listener = createTlsListener({
    log: silentLog,
    certificates,
    host: "127.0.0.1",
    port: 0,
    maxConnections: 10,
    clients: setting.clients,
    onConnection(socket, peer) {
      peers.push(peer);
      socket.on("error", () => {});
      socket.on("data", (bytes) => socket.write(bytes));
      socket.write("hello");
    },
  });
  const { port } = await listener.start();
  onTestFinished(async () => {
    certificates.close();
    await listener.close();
  });
  return { certificates, port, peers, data };
}

/** Resolves with the socket once something was said to it; rejects when it is turned away. */
async function visit(port: number, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect({ host: "127.0.0.1", port, servername: "localhost", ...options });
  onTestFinished(() => void socket.destroy());
  await Promise.race([
    once(socket, "data"),
    once(socket, "close").then(() => Promise.reject(new Error("turned away"))),
  ]);
  return socket;
}

test("a phone that trusts the shop's CA trusts the gateway, and one that does not is warned", async () => {
  const { certificates, port } = await openPort({});
  const socket = await visit(port, { ca: certificates.caPem() ?? "" });
  expect(socket.authorized).toBe(true);
  expect(socket.getProtocol()).toBe("TLSv1.3");
  await expect(visit(port, {})).rejects.toThrow(/certificate/);
  await expect(visit(port, { ca: certificates.caPem() ?? "", maxVersion: "TLSv1.1" })).rejects.toThrow();
  expect((await visit(port, { ca: certificates.caPem() ?? "", maxVersion: "TLSv1.2" })).getProtocol()).toBe("TLSv1.2");
});

test("a certificate that is not there, or not with its key, stops the start with a reason", async () => {
  const data = folder();
  const [cert, key] = [join(data, "site.crt"), join(data, "site.key")];
  await expect(openPort({ cert, key }, data)).rejects.toThrow(/cannot be used: ENOENT/);
  const [one, other] = [await openOwnCa(data, clockNow(), "Maison"), await openOwnCa(folder(), clockNow(), "Maison")];
  writeFileSync(cert, (await one.server(["localhost"])).cert);
  writeFileSync(key, (await other.server(["localhost"])).key);
  await expect(openPort({ cert, key }, data)).rejects.toThrow(/cannot be used/);
});

test("a certificate that was replaced is shown to whoever comes next, and nobody who is there is cut off", async () => {
  const data = folder();
  const files = { cert: join(data, "site.crt"), key: join(data, "site.key") };
  const ca = await openOwnCa(data, clockNow(), "Maison");
  const write = async (name: string) => {
    const pair = await ca.server(["localhost", name]);
    writeFileSync(files.key, pair.key);
    writeFileSync(files.cert, pair.cert);
    return new X509Certificate(pair.cert).fingerprint256;
  };
  const before = await write("monday.local");
  const { port } = await openPort(files, data);
  const early = await visit(port, { ca: ca.caPem });
  expect(early.getPeerCertificate().fingerprint256).toBe(before);

  // half of a change first: a key that does not fit is not taken
  copyFileSync(join(data, "ca", "ca.pem"), files.key);
  expect((await visit(port, { ca: ca.caPem })).getPeerCertificate().fingerprint256).toBe(before);
  const after = await write("tuesday.local");
  await expect
    .poll(async () => (await visit(port, { ca: ca.caPem })).getPeerCertificate().fingerprint256, { timeout: 10_000 })
    .toBe(after);
  const echo = once(early, "data");
  early.write("still here");
  expect(String((await echo)[0])).toBe("still here");
});

test("a device is known by its client certificate; strangers' certificates are turned away", async () => {
  const { certificates, port, peers, data } = await openPort({ clients: "optional" });
  const ca = await openOwnCa(data, clockNow(), "Maison");
  const trust = { ca: certificates.caPem() ?? "" };
  const mine = await ca.client("scale-1");
  await visit(port, { ...trust, cert: mine.cert, key: mine.key });
  await visit(port, trust);
  expect(peers).toEqual([{ deviceId: "scale-1", serial: mine.serial }, undefined]);

  const stranger = await (await openOwnCa(folder(), clockNow(), "Maison")).client("scale-1");
  await expect(visit(port, { ...trust, cert: stranger.cert, key: stranger.key })).rejects.toThrow();
  // the gateway's own server certificate is of the right CA, and no client's
  const server = await ca.server(["localhost"]);
  await expect(visit(port, { ...trust, cert: server.cert, key: server.key })).rejects.toThrow();
  const expired = await (await openOwnCa(data, createManualClock(Date.now() - 9 * 365 * dayMs), "Maison")).client(
    "old",
  );
  await expect(visit(port, { ...trust, cert: expired.cert, key: expired.key })).rejects.toThrow();
  expect(peers).toHaveLength(2);
});

test("where client certificates are demanded, nobody comes in without, not by resuming a session either", async () => {
  const { certificates, port, data, peers } = await openPort({ clients: "required" });
  const ca = await openOwnCa(data, clockNow(), "Maison");
  const trust = { ca: certificates.caPem() ?? "" };
  await expect(visit(port, trust)).rejects.toThrow("turned away");
  const mine = await ca.client("scale-1");
  const first = connect({ host: "127.0.0.1", port, servername: "localhost", ...trust, cert: mine.cert, key: mine.key });
  onTestFinished(() => void first.destroy());
  const [session] = await once(first, "session");
  const again = await visit(port, { ...trust, session });
  // resumed or not, it is the device that proved itself in the first place
  expect(again.isSessionReused()).toBe(true);
  expect(peers.at(-1)).toEqual({ deviceId: "scale-1", serial: mine.serial });
});

test("the plain port hands out the CA's certificate and sends everything else to the safe one", async () => {
  const redirect = createRedirect({ host: "127.0.0.1", port: 0, httpsPort: () => 8443, caPem: () => "PEM" });
  const { port } = await redirect.start();
  onTestFinished(redirect.close);
  const ask = async (path: string, host: string) => {
    const sent = request({ host: "127.0.0.1", port, path, headers: { host } }).end();
    const [response] = await once(sent, "response");
    let body = "";
    for await (const chunk of response) body += chunk;
    return { status: response.statusCode, location: response.headers.location, body };
  };
  expect(await ask("/ca.crt", "vitrine.local:8080")).toMatchObject({ status: 200, body: "PEM" });
  expect(await ask("/staff?x=1", "vitrine.local:8080")).toMatchObject({
    status: 307,
    location: "https://vitrine.local:8443/staff?x=1",
  });
  expect(await ask("/staff", "evil/@x")).toMatchObject({ status: 400 });
});
