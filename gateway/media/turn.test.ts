import { createHmac } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createManualClock } from "../clock.ts";
import { bootGateway, shopConfig, temporaryFolder } from "../test-gateway.ts";
import { launchChromium, remote } from "./browser-kit.ts";
import { startCoturn } from "./test-coturn.ts";
import { networkAddress, openVideoShop } from "./test-shop.ts";
import { createTurn } from "./turn.ts";

const secret = "a-secret-of-this-test-alone-0123456789";
const inAnHour = () => Date.now() + 3_600_000;

/** As draft-uberti-behave-turn-rest-00, section 2.2, says it. */
const passwordOf = (username: string) => createHmac("sha1", secret).update(username).digest("base64");

test("a friend whose phone reaches only the relay sees the picture through it", { timeout: 60_000 }, async () => {
  const { port, lines } = await startCoturn(networkAddress(), secret);
  const turn = createTurn({ urls: [`turn:${networkAddress()}:${port}?transport=udp`], secret });
  const { url, media } = await openVideoShop({ iceServers: () => turn.iceServers(inAnHour()) });
  const browser = await launchChromium();
  onTestFinished(() => browser.close());
  async function openPage() {
    const page = await browser.newPage();
    await page.goto(url);
    await page.waitForFunction("window.ready");
    return remote(page);
  }
  const [mirror, friend] = [await openPage(), await openPage()];
  await mirror.publish({ url: "/whip/M1", token: "mirror-M1" });
  await friend.page.evaluate(relayOnly);
  // this library reads the relay out of the Link headers by itself
  await friend.play({ url: "/whep/t-s1", library: true });
  await friend.frames(30);
  expect(await friend.page.evaluate(selectedPair)).toEqual({ local: "relay", protocol: "udp" });
  // the relay's own log comes by a pipe
  await expect.poll(() => lines.join("\n")).toContain("ALLOCATE processed, success");
  expect(media.viewersOf("s1")).toBe(1);
});

test("the relay refuses credentials whose time is over, and those of another secret", { timeout: 60_000 }, async () => {
  const { port, lines } = await startCoturn(networkAddress(), secret);
  const urls = [`turn:${networkAddress()}:${port}?transport=udp`];
  const browser = await launchChromium();
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  const gather = (servers: unknown) => page.evaluate(gatherRelays(JSON.stringify(servers)));
  expect(await gather(createTurn({ urls, secret }).iceServers(Date.now() - 60_000))).toBe(0);
  expect(await gather(createTurn({ urls, secret: "another" }).iceServers(inAnHour()))).toBe(0);
  expect(lines.join("\n")).not.toContain("ALLOCATE processed, success");
  expect(await gather(createTurn({ urls, secret }).iceServers(inAnHour()))).toBe(1);
  expect(lines.join("\n")).not.toContain(secret);
});

test("credentials are nobody else's and end when they should", () => {
  const turn = createTurn({ urls: ["turn:shop.example"], secret, now: () => 1_799_999_999_000 });
  const [one] = turn.iceServers(1_800_000_000_500);
  const [other] = turn.iceServers(1_800_000_000_500);
  expect(one).toMatchObject({ urls: ["turn:shop.example"], username: expect.stringMatching(/^1800000000:[\w-]{12}$/) });
  expect(one?.username).not.toBe(other?.username);
  expect(one?.credential).toBe(passwordOf(one?.username ?? ""));
  // a link that is taken back leaves nobody with a login for the rest of its two hours
  const [long] = turn.iceServers(1_800_007_200_000);
  expect(long?.username.split(":")[0]).toBe("1800000599");
});

test("the shop tells its relay to friends with a link and to nobody else, for ten minutes and as long as the link lasts", async () => {
  const file = join(temporaryFolder(), "turn-secret");
  writeFileSync(file, `${secret}\n`);
  const plain = shopConfig();
  const urls = ["turn:shop.example:3478?transport=udp", "turns:shop.example:5349"];
  const config = { ...plain.config, media: { ...plain.config.media, turn: { urls, secretFile: file } } };
  const clock = createManualClock(Date.now());
  const shop = await bootGateway({ loaded: { ...plain, config }, clock });
  const session = await shop.api<{ token: string }>("POST", "/api/v1/mirrors/mirror-1/sessions");
  const { token } = session.value;
  const made = await shop.api<{ url: string; expiresAt: number }>("POST", "/api/v1/mirrors/mirror-1/shares", {
    token,
    body: {},
  });
  const link = new URL(made.value.url).pathname.replace(/^\/s\//, "");
  type Seen = { iceServers: { urls: string[]; username: string; credential: string }[] };
  const look = async () => (await shop.api<Seen>("GET", `/api/v1/shares/${link}`)).value.iceServers[0];
  const relay = await look();
  expect(relay?.urls).toEqual(urls);
  const endOf = (login: typeof relay) => Number(login?.username.split(":")[0]);
  expect(endOf(relay)).toBe(Math.floor(clock.now() / 1000) + 600);
  clock.advance(made.value.expiresAt - clock.now() - 60_000);
  expect(endOf(await look())).toBe(Math.floor(made.value.expiresAt / 1000));
  expect(relay?.credential).toBe(passwordOf(relay?.username ?? ""));

  const options = (path: string, headers: Record<string, string> = {}) =>
    fetch(shop.url + path, { method: "OPTIONS", headers });
  const links = (await options(`/whep/${link}`)).headers.get("link");
  expect(links).toMatch(
    /^<turn:shop\.example:3478\?transport=udp>; rel="ice-server"; username="\d+:[\w-]+"; credential="[\w+/=]+"; credential-type="password", <turns:shop\.example:5349>; rel="ice-server"; /,
  );
  expect((await options("/whip/mirror-1", { authorization: `Bearer ${token}` })).headers.get("link")).toContain(
    "<turn:",
  );
  const preflight = { origin: "https://player.example", "access-control-request-method": "POST" };
  expect((await options(`/whep/${link}`, preflight)).headers.get("link")).toBeNull();
  expect((await options("/whep/guessed")).headers.get("link")).toBeNull();
  expect((await options("/whip/mirror-1")).headers.get("link")).toBeNull();
  const preflighted = { authorization: `Bearer ${token}`, ...preflight };
  expect((await options("/whip/mirror-1", preflighted)).headers.get("link")).toBeNull();
});

const relayOnly = `window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(configuration) { super({ ...configuration, iceTransportPolicy: "relay" }); }
}`;

const selectedPair = `peer.getStats().then((stats) => {
  const pair = [...stats.values()].find((report) => report.type === "candidate-pair" && report.nominated);
  const local = stats.get(pair.localCandidateId);
  return { local: local.candidateType, protocol: local.relayProtocol };
})`;

const gatherRelays = (iceServers: string) => `(async () => {
  const peer = new RTCPeerConnection({ iceServers: ${iceServers}, iceTransportPolicy: "relay" });
  let relays = 0;
  const done = new Promise((resolve) => {
    peer.onicecandidate = ({ candidate }) => {
      if (!candidate) resolve();
      else if (candidate.type === "relay") relays += 1;
    };
  });
  peer.addTransceiver("video");
  await peer.setLocalDescription(await peer.createOffer());
  await done;
  peer.close();
  return relays;
})()`;
