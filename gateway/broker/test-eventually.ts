import { expect } from "vitest";

/** Waits for what must come; long, because it only matters when it never does. */
export const eventually = <T>(read: () => T | Promise<T>, message = "it never came") =>
  expect.poll(read, { timeout: 30_000, message });
