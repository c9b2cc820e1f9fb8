import { expect, test } from "vitest";
import { createManualClock } from "../clock.ts";
import { fixture, mp4, openShop, signIn, webm } from "./test-clips.ts";

test("a shopper takes a clip along: it arrives in parts, is looked at, and a friend's phone plays it", async () => {
  const { begin, put, where, friend, ask, clips } = await openShop();
  const file = mp4();
  const { status, location, body } = await begin({ bytes: file.length, sku: "GLASSES-ORSO" });
  expect(status).toBe(201);
  expect(body).toEqual({ clipId: expect.stringMatching(/^c-/), state: "uploading", received: 0, bytes: file.length });
  expect(await where(location, file.length)).toMatchObject({ status: 308, range: null });
  expect(await put(location, file, 0, 4_000)).toMatchObject({ status: 308, range: "bytes=0-3999" });
  expect(await where(location, file.length)).toMatchObject({ status: 308, range: "bytes=0-3999" });
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
  expect((await ask(clips)).body).toEqual([last.body]);
});

test("a clip recorded as WebM gets its length and its index too", async () => {
  const { keep, friend } = await openShop();
  const file = webm();
  // Chromium writes neither: Duration is 4489, Cues 1C53BB6B
  expect(Buffer.from(file).includes(Buffer.from("1c53bb6b", "hex"))).toBe(false);
  const { token } = await keep(file, { mime: "video/webm" });
  const view = await (await friend(`/api/v1/shares/${token}`)).json();
  const bytes = Buffer.from(await (await friend(view.clip.url)).arrayBuffer());
  expect(bytes.includes(Buffer.from("1c53bb6b", "hex"))).toBe(true);
  expect(bytes.includes(Buffer.from("448988", "hex"))).toBe(true);
});

test("whatever else Chromium records is kept as well", async () => {
  const { send } = await openShop();
  for (const name of ["vp9-opus.mp4", "av1.mp4", "vp9.webm"]) {
    const mime = name.endsWith("mp4") ? "video/mp4" : "video/webm";
    expect(await send(fixture(name), { mime }), name).toMatchObject({ status: 201, body: { state: "kept" } });
  }
});

test("a phone seeks: it asks for any part and gets exactly that", async () => {
  const { keep, friend } = await openShop();
  const { token } = await keep(mp4(), { sku: "GLASSES-ORSO" });
  const url = `/s/${token}/clip`;
  const whole = await friend(url);
  const all = Buffer.from(await whole.arrayBuffer());
  const etag = whole.headers.get("etag") ?? "";
  const part = async (range: string, more: Record<string, string> = {}) => {
    const answer = await friend(url, { headers: { range, ...more } });
    const bytes = Buffer.from(await answer.arrayBuffer());
    return { status: answer.status, bytes, says: answer.headers.get("content-range") };
  };
  const of = all.length;
  expect(await part("bytes=0-1")).toEqual({ status: 206, bytes: all.subarray(0, 2), says: `bytes 0-1/${of}` });
  expect(await part("bytes=100-199")).toMatchObject({ status: 206, bytes: all.subarray(100, 200) });
  expect(await part(`bytes=${of - 5}-`)).toMatchObject({ status: 206, bytes: all.subarray(of - 5) });
  expect(await part("bytes=-7")).toMatchObject({ status: 206, bytes: all.subarray(of - 7) });
  expect(await part(`bytes=10-${of * 2}`)).toMatchObject({ status: 206, bytes: all.subarray(10) });
  expect(await part(`bytes=${of}-`)).toMatchObject({ status: 416, says: `bytes */${of}` });
  expect(await part("bytes=0-1", { "if-range": etag })).toMatchObject({ status: 206 });
  // another clip, another spelling, or several at once: the whole is sent
  expect(await part("bytes=0-1", { "if-range": '"other"' })).toMatchObject({ status: 200, bytes: all });
  expect(await part("bytes=0-1,4-5")).toMatchObject({ status: 200, bytes: all });
  const head = await friend(url, { method: "HEAD" });
  expect([head.status, head.headers.get("content-length"), head.headers.get("accept-ranges")]).toEqual([
    200,
    String(of),
    "bytes",
  ]);
  expect(await head.text()).toBe("");
});

test("a clip is saved under a name that says what it is, and no cache on the way keeps it", async () => {
  const clock = createManualClock(Date.parse("2026-11-21T23:30:00Z"));
  const { keep, friend } = await openShop({ clock });
  const { token } = await keep(mp4(), { sku: "GLASSES-ORSO" });
  const seen = await friend(`/s/${token}/clip`);
  expect(Object.fromEntries(seen.headers)).toMatchObject({
    "cache-control": "private, no-store",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex, nofollow",
    // the shop's day, not the server's
    "content-disposition": 'inline; filename="orso-vitrine-2026-11-22.mp4"',
  });
  const saved = await friend(`/s/${token}/clip?download=1`);
  expect(saved.headers.get("content-disposition")).toBe('attachment; filename="orso-vitrine-2026-11-22.mp4"');
});

