import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { basename, join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { mediaWorkerState, prepareMediaWorker } from "../install/media-worker.ts";
import { silentLog } from "../log.ts";
import { createMedia } from "../media/media.ts";
import { startCoturn } from "../media/test-coturn.ts";
import { networkAddress } from "../media/test-shop.ts";
import { temporaryFolder } from "../test-gateway.ts";
import { loginFor } from "./doctor-turn.ts";
import {
  examineVideo,
  examineWorker,
  type Finding,
  firewallRule,
  onlyWay,
  readWays,
  remedyFor,
} from "./doctor-video.ts";

let bin = "";
beforeAll(async () => {
  ({ bin } = await prepareMediaWorker({ log: silentLog, onStatus: () => {} }));
}, 1_200_000);

const patient = { timeout: 120_000 };
const linesOf = (findings: Finding[]) =>
  findings.map(({ ok, what, remedy }) => `${ok ? "fine" : "look"} ${what}${ok || !remedy ? "" : ` > ${remedy}`}`);

/** Somebody who has a free port open. */
async function squat() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  return { port: address !== null && typeof address === "object" ? address.port : 0, server };
}

async function freePort() {
  const { port, server } = await squat();
  server.close();
  await once(server, "close");
  return port;
}

test(
  "the whole way of video is proved: worker, port, a picture by UDP and one by TCP, with its codec",
  patient,
  async () => {
    const port = await freePort();
    const media = { port, addresses: [], workers: 1 };
    const lines = linesOf(await examineVideo({ media, running: false, listenIp: "127.0.0.1" }));
    expect(lines).toEqual([
      `fine video worker ${(await mediaWorkerState()).version}: ${bin}`,
      `fine video port ${port} is free, UDP and TCP`,
      expect.stringMatching(
        `^fine video by UDP to 127.0.0.1, port ${port}: VP8, first picture after \\d+ ms, then \\d+ a second$`,
      ),
      expect.stringMatching(
        `^fine video by TCP to 127.0.0.1, port ${port}: VP8, first picture after \\d+ ms, then \\d+ a second$`,
      ),
    ]);
  },
);

test("a taken port is named with who has it, and the way is proved beside it", patient, async () => {
  const { port } = await squat();
  const media = { port, addresses: [], workers: 1 };
  const lines = linesOf(await examineVideo({ media, running: false, listenIp: "127.0.0.1" }));
  expect(lines[1]).toMatch(`look video port ${port} is taken: TCP by `);
  expect(lines[1]).toContain(`process ${process.pid} >`);
  expect(lines[1]).toContain("VITRINE_MEDIA_PORT");
  expect(lines[2]).toMatch(/^fine video is tried on port \d+ beside it$/);
  expect(lines.slice(3)).toEqual([
    expect.stringMatching(/^fine video by UDP/),
    expect.stringMatching(/^fine video by TCP/),
  ]);
});

test("a running gateway is not disturbed: its port is its own, another one is tried", patient, async () => {
  const quiet = { onStatus: () => {}, onStreams: () => {} };
  const running = createMedia({ log: silentLog, listenIp: "127.0.0.1", port: await freePort(), ...quiet });
  onTestFinished(() => running.close());
  await running.start(bin);
  const [pid, port] = [running.workerPid(), running.port()];
  const media = { port, addresses: [], workers: 1 };
  const lines = linesOf(await examineVideo({ media, running: true, listenIp: "127.0.0.1" }));
  expect(lines[1]).toBe(`fine video port ${port} is the running gateway's`);
  expect(lines.every((line) => line.startsWith("fine"))).toBe(true);
  expect(running.workerPid()).toBe(pid);
});

test(
  "an address that leads nowhere is told apart from those that work, and what to do stands beside it",
  patient,
  async () => {
    // bound to one address of this computer only, while phones are told another one too
    const media = { port: 0, addresses: ["127.0.0.2", "127.0.0.1", "no-such-shop.invalid"], workers: 1 };
    const lines = linesOf(await examineVideo({ media, running: false, listenIp: "127.0.0.2" }))
      .slice(1)
      .sort();
    expect(lines).toEqual([
      expect.stringMatching(/^fine video by TCP to 127\.0\.0\.2, /),
      expect.stringMatching(/^fine video by UDP to 127\.0\.0\.2, /),
      expect.stringMatching(/^look video by TCP to 127\.0\.0\.1, port \d+: no way leads to the video port > .*\d+/),
      expect.stringMatching(
        /^look video by TCP to no-such-shop\.invalid, .* nobody knows this name here > media\.addresses/,
      ),
      expect.stringMatching(/^look video by UDP to 127\.0\.0\.1, port \d+: no way leads to the video port > .*\d+/),
      expect.stringMatching(
        /^look video by UDP to no-such-shop\.invalid, .* nobody knows this name here > media\.addresses/,
      ),
    ]);
  },
);

