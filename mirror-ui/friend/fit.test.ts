import { expect, test } from "vitest";
import { fitOf } from "./fit.ts";

test("a tall picture fills a phone, a wide one is shown whole on it", () => {
  const phone = { width: 390, height: 611 };
  expect(fitOf({ width: 1080, height: 1920 }, phone)).toBe("cover");
  expect(fitOf({ width: 1280, height: 720 }, phone)).toBe("contain");
  expect(fitOf({ width: 1080, height: 1920 }, { width: 1200, height: 800 })).toBe("contain");
});

test("before its size is known a picture fills the pane", () => {
  expect(fitOf({ width: 0, height: 0 }, { width: 390, height: 611 })).toBe("cover");
});
