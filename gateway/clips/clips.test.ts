import { expect, test } from "vitest";
import { mp4, openShop, webm } from "./test-clips.ts";

test("a shopper takes a clip along: it arrives in parts, is looked at, and plays from any point on a friend's phone", async () => {
  const { begin, put, ask, friend, as, url } = await openShop();
  const file = mp4();
  const { status, location, body } = await begin({ bytes: file.length, sku: "GLASSES-ORSO" });
  expect(status).toBe(201);
  expect(body).toEqual({ clipId: expect.stringMatching(/^c-/), state: "uploading", received: 0, bytes: file.length });
  expect(await ask(location, file.length)).toMatchObject({ status: 308, range: null });
  expect(await put(location, file, 0, 4_000)).toMatchObject({ status: 308, range: "bytes=0-3999" });
  expect(await ask(location, file.length)).toMatchObject({ status: 308, range: "bytes=0-3999" });
  expect(await put(location, file, 5_000, 6_000)).toMatchObject({ status: 416, range: "bytes=0-3999" });
  // a part that was sent again, because its answer was lost, counts once
  expect(await put(location, file, 2_000, 6_000)).toMatchObject({ status: 308, range: "bytes=0-5999" });
  const last = await put(location, file, 6_000);
  expect(last).toMatchObject({ status: 201, body: { state: "kept" } });
  expect(await put(location, file, 6_000)).toMatchObject({ status: 201, body: { url: last.body.url } });
  expect(last.body.ownerUrl).toMatch(/^http.*\/s\/[^#]+#owner=[\w-]{22}$/);

  const token = last.body.url.split("/s/")[1];
  const view = await (await friend(`/api/v1/shares/${token}`)).json();
  expect(view).toMatchObject({ state: "clip", item: { name: "Orso" }, clip: { mime: "video/mp4" } });
  expect(view.clip.durationMs).toBeGreaterThan(1_000);
  const whole = await friend(view.clip.url);
  const bytes = Buffer.from(await whole.arrayBuffer());
  expect(whole.headers.get("content-type")).toBe("video/mp4");
  expect(bytes.length).toBe(view.clip.bytes);
  // where a phone begins to play before it has everything: the index lies before the pictures
  expect(bytes.indexOf("moov")).toBeLessThan(bytes.indexOf("mdat"));
  expect(bytes.includes("moof")).toBe(false);
  const list = await (await fetch(`${url}/api/v1/mirrors/mirror-1/clips`, { headers: as("mirror-1") })).json();
  expect(list).toEqual([last.body]);
});

test("a clip recorded as WebM gets its length and its index too", async () => {
  const { keep, friend } = await openShop();
  const file = webm();
  // Chromium writes neither: Duration is 4489, Cues 1C53BB6B
  expect(file.includes(Buffer.from("1c53bb6b", "hex"))).toBe(false);
  const { token } = await keep(file, { mime: "video/webm" });
  const view = await (await friend(`/api/v1/shares/${token}`)).json();
  const bytes = Buffer.from(await (await friend(view.clip.url)).arrayBuffer());
  expect(bytes.includes(Buffer.from("1c53bb6b", "hex"))).toBe(true);
  expect(bytes.includes(Buffer.from("448988", "hex"))).toBe(true);
});