test("a picture through the relay is proved too, and that one which leads nowhere shows none", patient, async () => {
  const here = networkAddress();
  const secret = "a-secret-of-this-test-alone-0123456789";
  const [leading, strange] = [
    await startCoturn(here, secret),
    await startCoturn(here, secret, { leadsTo: "192.0.2.77" }),
  ];
  const relays = [leading, strange].map(({ port }) => loginFor(`turn:${here}:${port}?transport=udp`, { secret }));
  const media = { port: 0, addresses: [here], workers: 1 };
  const lines = linesOf(await examineVideo({ media, running: false, listenIp: here, relays }));
  expect(lines.slice(3)).toEqual([
    expect.stringMatching(
      /^fine video through the relay turn:\S+: VP8, first picture after \d+ ms, then \d+ a second$/,
    ),
    expect.stringMatching(/^look video through the relay turn:\S+: no way leads to the video port > .*UDP port \d+/),
  ]);
  expect(leading.lines.join("\n")).toContain("ALLOCATE processed, success");
});

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"));

test.skipIf(!hasIpv6)("an IPv6 address is tried too; one that is not this computer's is said", patient, async () => {
  const media = { port: 0, addresses: ["::1", "2001:db8::7"], workers: 1 };
  const lines = linesOf(await examineVideo({ media, running: false, listenIp: "127.0.0.1" }));
  expect(lines.slice(1)).toEqual([
    expect.stringMatching(
      /^look video at 2001:db8::7: no network of this computer has this address > .*media\.addresses/,
    ),
    expect.stringMatching(/^fine video by UDP to ::1, port \d+: VP8/),
    expect.stringMatching(/^fine video by TCP to ::1, port \d+: VP8/),
  ]);
});

test("a worker that is missing, was altered or is another program is said with what to type", async () => {
  const [cache, before] = [temporaryFolder(), { ...process.env }];
  onTestFinished(() => {
    process.env = before;
  });
  delete process.env.MEDIASOUP_WORKER_BIN;
  process.env.VITRINE_CACHE = cache;
  const missing = await examineWorker();
  expect(linesOf([missing.finding])[0]).toMatch(
    /^look video worker: not there yet > .*vitrine media-worker --offline FILE/,
  );
  writeFileSync(join(cache, basename((await mediaWorkerState()).path)), "half a worker");
  expect(linesOf([(await examineWorker()).finding])[0]).toMatch(
    /^look .* is not the file that was put there > .*vitrine media-worker/,
  );
  const stranger = join(cache, "stranger");
  writeFileSync(stranger, "#!/bin/sh\nexit 41\n", { mode: 0o755 });
  onTestFinished(() => rmSync(stranger, { force: true }));
  process.env.MEDIASOUP_WORKER_BIN = stranger;
  expect(linesOf([(await examineWorker()).finding])[0]).toMatch(/^look .* does not answer > It must be of version \d/);
});

test("what to do about a closed way depends on whose address it is and which firewall is there", () => {
  const way = { protocol: "tcp", address: "192.0.2.7", port: 44444 } as const;
  expect(remedyFor(way, "192.0.2.7", ["127.0.0.1", "198.51.100.3"])).toBe(
    "192.0.2.7 is not this computer, which has 198.51.100.3. Mend media.addresses in the configuration, or let the router at 192.0.2.7 pass port 44444 on to here.",
  );
  expect(remedyFor(way, "192.0.2.7", ["192.0.2.7"])).toContain("44444");
  const rule = (program: string) => firewallRule("udp", 44444, (file) => file.endsWith(`/${program}`));
  expect(rule("ufw")).toContain("sudo ufw allow 44444/udp");
  expect(rule("firewall-cmd")).toContain("--add-port=44444/udp");
  expect(rule("iptables")).toContain("-p udp --dport 44444 -j ACCEPT");
  expect(rule("nothing")).toContain("nft insert rule inet filter input udp dport 44444 accept");
});

test("of all candidates one is left, the rest of the offer stays as it was", () => {
  const sdp = [
    "v=0",
    "a=candidate:a0 1 udp 1076558079 192.0.2.1 44444 typ host",
    "a=candidate:a1 1 udp 1076557823 192.0.2.11 44444 typ host",
    "a=candidate:b0 1 tcp 1076276479 192.0.2.1 44444 typ host tcptype passive",
    "a=end-of-candidates",
    "",
  ].join("\r\n");
  const ways = readWays(sdp);
  expect(ways).toEqual([
    { protocol: "udp", address: "192.0.2.1", port: 44444 },
    { protocol: "udp", address: "192.0.2.11", port: 44444 },
    { protocol: "tcp", address: "192.0.2.1", port: 44444 },
  ]);
  for (const way of ways) expect(readWays(onlyWay(sdp, way))).toEqual([way]);
  expect(onlyWay(sdp, { protocol: "tcp", address: "192.0.2.1", port: 44444 })).toContain("v=0\r\na=candidate:b0 1 tcp");
});
