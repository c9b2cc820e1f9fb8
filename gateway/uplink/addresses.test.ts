import { createServer } from "node:https";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../clock.ts";
import { temporaryFolder } from "../test-gateway.ts";
import { openOwnCa } from "../tls/own-ca.ts";
import { type AddressRules, judgeAddress, judgeUrl } from "./addresses.ts";
import { createSender } from "./send.ts";
import { openReceiver } from "./test-receiver.ts";

const shop: AddressRules = {
  allowLoopback: false,
  ownAddresses: () => ["192.168.1.7", "fd00::7"],
  ownPorts: () => [8080, 1883],
};
const demo: AddressRules = { ...shop, allowLoopback: true };

test.each([
  ["93.184.216.34", "a server on the internet"],
  ["2606:2800:220:1::1", "the same, IPv6"],
  ["192.168.1.20", "another computer in the shop"],
  ["10.4.0.9", "a head office over a VPN"],
  ["fd00::20", "a computer in the shop, IPv6"],
  ["64:ff9b::5db8:d822", "a server on the internet, through NAT64"],
])("%s, %s, may be a receiver", (address) => {
  expect(judgeAddress(address, 443, true, shop)).toEqual({ ok: true });
});

test.each([
  ...["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1", "192.168.1.7", "fd00::7"],
  ...["169.254.169.254", "fe80::1", "0.0.0.0", "::", "224.0.0.1", "255.255.255.255", "ff02::1"],
  ...["::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "not an address", ""],
])("%s is no receiver, over https neither", (address) => {
  expect(judgeAddress(address, 443, true, shop)).toMatchObject({ ok: false });
});

test("plain http stays inside the shop", () => {
  expect(judgeAddress("192.168.1.20", 80, false, shop)).toEqual({ ok: true });
  expect(judgeAddress("93.184.216.34", 80, false, shop)).toMatchObject({ ok: false });
});

test("in the demo a receiver may run on this computer, but never be the gateway itself", () => {
  expect(judgeAddress("127.0.0.1", 9000, false, demo)).toEqual({ ok: true });
  for (const port of [8080, 1883]) expect(judgeAddress("127.0.0.1", port, false, demo)).toMatchObject({ ok: false });
});

test.each([
  ["ftp://shop.example/", false, "Only https"],
  ["http://shop.example/", false, "Use https"],
  ["https://ana:secret@shop.example/", false, "Leave name and password out"],
  ["https://shop.example/#part", false, "behind the #"],
  ["shop.example", false, "no address"],
  ["", true, "no address"],
  [`https://shop.example/${"x".repeat(2_000)}`, true, "no address"],
])("%s is refused with a reason", (url, plainHttp, words) => {
  expect(judgeUrl(url, plainHttp)).toMatchObject({ ok: false, reason: expect.stringContaining(words) });
});

test("a name is judged by what it turns out to be, at the moment of connecting", async () => {
  const receiver = await openReceiver();
  const ask = async (rules: AddressRules) => {
    const sender = createSender(rules);
    const url = receiver.url.replace("127.0.0.1", "localhost");
    const { signal } = new AbortController();
    const outcome = await sender.send({ url, plainHttp: true, headers: {}, body: "{}", signal });
    sender.close();
    return outcome;
  };
  expect(await ask(shop)).toEqual({ ok: false, reason: "It is this computer: webhooks go to other ones." });
  expect(receiver.messages).toEqual([]);
  expect(await ask(demo)).toEqual({ ok: true, status: 204 });
});

test("a receiver whose certificate nobody vouches for is told nothing", async () => {
  const { cert, key } = await (await openOwnCa(temporaryFolder(), systemClock, "Somebody")).client("receiver");
  let asked = 0;
  const server = createServer({ cert, key }, (_request, response) => {
    asked += 1;
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const sender = createSender(demo);
  const { signal } = new AbortController();
  const url = `https://localhost:${port}/`;
  const outcome = await sender.send({ url, plainHttp: false, headers: {}, body: "{}", signal });
  expect(outcome).toMatchObject({ ok: false, reason: expect.stringMatching(/certificate|issuer/) });
  expect(asked).toBe(0);
  sender.close();
});

test("an address in numbers, in whatever spelling, is judged too", async () => {
  const receiver = await openReceiver();
  const sender = createSender(shop);
  const { signal } = new AbortController();
  for (const host of ["127.0.0.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "0.0.0.0"]) {
    const url = `http://${host}:${receiver.port}/`;
    expect(await sender.send({ url, plainHttp: true, headers: {}, body: "{}", signal }), host).toMatchObject({
      ok: false,
    });
  }
  expect(receiver.messages).toEqual([]);
  sender.close();
});
