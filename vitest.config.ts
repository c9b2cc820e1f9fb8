import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["**/*.test.ts"],
    exclude: ["**/node_modules/**", "mirror-ui/dist/**"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // waiting for a thing on a slow, shared machine; its default of one second is a bet on speed
    expect: { poll: { timeout: 20_000 } },
    reporters: ["default"],
  },
});
