import { defineConfig } from "vitest/config";

/** Those that open a browser: it renders in software, and wants both cores. */
const inBrowser = ["mirror-ui/whole-shop.test.ts", "mirror-ui/**/*-page.test.ts", "mirror-ui/**/*-pages.test.ts"];

const shared = {
  pool: "forks",
  testTimeout: 60_000,
  hookTimeout: 120_000,
  // waiting for a thing on a slow, shared machine; its default of one second is a bet on speed
  expect: { poll: { timeout: 20_000 } },
} as const;

export default defineConfig({
  test: {
    reporters: ["default"],
    projects: [
      {
        test: {
          ...shared,
          name: "shop",
          include: ["**/*.test.ts"],
          exclude: ["**/node_modules/**", "mirror-ui/dist/**", ...inBrowser],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...shared,
          name: "browser",
          include: inBrowser,
          maxWorkers: 1,
          // a machine that others use may stall a browser beyond any sensible wait; twice in a row is a defect
          retry: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
