import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { formatConfigErrors, loadConfig } from "./config.ts";

const shipped = join(import.meta.dirname, "../config");
const secret = "0123456789abcdef0123456789abcdef";

/** The shipped shop with a relay; its secret lies in keys/turn. */
function withRelay({ url = "turn:shop.example:3478", content = `${secret}\n`, missing = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-turn-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(shipped, folder, { recursive: true });
  const store = join(folder, "store.yaml");
  const text = readFileSync(store, "utf8").replace(/^media:.*\n(?: .*\n)*/m, "");
  const relay = `media: { turn: { urls: ["${url}"], secretFile: turn-secret } }\n`;
  writeFileSync(store, `${text}${relay}`);
  if (!missing) writeFileSync(join(folder, "turn-secret"), content);
  return { folder, result: loadConfig(store, {}) };
}

function complaint(options: Parameters<typeof withRelay>[0]): string {
  const { result } = withRelay(options);
  return result.ok ? "" : formatConfigErrors(result.errors);
}

test("a relay for friends outside is found beside the configuration, its secret in a file of its own", () => {
  const { folder, result } = withRelay();
  if (!result.ok) throw new Error(formatConfigErrors(result.errors));
  const { turn } = result.value.config.media;
  expect(turn).toEqual({ urls: ["turn:shop.example:3478"], secretFile: join(folder, "turn-secret") });
});

test("a relay's address that could not stand in a header is refused", () => {
  expect(complaint({ url: "turn:shop.example>, <turn:elsewhere" })).toContain("media.turn.urls[0]");
  expect(complaint({ url: "turn:shop.example?transport=sctp" })).toContain("turn:shop.example:3478?transport=udp");
});

test("a secret that is missing, too short or a whole text is refused, and never shown", () => {
  expect(complaint({ missing: true })).toMatch(/turn\.secretFile "turn-secret" cannot be read\./);
  expect(complaint({ content: "hunter2" })).toMatch(/holds less than 20 characters/);
  expect(complaint({ content: `static-auth-secret = ${secret}` })).toMatch(/more than one word/);
  for (const content of ["hunter2", `static-auth-secret = ${secret}`]) {
    expect(complaint({ content })).not.toMatch(/hunter2|0123456789/);
  }
});
