import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseOffer } from "./offer.ts";
import { asMirror, openVideoShop, sdpType } from "./test-shop.ts";

const folder = new URL("captures/", import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith(".sdp"));
const captures = new Map(names.map((name) => [name, readFileSync(new URL(name, folder), "utf8")]));
const capture = (name: string) => captures.get(`${name}.sdp`) ?? "";
const publishing = { ...sdpType, ...asMirror };

/** One change to the lines of an offer, wherever it may hit. */
type Change = (lines: string[]) => string[];
const at = (lines: string[], place: number) => Math.floor(place * lines.length);
const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const allLines = [...captures.values()].flatMap((text) => text.split("\r\n"));
const rubbish = fc.oneof(
  fc.constantFrom(...allLines),
  fc.constantFrom(
    "",
    "a=",
    "m=",
    "m=video",
    "m=audio 0 RTP/AVP 0",
    "v=0",
    "a=simulcast:send ;;~",
    "a=rid: send",
    "a=mid:",
  ),
  fc.constantFrom(
    "a=group:BUNDLE",
    "a=ssrc-group:FID 0 0",
    "a=ssrc:99999999999 cname:x",
    "a=extmap:0 x",
    "a=rtpmap:-1 x/0",
  ),
  fc.constantFrom(
    "a=fmtp:96 apt=96",
    "a=fmtp:96 profile-level-id=zz",
    "a=fmtp:96 __proto__=1;constructor=2",
    "a=setup:passive",
  ),
  fc.constantFrom(
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    "a=sctp-port:0",
    "a=sctp-port:99999",
    "a=inactive",
  ),
  fc.string({ unit: "binary", maxLength: 60 }).map((text) => `a=${text}`),
);
const numbers = fc.constantFrom("0", "-1", "128", "65536", "4294967296", "1e9", "NaN", "96", "");
const change: fc.Arbitrary<Change> = fc.oneof(
  place.map(
    (p): Change =>
      (lines) =>
        lines.toSpliced(at(lines, p), 1),
  ),
  fc.tuple(place, fc.integer({ min: 2, max: 40 })).map(
    ([p, times]): Change =>
      (lines) => {
        const index = at(lines, p);
        return lines.toSpliced(index, 1, ...Array<string>(times).fill(lines[index] ?? ""));
      },
  ),
  fc.tuple(place, rubbish).map(
    ([p, line]): Change =>
      (lines) =>
        lines.toSpliced(at(lines, p), 0, line),
  ),
  fc.tuple(place, place).map(
    ([p, q]): Change =>
      (lines) => {
        const [from, to] = [at(lines, p), at(lines, q)];
        return lines.with(from, lines[to] ?? "").with(to, lines[from] ?? "");
      },
  ),
  fc.tuple(place, numbers).map(
    ([p, number]): Change =>
      (lines) => {
        const index = at(lines, p);
        return lines.with(index, (lines[index] ?? "").replace(/\d+/, number));
      },
  ),
  fc.tuple(place, place).map(
    ([p, q]): Change =>
      (lines) => {
        const index = at(lines, p);
        const line = lines[index] ?? "";
        return lines.with(index, line.slice(0, at([...line], q)));
      },
  ),
);
const hostileOffer = fc
  .tuple(fc.constantFrom(...captures.values()), fc.array(change, { minLength: 1, maxLength: 6 }))
  .map(([text, changes]) =>
    changes.reduce((lines, apply) => (lines.length > 0 ? apply(lines) : [""]), text.split("\r\n")),
  )
  .map((lines) => lines.join("\r\n"));

test("every offer that was really sent is read", () => {
  expect(names).toHaveLength(7);
  for (const [name, text] of captures) {
    const read = parseOffer(text);
    expect({ name, ok: read.ok }).toEqual({ name, ok: true });
  }
});

test("whatever becomes of an offer on its way, it is read or refused with a reason", () => {
  fc.assert(
    fc.property(hostileOffer, (text) => {
      const read = parseOffer(text);
      if (read.ok) expect(read.value.media.length).toBeGreaterThan(0);
      else expect(read.reason).toMatch(/^[A-Z].*\.$/);
    }),
    { numRuns: 3_000 },
  );
});

