import { expect, test } from "vitest";
import { layersFor } from "./layers.ts";

const sent = (width: number, height: number, weak: boolean) =>
  layersFor({ width, height, weak }).map(({ rid, maxBitrate }) => [rid, maxBitrate]);

test("a sharp picture is sent in three sizes, the smallest first", () => {
  expect(sent(1280, 720, false)).toEqual([
    ["q", 172_800],
    ["h", 691_200],
    ["f", 2_764_800],
  ]);
});

test("a machine that is busy with the face sends two, and no picture is smaller than a face can be seen in", () => {
  expect(sent(1920, 1080, true)).toEqual([
    ["h", 1_555_200],
    ["f", 3_500_000],
  ]);
  expect(sent(640, 480, false).map(([rid]) => rid)).toEqual(["h", "f"]);
  expect(sent(320, 240, false).map(([rid]) => rid)).toEqual(["f"]);
});
