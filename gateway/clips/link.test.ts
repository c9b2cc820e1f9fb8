import sharp from "sharp";
import { expect, test } from "vitest";
import { createManualClock } from "../clock.ts";
import { mp4, openShop } from "./test-clips.ts";

const clock = () => createManualClock(Date.parse("2026-11-21T10:00:00Z"));
const red = (width = 480, height = 640) =>
  sharp({ create: { width, height, channels: 3, background: "#c02020" } })
    .jpeg()
    .toBuffer();

async function redIn(jpeg: ArrayBuffer): Promise<boolean> {
  const middle = await sharp(Buffer.from(jpeg)).extract({ left: 590, top: 250, width: 20, height: 20 }).toBuffer();
  const [r, g, b] = (await sharp(middle).stats()).channels;
  return (r?.mean ?? 0) > 150 && (g?.mean ?? 255) < 80 && (b?.mean ?? 255) < 80;
}

test("a chat app shows what was tried on, how long the clip is and when it goes home, and a drawing, not the person", async () => {
  const { keep, friend, ask } = await openShop({ clock: clock() });
  const { token, location } = await keep(mp4(), { sku: "GLASSES-ORSO" });
  const page = await friend(`/s/${token}`);
  const html = await page.text();
  expect(html).toContain('<meta property="og:title" content="A look at Orso">');
  expect(html).toContain("A clip of 2 seconds from a mirror at Vitrine");
  expect(html).toMatch(/It goes home on 22 November 2026/);
  expect(html).toContain("A drawing of Orso");
  expect(html).toContain(`/s/${token}/poster.jpg`);
  expect(html).not.toContain("owner=");
  expect(page.headers.get("referrer-policy")).toBe("no-referrer");
  // a mirror that sends the person all the same is told no, and nothing changes
  const headers = { "content-type": "image/jpeg" };
  const refused = await ask(`${location}/still`, { method: "PUT", headers, body: new Uint8Array(await red()) });
  expect(refused).toMatchObject({ status: 409, body: { type: "no-person" } });
  const poster = await friend(`/s/${token}/poster.jpg`);
  expect(poster.headers.get("content-type")).toBe("image/jpeg");
  expect(await redIn(await poster.arrayBuffer())).toBe(false);
});

test("a shopper who chose it is in the preview; the picture is for no cache and goes with the clip", async () => {
  const { begin, put, friend, ask, filesOf } = await openShop();
  const file = mp4();
  const { location } = await begin({ bytes: file.length, showsPerson: true });
  const send = async (body: Uint8Array, type = "image/jpeg") =>
    (await ask(`${location}/still`, { method: "PUT", headers: { "content-type": type }, body: Buffer.from(body) }))
      .status;
  expect(await send(await red())).toBe(204);
  expect(await send(Buffer.from("<svg/>"))).toBe(422);
  expect(await send(await red(), "image/png")).toBe(415);
  expect(await send(new Uint8Array(3 * 1024 ** 2))).toBe(413);
  const { body } = await put(location, file);
  const token = body.url.split("/s/")[1];
  const poster = await friend(`/s/${token}/poster.jpg`);
  expect(poster.headers.get("cache-control")).toBe("private, no-store");
  expect(await redIn(await poster.arrayBuffer())).toBe(true);
  expect((await (await friend(`/s/${token}`)).text()).includes("A look in the mirror")).toBe(true);
  expect(filesOf()).toHaveLength(3);
  await ask(location, { method: "DELETE" });
  const after = await friend(`/s/${token}/poster.jpg`);
  expect(await redIn(await after.arrayBuffer())).toBe(false);
  expect(filesOf()).toEqual([]);
});

test("a shopper who may be in the preview, but of whom the mirror made no picture, is not said to be in it", async () => {
  const { begin, put, friend } = await openShop();
  const file = mp4();
  const { location } = await begin({ bytes: file.length, showsPerson: true, sku: "GLASSES-ORSO" });
  const { body } = await put(location, file);
  const html = await (await friend(`/s/${body.url.split("/s/")[1]}`)).text();
  expect(html).toContain("A drawing of Orso");
  expect(html).not.toContain("A look in the mirror");
});

test("a link that is over says so kindly, to people and to machines", async () => {
  const { keep, friend, ask } = await openShop();
  const { token, location } = await keep(mp4(), { sku: "GLASSES-ORSO" });
  await ask(location, { method: "DELETE" });
  const page = await friend(`/s/${token}`);
  expect(page.status).toBe(410);
  const html = await page.text();
  expect(html).toContain("<title>This look has gone home</title>");
  expect(html).toContain("the page");
  expect(html).not.toContain("Orso");
});
