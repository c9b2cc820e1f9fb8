import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import type { Device, StockItem } from "#wire/views.ts";
import { bootGateway, temporaryFolder } from "../test-gateway.ts";

/**
 * `fixtures/schema-1.db.gz`: the folder of a gateway that knew configured devices only, killed in the middle of a day: a
 * snapshot, events after it, two scales, retained messages, and a session that sleeps. Made by that version itself.
 */
function folderOfBefore() {
  const folder = temporaryFolder();
  const packed = readFileSync(new URL("fixtures/schema-1.db.gz", import.meta.url));
  writeFileSync(join(folder, "vitrine.db"), gunzipSync(packed));
  return folder;
}

const counts = { "GLASSES-ORSO": 7, "GLASSES-LIDO": 11, "GLASSES-FERRO": 11, "GLASSES-ALBA": 7 };

test("a shop that updates keeps its stock, its devices and what is retained, and so it does after the next start", async () => {
  const dataFolder = folderOfBefore();
  for (const run of ["the first start", "the second start"]) {
    const shop = await bootGateway({ dataFolder });
    const stock = (await shop.api<StockItem[]>("GET", "/api/v1/stock")).value;
    const onShelf = stock.filter(({ places }) => places.length > 0).map((item) => [item.sku, item.onShelf]);
    expect(Object.fromEntries(onShelf), run).toEqual(counts);
    const devices = (await shop.api<Device[]>("GET", "/api/v1/devices")).value;
    const scales = devices.filter(({ state }) => state !== "unseen").map(({ id, state }) => [id, state]);
    expect(scales, run).toEqual([
      ["A1", "online"],
      ["A2", "online"],
    ]);

    const engineer = await shop.mqtt("engineer");
    const heard = new Promise<string>((resolve) =>
      engineer.once("message", (_topic, payload) => resolve(payload.toString())),
    );
    await engineer.subscribeAsync("store/main/shelf/A1/status");
    expect(JSON.parse(await heard), run).toMatchObject({ status: "online" });
    await shop.gateway.close();
  }
});
