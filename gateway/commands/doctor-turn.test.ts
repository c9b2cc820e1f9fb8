import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../clock.ts";
import { startCoturn } from "../media/test-coturn.ts";
import { networkAddress } from "../media/test-shop.ts";
import { temporaryFolder } from "../test-gateway.ts";
import { openOwnCa } from "../tls/own-ca.ts";
import { examineTurn, readUrl, type TurnCheck } from "./doctor-turn.ts";
import { decodeAddress, decodeAnswer } from "./stun.ts";

const secret = "a-secret-of-this-test-alone-0123456789";
const here = networkAddress();
const patient = { timeout: 30_000 };
const minutes = (count: number) => count * 60_000;

async function look(url: string, more: Partial<TurnCheck> = {}): Promise<string> {
  const check = { urls: [url], secret, secretFile: "/etc/vitrine/turn-secret", addresses: [here], ...more };
  const [finding] = await examineTurn(check);
  if (!finding) throw new Error("nothing was said");
  return `${finding.ok ? "fine" : "look"} ${finding.what}${finding.ok ? "" : ` > ${finding.remedy}`}`;
}

test(
  "a relay that works is said with the way that it opens, by UDP and by TCP, and nothing is left open",
  patient,
  async () => {
    const { port, lines } = await startCoturn(here, secret);
    for (const transport of ["udp", "tcp"]) {
      const url = `turn:${here}:${port}?transport=${transport}`;
      const said = await look(url);
      expect(said).toMatch(/^fine relay \S+: opens a way at [\d.]+:\d+, leads to [\d.]+$/);
      expect(said).toContain(`${url}: opens a way at ${here}:`);
      expect(said).toContain(`leads to ${here}`);
    }
    const count = (text: string) => lines.filter((line) => line.includes(text)).length;
    expect(count("ALLOCATE processed, success")).toBe(2);
    expect(count("REFRESH processed, success")).toBe(2);
    expect(lines.join("\n")).not.toContain(secret);
  },
);

test("another secret is told apart from a clock that is wrong, whichever way it is", patient, async () => {
  const { port } = await startCoturn(here, secret);
  const url = `turn:${here}:${port}`;
  expect(await look(url, { secret: "another-secret-altogether-012345" })).toMatch(
    /^look .*: refuses the password: its secret is another one > static-auth-secret .* in \/etc\/vitrine\/turn-secret/,
  );
  // as if this computer's clock were wrong, which is the same thing
  expect(await look(url, { now: () => Date.now() - minutes(20) })).toMatch(
    /^look .*: takes fresh logins for over: its clock is ahead of this computer's > .*timedatectl/,
  );
  expect(await look(url, { now: () => Date.now() + minutes(20) })).toMatch(
    /^look .*: takes logins that are over: its clock is behind this computer's > .*timedatectl/,
  );
});

test("a relay that may not lead to this gateway, or is open to everybody, is no good one", patient, async () => {
  const { port } = await startCoturn(here, secret);
  expect(await look(`turn:${here}:${port}`, { addresses: ["192.0.2.77"] })).toMatch(
    /^look .*: may not lead to this gateway at 192\.0\.2\.77 > Write allowed-peer-ip=192\.0\.2\.77 in turnserver\.conf/,
  );
  // one way is enough
  expect(await look(`turn:${here}:${port}`, { addresses: ["192.0.2.77", here] })).toMatch(/^fine /);
  const open = await startCoturn(here, secret, { login: ["--no-auth"] });
  expect(await look(`turn:${here}:${open.port}`)).toMatch(/^look .*: opens a way to everybody, without a password > /);
});

test("a relay that is not there is said to be not there, with what to look at", patient, async () => {
  const quiet = createSocket("udp4").bind(0, here);
  await once(quiet, "listening");
  const { port } = quiet.address();
  expect(await look(`turn:${here}:${port}`)).toMatch(/^look .*: no answer > .*systemctl status coturn.* UDP port \d+/);
  quiet.close();
  await once(quiet, "close");
  expect(await look(`turn:${here}:${port}`)).toMatch(/^look .*: nothing listens there > /);
  expect(await look(`turn:${here}:${port}?transport=tcp`)).toMatch(/^look .*: nothing listens there > .* TCP port \d+/);
  expect(await look("turn:no-such-relay.invalid")).toMatch(
    /^look .*: nobody knows the name no-such-relay\.invalid here/,
  );
  expect(await look("turns:shop.example?transport=udp")).toMatch(/^look .*: no browser speaks DTLS/);
  const stranger = createServer((socket) => socket.end("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n"));
  stranger.listen(0, here);
  await once(stranger, "listening");
  onTestFinished(() => void stranger.close());
  const address = stranger.address();
  const its = address !== null && typeof address === "object" ? address.port : 0;
  expect(await look(`turn:${here}:${its}?transport=tcp`)).toMatch(
    /^look .*: (what answers there is no relay|the relay hangs up) > /,
  );
});

test("a relay with TLS needs a certificate that phones trust", patient, async () => {
  const ca = await openOwnCa(temporaryFolder(), systemClock, "a test");
  const { port } = await startCoturn(here, secret, { keyPair: await ca.server([here]) });
  const url = `turns:${here}:${port}?transport=tcp`;
  expect(await look(url)).toMatch(/^look .*: its certificate is not trusted: .+ > /);
  const before = getCACertificates();
  onTestFinished(() => setDefaultCACertificates(before));
  setDefaultCACertificates([...before, ca.caPem]);
  expect(await look(url)).toMatch(/^fine relay turns:.* opens a way at /);
});

test("addresses of relays are read as RFC 7065 writes them", () => {
  expect(readUrl("turn:shop.example")).toEqual({ host: "shop.example", port: 3478, transport: "udp" });
  expect(readUrl("turn:shop.example:3479?transport=tcp")).toEqual({
    host: "shop.example",
    port: 3479,
    transport: "tcp",
  });
  expect(readUrl("turns:shop.example")).toEqual({ host: "shop.example", port: 5349, transport: "tls" });
  expect(readUrl("turns:[2001:db8::1]:443?transport=tcp")).toEqual({
    host: "2001:db8::1",
    port: 443,
    transport: "tls",
  });
});

test("an answer is read as RFC 5769, 2.2, prints one; half of it is none", () => {
  const bytes = Buffer.from(
    "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a6430008001" +
      "42b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96",
    "hex",
  );
  const answer = decodeAnswer(bytes);
  expect(answer).toMatchObject({ ok: true, method: 1, transaction: "b7e7a701bc34d686fa87dfae" });
  expect(decodeAddress(answer?.get(0x0020))).toBe("192.0.2.1:32853");
  for (let length = 0; length < bytes.length; length += 1)
    expect(decodeAnswer(bytes.subarray(0, length))).toBeUndefined();
});