test("the link goes home at its time, to the millisecond, and its file a moment later", async () => {
  const clock = createManualClock(Date.parse("2026-11-21T10:00:00Z"));
  const { keep, friend, filesOf, url } = await openShop({ clock });
  const { token, clip, location } = await keep(mp4());
  expect(clip.expiresAt).toBe(clock.now() + 24 * 3_600_000);
  clock.set((clip.expiresAt ?? 0) - 1);
  expect((await friend(`/s/${token}/clip`)).status).toBe(200);
  clock.advance(1);
  expect((await friend(`/s/${token}/clip`)).status).toBe(410);
  expect((await friend(`/s/${token}`)).status).toBe(410);
  expect(await (await friend(`/api/v1/shares/${token}`)).json()).toMatchObject({ state: "over" });
  // by then the mirror itself has to sign in anew
  const { ask } = await signIn(url);
  expect(await ask(location)).toMatchObject({ status: 410, body: { title: "This look has gone home." } });
  await expect.poll(filesOf).toEqual([]);
});

test("after ten minutes a mirror may still delete a clip, and knows its links no more", async () => {
  const clock = createManualClock(Date.parse("2026-11-21T10:00:00Z"));
  const { keep, friend, ask, clips } = await openShop({ clock });
  const { token, clip, location } = await keep(mp4());
  clock.advance(10 * 60_000);
  expect((await ask(location)).body).toEqual(clip);
  clock.advance(1);
  const { url: _, ownerUrl: __, ...known } = clip;
  expect((await ask(location)).body).toEqual(known);
  expect((await ask(clips)).body).toEqual([known]);
  expect((await friend(`/s/${token}/clip`)).status).toBe(200);
  expect((await ask(location, { method: "DELETE" })).status).toBe(204);
});

test("the shopper deletes it from the phone, with the key that friends do not have", async () => {
  const { keep, friend, filesOf, ask, clips } = await openShop();
  const { token, ownerKey } = await keep(mp4());
  const other = await keep(mp4());
  expect(filesOf()).toHaveLength(4);
  const remove = async (key?: string) =>
    (
      await friend(`/api/v1/shares/${token}`, {
        method: "DELETE",
        headers: key === undefined ? { "sec-fetch-site": "same-origin" } : { authorization: `Bearer ${key}` },
      })
    ).status;
  expect(await remove()).toBe(401);
  for (const wrong of [other.ownerKey, `${ownerKey}A`, ownerKey.slice(1), token]) expect(await remove(wrong)).toBe(403);
  expect(await (await friend(`/api/v1/shares/${token}`)).json()).toMatchObject({ state: "clip" });
  expect(await remove(ownerKey)).toBe(204);
  // when it is answered nothing is left
  expect(filesOf()).toEqual([`${other.clip.clipId}.clip`, `${other.clip.clipId}.key`]);
  expect(await remove(ownerKey)).toBe(204);
  const after = await friend(`/s/${token}/clip`);
  expect([after.status, (await after.json()).title]).toEqual([410, "This look has gone home."]);
  expect((await ask(clips)).body).toEqual([other.clip]);
});

test("the mirror deletes it, kept or half arrived; another mirror can do nothing with it", async () => {
  const { url, begin, keep, put, ask, filesOf } = await openShop();
  const file = mp4();
  const neighbour = await signIn(url, "mirror-2");
  const { location, token } = await keep(file);
  const half = await begin({ bytes: file.length });
  await put(half.location, file, 0, 3_000);
  for (const path of [location, half.location]) {
    const theirs = path.replace("mirror-1", "mirror-2");
    expect((await neighbour.ask(path)).status).toBe(403);
    expect((await neighbour.ask(theirs)).status).toBe(404);
    expect((await neighbour.ask(theirs, { method: "DELETE" })).status).toBe(404);
    expect((await neighbour.put(theirs, file, 3_000)).status).toBe(404);
  }
  expect(filesOf()).toHaveLength(4);
  expect((await ask(location, { method: "DELETE" })).status).toBe(204);
  expect((await ask(half.location, { method: "DELETE" })).status).toBe(204);
  expect(filesOf()).toEqual([]);
  expect((await ask(location)).status).toBe(410);
  expect((await ask(half.location)).status).toBe(404);
  expect((await neighbour.friend(`/s/${token}/clip`)).status).toBe(410);
});

test("guessed links, and links of another kind, open no clip", async () => {
  const { keep, friend, ask } = await openShop();
  const { token, clip } = await keep(mp4());
  const share = await ask("/api/v1/mirrors/mirror-1/shares", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  const live = String(share.body.url).split("/s/")[1];
  const [body = "", mac = ""] = token.split(".");
  const longer = Buffer.from(JSON.stringify([clip.clipId, Number.MAX_SAFE_INTEGER])).toString("base64url");
  for (const guess of [clip.clipId, `${body}.`, `${body}.${mac.slice(1)}A`, `${longer}.${mac}`, `${token}x`, live]) {
    expect((await friend(`/s/${guess}/clip`)).status).toBe(404);
    const removal = await friend(`/api/v1/shares/${guess}`, {
      method: "DELETE",
      headers: { authorization: "Bearer x" },
    });
    expect(removal.status).toBe(404);
  }
});