test("damaged offers leave the video worker alive, its sessions counted and nothing behind", {
  timeout: 120_000,
}, async () => {
  const shop = await openVideoShop();
  const pid = shop.media.workerPid();
  const created = await shop.app.inject({
    method: "POST",
    url: "/whip/M1",
    headers: publishing,
    payload: capture("libwebrtc-m98-sendonly"),
  });
  expect(created.statusCode).toBe(201);
  const seen = new Set<number>();
  await fc.assert(
    fc.asyncProperty(hostileOffer, fc.boolean(), async (payload, asPublisher) => {
      const url = asPublisher ? "/whip/M2" : "/whep/t-s1";
      const headers = asPublisher ? { ...sdpType, authorization: "Bearer mirror-M2" } : sdpType;
      const answer = await shop.app.inject({ method: "POST", url, headers, payload });
      seen.add(answer.statusCode);
      expect([201, 400, 406, 413, 422]).toContain(answer.statusCode);
      if (answer.statusCode !== 201 && answer.statusCode !== 406) return;
      // nothing of the offer can begin a line of its own in our answer, or be anything but text
      for (const line of answer.body.trimEnd().split("\r\n")) expect(line).toMatch(/^[a-z]=[\x20-\x7e]+$/);
      const ended = await shop.app.inject({ method: "DELETE", url: String(answer.headers.location), headers });
      expect(ended.statusCode).toBe(200);
    }),
    { numRuns: 400 },
  );
  expect([...seen].sort()).toEqual(expect.arrayContaining([201, 400, 422]));
  expect(shop.media.workerPid()).toBe(pid);
  const [worker] = (await shop.media.stats()).workers;
  expect(worker).toMatchObject({ restarts: 0, streams: 1, viewers: 0, relays: 0 });
});

test("offers of hostile sizes are answered, by a sentence or by a picture", async () => {
  const shop = await openVideoShop();
  const pid = shop.media.workerPid();
  const base = capture("libwebrtc-m98-sendonly");
  const many = (count: number, line: (index: number) => string) =>
    Array.from({ length: count }, (_, i) => `${line(i)}\r\n`).join("");
  const sizes: [name: string, offer: string, status: number][] = [
    ["a thousand candidates", base + many(1_000, (i) => `a=candidate:${i} 1 udp 1 10.0.0.1 9 typ host`), 201],
    ["more than 64 kB", base + many(3_000, (i) => `a=candidate:${i} 1 udp 1 10.0.0.1 9 typ host`), 413],
    ["thousands of lines", base + many(15_000, () => "a="), 413],
    ["a thousand sources", base + many(1_000, (i) => `a=ssrc:${i + 1} cname:x`), 201],
    ["a thousand layers", base + many(1_000, (i) => `a=rid:r${i} send`), 422],
    ["a thousand extensions", base + many(1_000, (i) => `a=extmap:${i % 255} urn:x:${i}`), 400],
    ["a thousand codecs", base + many(1_000, (i) => `a=rtpmap:${i % 128} X${i}/90000`), 422],
    ["ten thousand parameters", `${base}a=fmtp:96 ${"a=b;".repeat(10_000)}\r\n`, 400],
    ["a thousand groups", base + many(1_000, (i) => `a=ssrc-group:FID ${i + 1} ${i + 2}`), 201],
    ["a name of 30 kB", `${base}a=msid:${"x".repeat(30_000)}\r\n`, 201],
  ];
  for (const [name, payload, status] of sizes) {
    const answer = await shop.app.inject({ method: "POST", url: "/whip/M1", headers: publishing, payload });
    expect({ name, status: answer.statusCode }).toEqual({ name, status });
    if (status === 201)
      await shop.app.inject({ method: "DELETE", url: String(answer.headers.location), headers: asMirror });
  }
  expect(shop.media.workerPid()).toBe(pid);
  expect((await shop.media.stats()).workers[0]).toMatchObject({ restarts: 0, streams: 0, viewers: 0 });
});

test("who can send AV1, VP9 or H.265 only is told what would work; who can play only those gets our offer", async () => {
  const shop = await openVideoShop();
  const gstreamer = capture("gstreamer-1.22-sendonly");
  const foreign = (codec: string, text = gstreamer) => text.replaceAll("VP8/90000", `${codec}/90000`);
  for (const codec of ["AV1", "VP9", "H265"]) {
    const answer = await shop.app.inject({
      method: "POST",
      url: "/whip/M1",
      headers: publishing,
      payload: foreign(codec),
    });
    expect(answer.statusCode).toBe(422);
    expect(answer.json().title).toMatch(/Opus.*VP8.*H\.264/);
  }
  const obs = await shop.app.inject({
    method: "POST",
    url: "/whip/M1",
    headers: publishing,
    payload: capture("obs-30-sendonly"),
  });
  expect(obs.statusCode).toBe(201);
  for (const codec of ["AV1", "VP9", "H265", "VP8"]) {
    const payload = foreign(codec, capture("gstreamer-1.22-recvonly")).replace(/m=audio[\s\S]*/, "");
    const answer = await shop.app.inject({ method: "POST", url: "/whep/t-s1", headers: sdpType, payload });
    expect({ codec, status: answer.statusCode }).toEqual({ codec, status: 406 });
    expect(answer.body).toMatch(/a=rtpmap:\d+ H264\/90000/);
    expect(answer.body).not.toContain(codec);
    await shop.app.inject({ method: "DELETE", url: String(answer.headers.location) });
  }
  expect((await shop.media.stats()).workers[0]).toMatchObject({ streams: 1, viewers: 0 });
});
