import sharp from "sharp";
import { expect, test } from "vitest";
import { openMirror } from "./test-mirror.ts";

const patient = { timeout: 120_000 };

test(
  "a shopper takes a picture of their look, and may have it in the link's preview, until the share ends",
  patient,
  async () => {
    const mirror = await openMirror();
    const take = (body: object = {}, headers: Record<string, string> = mirror.json) =>
      mirror.fetch(`${mirror.path}/still`, { method: "POST", headers, body: JSON.stringify(body) });
    const poster = async () =>
      Buffer.from(await (await mirror.fetch(`${new URL(mirror.link).pathname}/poster.jpg`)).arrayBuffer());

    const early = await take();
    expect(early.status).toBe(409);
    expect(await early.json()).toMatchObject({ detail: "Nobody is showing anything here yet." });
    await mirror.show();
    const drawing = await poster();

    const still = await take();
    expect([still.status, still.headers.get("content-type")]).toEqual([200, "image/jpeg"]);
    expect(still.headers.get("cache-control")).toBe("no-store");
    const { format, width, height } = await sharp(Buffer.from(await still.arrayBuffer())).metadata();
    expect({ format, width, height }).toEqual({ format: "jpeg", width: 448, height: 320 });
    expect((await poster()).equals(drawing)).toBe(true);
    expect(await mirror.ask(mirror.path, { headers: mirror.json })).toMatchObject({ viewers: 0, viewerList: [] });

    expect((await take({ preview: true })).status).toBe(200);
    const preview = await poster();
    expect(preview.equals(drawing)).toBe(false);
    expect(await sharp(preview).metadata()).toMatchObject({ width: 1200, height: 630 });
    expect((await mirror.fetch(`${mirror.path}/still`, { method: "DELETE", headers: mirror.json })).status).toBe(204);
    expect((await poster()).equals(drawing)).toBe(true);

    await take({ preview: true });
    await mirror.fetch(mirror.path, { method: "DELETE", headers: mirror.json });
    expect((await take()).status).toBe(410);
    expect((await poster()).equals(preview)).toBe(false);
  },
);

test("nobody but the mirror itself takes a picture of it, and only of its own share", patient, async () => {
  const mirror = await openMirror();
  const take = (path: string, headers: Record<string, string>) =>
    mirror.fetch(path, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: "{}" });
  const { token } = await mirror.ask("/api/v1/mirrors/mirror-2/sessions", { method: "POST" });
  const other = { authorization: `Bearer ${token}` };
  expect((await take(`${mirror.path}/still`, {})).status).toBeGreaterThanOrEqual(401);
  expect((await take(`${mirror.path}/still`, other)).status).toBe(403);
  expect((await take(`${mirror.path.replace("mirror-1", "mirror-2")}/still`, other)).status).toBe(404);
  expect((await take(`${mirror.path}x/still`, mirror.json)).status).toBe(404);
  const wrong = await mirror.fetch(`${mirror.path}/still`, {
    method: "POST",
    headers: mirror.json,
    body: '{"preview":"yes"}',
  });
  expect(wrong.status).toBe(400);
});

test("while a mirror is shown, a test friend looks now and then, and /metrics says what it saw", patient, async () => {
  const mirror = await openMirror(1);
  await mirror.show();
  const metrics = async () => (await mirror.fetch("/metrics")).text();
  let text = await metrics();
  while (!text.includes('vitrine_probe_up{mirror="mirror-1"} 1')) text = await metrics();
  const value = (name: string) => Number(new RegExp(`^${name}{mirror="mirror-1"} (\\S+)$`, "m").exec(text)?.[1]);
  expect(value("vitrine_probe_frames")).toBeGreaterThan(0);
  expect(value("vitrine_probe_bits_per_second")).toBeGreaterThan(0);
  expect(value("vitrine_probe_lost_ratio")).toBeGreaterThanOrEqual(0);
  expect(value("vitrine_probe_lost_ratio")).toBeLessThan(0.5);
  expect(value("vitrine_probe_first_frame_seconds")).toBeGreaterThan(0);
  while (!text.includes("vitrine_media_workers_up")) text = await metrics();
  expect(text).toContain("vitrine_media_workers_up 1\n");
  expect(text).toContain("vitrine_media_publishers 1\n");
  expect(text).toMatch(/^vitrine_media_sent_bits_per_second \d/m);
  expect(text).toMatch(/^vitrine_media_worker_restarts_total\{port="\d+"\} 0$/m);

  await mirror.fetch(mirror.path, { method: "DELETE", headers: mirror.json });
  while (text.includes("vitrine_probe_up{")) text = await metrics();
  expect(text).toMatch(/^vitrine_probe_looks_total [1-9]/m);
});
