import { execFile } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bootGateway, shopConfig, temporaryFolder } from "../test-gateway.ts";
import { root } from "./setting.ts";

/** Not in step with us: the gateway that it asks lives in this process. */
function vitrine(args: string[], env: Record<string, string> = {}) {
  return new Promise<{ ok: boolean; out: string; err: string }>((resolve) => {
    const all = [join(root, "gateway", "vitrine.js"), ...args];
    execFile(process.execPath, all, { env: { ...process.env, ...env } }, (error, out, err) =>
      resolve({ ok: error === null, out, err }),
    );
  });
}

test("whoever may read the gateway's key asks it without signing in, and nobody else does", async () => {
  const shop = await bootGateway({ demo: false });
  const status = (folder: string) => vitrine(["firmware", "status", "--url", shop.url, "--data", folder]);
  expect(await status(shop.dataFolder)).toMatchObject({ ok: true, out: "There was no roll-out yet.\n" });
  const stranger = await status(temporaryFolder());
  expect(stranger).toMatchObject({ ok: false, out: "", err: expect.stringContaining("Please sign in.") });
  const other = await bootGateway({ demo: false });
  expect(await status(other.dataFolder)).toMatchObject({ ok: false });

  const halted = await vitrine(["firmware", "halt", "nothing", "--url", shop.url, "--data", shop.dataFolder]);
  expect(halted.ok).toBe(false);
  const [entry] = (await shop.gateway.access.audit.read(10)).filter(({ action }) => action === "rollouts.halt");
  expect(entry).toMatchObject({ by: "command line", ok: false });
});

test("whose firmware is taken, and which sensor's key is known, is in the audit log; the keys are not", async () => {
  const folder = temporaryFolder();
  const maker = join(folder, "maker");
  const data = ["--data", join(folder, "data")];
  for (const args of [
    ["firmware", "keygen", maker],
    ["firmware", "trust", "maker", `${maker}.public.txt`],
    ["firmware", "distrust", "maker"],
    ["device", "key", "54:48:e6:8f:80:a5", "231d39c1d7cc1ab1aee224cd096db932"],
    ["device", "key", "54:48:e6:8f:80:a5", "--remove"],
  ])
    expect(await vitrine([...args, ...(args[1] === "keygen" ? [] : data)])).toMatchObject({ ok: true });
  const { out } = await vitrine(["audit", "--json", ...data]);
  expect(out.match(/"action":"[^"]+"/g)).toEqual(
    ["firmware.trust", "firmware.distrust", "device.key", "device.key.remove"].map((name) => `"action":"${name}"`),
  );
  expect(out).not.toContain("231d39c1");
});

test("in a demo it needs no key at all", async () => {
  const shop = await bootGateway();
  const other = await bootGateway({ demo: false });
  const status = await vitrine(["firmware", "status", "--url", shop.url, "--data", other.dataFolder]);
  expect(status).toMatchObject({ ok: true, out: "There was no roll-out yet.\n" });
});

test("a gateway that speaks https with a certificate of its own is found and trusted by its own folder", async () => {
  const loaded = shopConfig();
  loaded.config.tls = "own";
  const shop = await bootGateway({ demo: false, loaded });
  const port = new URL(shop.url).port;
  const status = (folder: string) => vitrine(["firmware", "status", "--data", folder], { VITRINE_HTTP_PORT: port });
  expect(await status(shop.dataFolder)).toMatchObject({ ok: true, out: "There was no roll-out yet.\n", err: "" });
  expect(await status(temporaryFolder())).toMatchObject({
    ok: false,
    err: expect.stringContaining("No gateway answers"),
  });
});
