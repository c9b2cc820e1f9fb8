import { expect, test } from "vitest";
import { createCheck } from "./check.ts";
import { mp4, openShop, webm } from "./test-clips.ts";
import { endlessTable, program, recording, videoAndArchive, videoAndPage, zipBomb } from "./test-recordings.ts";

const cases: [string, () => Promise<Uint8Array> | Uint8Array, RegExp][] = [
  ["a program that is called a video", program, /not the kind of video/],
  ["an archive that unpacks to a thousand times its size", zipBomb, /not the kind of video/],
  ["a WebM that is said to be an MP4", webm, /not the kind of video/],
  ["a video whose end is missing", () => mp4().slice(0, 9_000), /end is missing|cannot be read/],
  ["a video with an archive behind it", videoAndArchive, /belongs in no video/],
  ["a video with a web page in it", videoAndPage, /belongs in no video/],
  ["a video that claims four thousand million pictures", endlessTable, /cannot be read|longer|far more/],
  ["a video of 31 seconds", () => recording({ seconds: 31 }), /longer than a clip/],
  ["a picture of 4,000 points", () => recording({ width: 4_000 }), /larger than 1920/],
  ["sound without a picture", () => recording({ pictures: 0, sounds: 1 }), /no picture/],
  ["two pictures", () => recording({ pictures: 2 }), /more in it/],
  ["two sounds", () => recording({ sounds: 2 }), /more in it/],
];

test("whatever is no clip is refused in plain words, and nothing of it is left", async () => {
  const { send, ask, clips, filesOf } = await openShop();
  for (const [name, make, why] of cases) {
    const { status, body, location } = await send(await make());
    expect.soft({ status, title: body.title }, name).toEqual({
      status: 422,
      title: "This is not a clip that we can keep.",
    });
    expect.soft(body.detail, name).toMatch(why);
    expect.soft(filesOf(), name).toEqual([]);
    expect.soft((await ask(clips)).body, name).toEqual([]);
    expect.soft((await ask(location)).status, name).toBe(404);
  }
});

test("what is no video is known by its first bytes, before the rest is sent", async () => {
  const { begin, put, filesOf } = await openShop();
  const file = Buffer.concat([program(), Buffer.alloc(100_000)]);
  const { location } = await begin({ bytes: file.length });
  expect(await put(location, file, 0, 5)).toMatchObject({ status: 308 });
  expect(await put(location, file, 5, 20)).toMatchObject({ status: 422 });
  expect(filesOf()).toEqual([]);
});

test("half a minute is kept, and what was beside picture and sound is not in it any more", async () => {
  const { keep, friend } = await openShop();
  const file = await recording({ seconds: 30, sounds: 1, comment: "taken at 50.8503 N" });
  expect(Buffer.from(file).includes("50.8503")).toBe(true);
  const { token } = await keep(file);
  const view = await (await friend(`/api/v1/shares/${token}`)).json();
  expect(view.clip.durationMs).toBe(30_000);
  const served = Buffer.from(await (await friend(view.clip.url)).arrayBuffer());
  expect(served.includes("vp09")).toBe(true);
  expect(served.includes("50.8503")).toBe(false);
});

test("a file that takes too long to read is given up, and so is its thread", async () => {
  const impatient = createCheck({ timeMs: 1 });
  expect(await impatient(mp4(), "video/mp4")).toMatchObject({ ok: false });
  expect(await createCheck()(mp4(), "video/mp4")).toMatchObject({ ok: true });
});
