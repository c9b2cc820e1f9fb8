import { expect, onTestFinished, test } from "vitest";
import { silentLog } from "../log.ts";
import { createMedia } from "../media/media.ts";
import { shopConfig } from "../test-gateway.ts";
import { wireHeadless } from "./headless.ts";

const jpeg = Uint8Array.of(0xff, 0xd8, 0xff);

test("a share that ends while its picture is being drawn leaves no picture behind", async () => {
  const media = createMedia({ log: silentLog, listenIp: "127.0.0.1", port: 0, onStatus() {}, onStreams() {} });
  const shares = new Map([["mirror-1", { shareId: "s1", mirrorId: "mirror-1" }]]);
  const drawing = Promise.withResolvers<Buffer>();
  const headless = wireHeadless({
    ...{ log: silentLog, media, config: shopConfig().config, now: Date.now },
    openShare: (mirrorId) => shares.get(mirrorId),
    posters: { still: () => drawing.promise },
  });
  onTestFinished(() => {
    headless.close();
    media.close();
  });
  const inTime = headless.stills.keepPreview("s1", jpeg);
  const late = headless.stills.keepPreview("s0", jpeg);
  drawing.resolve(Buffer.from(jpeg));
  await Promise.all([inTime, late]);
  expect(headless.preview("s1")).toBeDefined();
  expect(headless.preview("s0")).toBeUndefined();
});
