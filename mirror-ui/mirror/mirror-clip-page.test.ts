import type { Page } from "playwright-core";
import { expect, test, vi } from "vitest";
import type { TestGateway } from "./test-gateway.ts";
import { begin, createVisits, WAIT_MS, wearing } from "./test-visits.ts";

// A clip from the first word to the last: recorded on the mirror, sent only when the shopper says so, gone when they do.
vi.setConfig({ testTimeout: 4 * WAIT_MS });

const { visit } = createVisits();
const soon = { timeout: WAIT_MS };
const clipCalls = ({ asked }: TestGateway) => asked.filter((call) => call.includes("/clips"));

/** Notes the words that stand alone somewhere: the count is over before a slow test looks. */
const noteCount = (page: Page) =>
  page.evaluate(() => {
    const counted: string[] = [];
    Object.assign(window, { counted });
    const look = () => {
      for (const part of document.querySelectorAll("body *"))
        if (part.childElementCount === 0 && part.textContent) counted.push(part.textContent.trim());
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
  });

async function record(page: Page) {
  await begin(page);
  await wearing(page);
  await noteCount(page);
  await page.getByRole("button", { name: "Record a clip" }).click();
  await page.getByText("Recording. Only on this mirror.").first().waitFor(soon);
  expect(await page.evaluate("counted.includes('Three')")).toBe(true);
}

async function recordAndLook(page: Page): Promise<string> {
  await record(page);
  await page.getByRole("button", { name: "That is enough" }).click();
  await page.getByText("This is your clip").waitFor(soon);
  return (await page.locator(".replay video").getAttribute("src")) ?? "";
}

/** Whether the address of a recording still plays. */
const isInMemory = (page: Page, src: string) =>
  page.evaluate((url) => {
    const video = document.createElement("video");
    return new Promise<boolean>((resolve) => {
      video.onloadedmetadata = () => resolve(true);
      video.onerror = () => resolve(false);
      video.src = url;
    });
  }, src);

/** How a page that gets nothing but these bytes plays them. */
async function playElsewhere(page: Page, bytes: Buffer, mime: string) {
  const elsewhere = await page.context().newPage();
  await elsewhere.goto("about:blank");
  return elsewhere.evaluate(
    async ([base64, type]) => {
      const video = document.createElement("video");
      video.muted = true;
      video.src = `data:${type};base64,${base64}`;
      await video.play();
      await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
      return { width: video.videoWidth, height: video.videoHeight };
    },
    [bytes.toString("base64"), mime] as const,
  );
}

test("a clip is counted in, recorded, looked at, sent over a line that breaks in between, scanned and deleted", async () => {
  const { page, gateway, complaints } = await visit("pose-0.y4m");
  const src = await recordAndLook(page);
  expect(await isInMemory(page, src)).toBe(true);
  expect(clipCalls(gateway)).toEqual([]);

  gateway.clips.breakPieces = 1;
  await page.getByRole("button", { name: "Send it to my phone" }).click();
  await page.getByText("Scan it with your phone").waitFor(soon);
  await page.getByRole("img", { name: `Code for ${gateway.url}/s/clip#owner=secret` }).waitFor();
  await page.getByText(/^Kept until \d\d:\d\d tomorrow\./).waitFor();
  const wish: { bytes: number; mime: string; showsPerson: boolean } = JSON.parse(
    gateway.bodies.find(({ call }) => call === "POST /api/v1/mirrors/M2/clips")?.body ?? "{}",
  );
  expect(gateway.clips.received.length).toBe(wish.bytes);
  expect(wish.showsPerson).toBe(false);
  expect(gateway.clips.still).toBeUndefined();
  const { width, height } = await playElsewhere(page, gateway.clips.received, wish.mime);
  // the part that the shopper saw: upright, like the pane
  expect(height).toBeGreaterThan(width);
  await page.bringToFront();

  await page.getByRole("button", { name: "Delete it now" }).click();
  await page.getByText("Deleted. Its link is closed").waitFor();
  expect(clipCalls(gateway).at(-1)).toBe("DELETE /api/v1/mirrors/M2/clips/clip-1");
  expect(await isInMemory(page, src)).toBe(false);
  expect(complaints).toEqual([]);
});

test("the shopper is on the preview only when they switch that on", async () => {
  const { page, gateway } = await visit("pose-0.y4m");
  await recordAndLook(page);
  await page.getByText("The preview is a drawing of the Orso.").waitFor();
  await page.getByRole("switch", { name: /Show me on the preview/ }).click();
  await page.getByText("Whoever gets the link sees your face").waitFor();
  await page.getByRole("button", { name: "Send it to my phone" }).click();
  await page.getByText("Scan it with your phone").waitFor(soon);
  const jpeg = Buffer.from([0xff, 0xd8, 0xff]);
  expect(gateway.clips.still?.subarray(0, 3)).toEqual(jpeg);
});

test("thrown away or finished, a clip is gone from memory and was never sent; a half-sent one ends", async () => {
  const { page, gateway } = await visit("pose-0.y4m");
  const src = await recordAndLook(page);
  await page.getByRole("button", { name: "Throw away" }).click();
  await page.getByText("Thrown away. Nothing of it is left.").waitFor();
  expect(await isInMemory(page, src)).toBe(false);
  expect(clipCalls(gateway)).toEqual([]);
  await page.getByRole("button", { name: "Finish" }).click();

  const second = await recordAndLook(page);
  expect(await isInMemory(page, second)).toBe(true);
  // the line is down: no piece gets through
  await page.route("**/clips/*", (route) => (route.request().method() === "PUT" ? route.abort() : route.continue()));
  await page.getByRole("button", { name: "Send it to my phone" }).click();
  await page.getByText("The line is quiet. It goes on by itself.").waitFor(soon);
  await page.getByRole("button", { name: "Throw away" }).click();
  await expect.poll(() => clipCalls(gateway).at(-1)).toBe("DELETE /api/v1/mirrors/M2/clips/clip-1");
  expect(await isInMemory(page, second)).toBe(false);
  expect(gateway.clips.received.length).toBe(0);
});
