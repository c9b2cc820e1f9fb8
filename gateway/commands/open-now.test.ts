import { expect, test } from "vitest";
import { openNow } from "./open-now.ts";
import { loadOrExit } from "./setting.ts";

test("a demo in the evening is a shop that is open, one in the afternoon keeps its hours", () => {
  const shop = loadOrExit(undefined);
  const hours = (iso: string) => {
    const { opens, closes } = openNow(shop, Date.parse(iso)).config.store;
    return `${opens}-${closes}`;
  };
  // the shop's own clock: Brussels is an hour ahead in winter
  expect(hours("2026-02-03T14:00:00Z")).toBe("10:00-19:30");
  expect(hours("2026-02-03T09:00:00Z")).toBe("10:00-19:30");
  expect(hours("2026-02-03T18:29:00Z")).toBe("10:00-19:30");
  expect(hours("2026-02-03T18:30:00Z")).toBe("19:00-23:59");
  expect(hours("2026-02-03T05:20:00Z")).toBe("06:00-23:59");
  expect(hours("2026-02-03T22:58:00Z")).toBe("23:00-23:59");
});
