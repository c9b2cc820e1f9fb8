import { expect, test } from "vitest";
import type { ShopState } from "./stand-in.ts";
import { alert, balm, smallShop } from "./test-small-shop.ts";
import { useStaffPage } from "./test-staff.ts";

const pages = useStaffPage();

/** Opens the page as Mia on a phone. */
async function openPage(state: ShopState, view = "now", locked = false) {
  const opened = await pages.openAtStandIn(state, `/staff#${view}`, { locked });
  if (!locked && !state.shop.demo) await opened.page.getByRole("button", { name: "Mia" }).click();
  return opened;
}

test("an alert that arrives stands on the page and is said aloud", async () => {
  const { page, gateway, strangers, complaints } = await openPage(smallShop());
  await page.getByRole("heading", { name: "Nothing is waiting" }).waitFor();

  gateway.push("stock", balm(0));
  gateway.push("alert", alert("a1"));

  await page.getByRole("heading", { name: "First this one" }).waitFor();
  const row = page.locator("ol.first li");
  expect(await row.textContent()).toContain("Shelf C1 is empty");
  expect(await row.textContent()).toContain("Hand balm 75 ml, 0 of 8");
  expect(await row.textContent()).toContain("no one yet");
  await expect.poll(() => page.getByRole("status").textContent()).toContain("New: Shelf C1 is empty.");
  await page.locator(".bay.stop").waitFor({ state: "attached" });
  expect(await page.getByText("Demo shop").isVisible()).toBe(true);
  expect(strangers).toEqual([]);
  expect(complaints).toEqual([]);
});

test("taking an alert sends my name and shows it as mine", async () => {
  const { page, gateway } = await openPage(smallShop([alert("a1")]));
  await page.getByRole("button", { name: "I’ll take it" }).click();
  await expect.poll(() => gateway.posts).toEqual([{ path: "/api/v1/alerts/a1/assign", body: { by: "mia" } }]);

  gateway.push("alert", alert("a1", { state: "assigned", by: "mia" }));
  await page.locator("ol.first .who.me", { hasText: "Mia" }).waitFor();

  await page.getByRole("button", { name: "Undo" }).click();
  await expect.poll(() => gateway.posts.at(-1)).toEqual({ path: "/api/v1/alerts/a1/release", body: { by: "mia" } });
});

test("an alert that Jonas took says so", async () => {
  const { page, gateway } = await openPage(smallShop([alert("a1")]));
  await page.getByRole("button", { name: "I’ll take it" }).waitFor();
  gateway.push("alert", alert("a1", { state: "assigned", by: "jonas" }));
  await page.getByRole("button", { name: "Taken by Jonas" }).waitFor();
  expect(await page.getByRole("button", { name: "Taken by Jonas" }).isDisabled()).toBe(true);
  expect(gateway.posts).toEqual([]);
});

test("what the gateway refuses is said in its words", async () => {
  const { page, gateway } = await openPage(smallShop([alert("a1")]));
  gateway.refuseWith({ status: 409, title: "Jonas was faster.", detail: "He took it a moment ago." });
  await page.getByRole("button", { name: "I’ll take it" }).click();
  await page.getByRole("alert").filter({ hasText: "Jonas was faster. He took it a moment ago." }).waitFor();
  await page.getByRole("button", { name: "I’ll take it" }).waitFor();
});

test("filled can be undone, and is sent once the time to undo it is over", async () => {
  const silent = { kind: "device-down", severity: "wait", deviceId: "C1" } as const;
  const { page, gateway } = await openPage(smallShop([alert("a1", silent)]));
  await page.getByRole("button", { name: "Fixed" }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("button", { name: "Not so" }).click();
  await page.getByText("Shelf C1: it is not so").first().waitFor();
  await expect
    .poll(() => gateway.posts, { timeout: 30_000 })
    .toEqual([{ path: "/api/v1/alerts/a1/resolve", body: { by: "mia", refuted: true } }]);
  gateway.push("alert", alert("a1", { state: "closed", by: "mia", reason: "refuted" }));
  await page.getByRole("heading", { name: "Nothing is waiting" }).waitFor();
});

test("leaving the page does not forget what was filled", async () => {
  const { page, gateway } = await openPage(smallShop([alert("a1")]));
  await page.getByRole("button", { name: "Filled" }).click();
  await page.getByRole("button", { name: "Undo" }).waitFor();
  expect(gateway.posts).toEqual([]);
  await page.goto("about:blank");
  await expect.poll(() => gateway.posts).toEqual([{ path: "/api/v1/alerts/a1/resolve", body: { by: "mia" } }]);
});

test("a doubt is answered by what was seen, and what can wait is put off; both can be undone, and both are sent", async () => {
  const doubted = alert("a1", { kind: "doubt", severity: "wait", doubtId: "d1" });
  const { page, gateway } = await openPage(smallShop([doubted, alert("a2", { kind: "low", severity: "wait" })]));
  gateway.push("doubt", {
    ...{ id: "d1", at: Date.now(), shelf: "C1", plates: [1], grams: -180 },
    candidates: [
      { confidence: 0.6, moves: [{ sku: "BALM", plate: 1, delta: -1 }] },
      { confidence: 0.3, moves: [{ sku: "BALM", plate: 1, delta: -2 }] },
    ],
  });
  await page.locator(".pick", { hasText: "Something left C1" }).click();
  await page.getByRole("button", { name: "None of these" }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("button", { name: "2 × Hand balm 75 ml", exact: true }).click();
  await page.locator(".pick", { hasText: "Shelf C1 is low" }).click();
  await page.getByRole("button", { name: "Later" }).click();
  await page
    .locator(".reach")
    .getByText(/^Put off until \d\d:\d\d$/)
    .waitFor();
  expect(gateway.posts).toEqual([]);
  await expect.poll(() => gateway.posts.length, { timeout: 30_000 }).toBe(2);
  expect(gateway.posts.sort((a, b) => a.path.localeCompare(b.path))).toEqual([
    { path: "/api/v1/alerts/a2/snooze", body: { minutes: 15 } },
    { path: "/api/v1/doubts/d1/settle", body: { candidate: 1 } },
  ]);
});

test("when the line breaks the page says since when, and recovers by itself", async () => {
  const state = smallShop([alert("a1")]);
  const { page, gateway } = await openPage(state);
  await page.getByRole("heading", { name: "First this one" }).waitFor();
  gateway.reachable(false);
  await page.getByText(/This page lost the gateway at \d\d:\d\d\./).waitFor();
  expect(await page.locator("ol.first li").textContent()).toContain("Shelf C1 is empty");

  // What was closed while the line was down is gone when it is back.
  state.alerts = [];
  gateway.reachable(true);
  await page.getByRole("heading", { name: "Nothing is waiting" }).waitFor();
  expect(await page.getByText("lost the gateway").count()).toBe(0);
});

test("a page that was opened once opens without a line, says so, and goes on when there is one", async () => {
  const { page, gateway, complaints } = await openPage(smallShop([alert("a1")]));
  await page.getByRole("heading", { name: "First this one" }).waitFor();
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });
  gateway.reachable(false);
  await page.reload();
  await page.getByRole("heading", { name: "The gateway does not answer." }).waitFor();
  gateway.reachable(true);
  await page.getByRole("heading", { name: "First this one" }).waitFor();
  expect(complaints).toEqual([]);
});

test("everything can be reached and done with the keyboard", async () => {
  const { page, gateway } = await openPage(smallShop([alert("a1"), alert("a2", { kind: "low", severity: "wait" })]));
  await page.getByRole("heading", { name: "First these two" }).waitFor();
  const reach = async (words: string) => {
    for (let i = 0; i < 30; i++) {
      await page.keyboard.press("Tab");
      if ((await page.evaluate(() => document.activeElement?.textContent ?? "")).includes(words)) return;
    }
    throw new Error(`the keyboard never reached "${words}"`);
  };
  await reach("Shelf C1 is low");
  await page.keyboard.press("Enter");
  await page.locator('li.on button[aria-current="true"]', { hasText: "is low" }).waitFor();
  await reach("I’ll take it");
  await page.keyboard.press("Enter");
  await expect.poll(() => gateway.posts.map(({ path }) => path)).toEqual(["/api/v1/alerts/a2/assign"]);
  await reach("Health");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "1 of 1 devices answer" }).waitFor();
  expect(await page.getByRole("progressbar").getAttribute("value")).toBe("40");
});

test("a device the gateway does not know asks for name and PIN, and says when they do not match", async () => {
  const { page, gateway } = await openPage(smallShop([alert("a1")]), "now", true);
  gateway.refuseWith({ status: 401, title: "Name and PIN do not match.", detail: "" });
  await page.getByLabel("Your name").fill("Mia");
  await page.getByLabel("Your PIN").fill("0000");
  await page.getByRole("button", { name: "Come in" }).click();
  await page.getByRole("alert").filter({ hasText: "Name and PIN do not match." }).waitFor();

  gateway.refuseWith(undefined);
  await page.getByLabel("Your PIN").fill("4711");
  await page.getByRole("button", { name: "Come in" }).click();
  await page.getByRole("heading", { name: "First this one" }).waitFor();
  expect(gateway.posts.at(-1)?.body).toEqual({ name: "Mia", pin: "4711" });
});

test("when a shift's session ends the page asks again, and comes back once the gateway knows the device", async () => {
  const { page, gateway } = await openPage(smallShop([alert("a1")]));
  await page.getByRole("heading", { name: "First this one" }).waitFor();
  gateway.lock(true);
  gateway.reachable(false);
  gateway.reachable(true);
  await page.getByLabel("Your PIN").waitFor();
  gateway.lock(false);
  await page.getByRole("heading", { name: "First this one" }).waitFor();
});

test("a shelf shows its goods, how many of how many and how sure that is, and changes as they are taken", async () => {
  const { page, gateway } = await openPage(smallShop(), "shelf/C1");
  await page.getByRole("heading", { name: "C1 has enough" }).waitFor();
  expect(await page.getByRole("row", { name: /Hand balm 75 ml/ }).textContent()).toMatch(/7 of 8\s*sure 96 %/);
  gateway.push("stock", balm(2));
  await page.getByRole("heading", { name: "C1 runs low" }).waitFor();
  await page.locator(".shelf-picture text", { hasText: "2 of 8" }).waitFor();
});

test("every button and link is large enough for a thumb, on a phone and on a tablet", async () => {
  const { page } = await openPage(smallShop([alert("a1"), alert("a2"), alert("a3"), alert("a4")]));
  for (const [width, height] of [
    [390, 844],
    [1180, 820],
  ] as const) {
    await page.setViewportSize({ width, height });
    await page.locator(width > 880 ? ".tab" : ".app").waitFor();
    for (const view of ["now", "floor", "shelves", "shelf/C1", "health", "count", "count/C1/1/BALM", "held", "day"]) {
      await page.evaluate((hash) => {
        location.hash = hash;
      }, view);
      const small = await page.evaluate(() =>
        [...document.querySelectorAll("a, button")]
          .map((target) => ({ text: target.textContent, ...target.getBoundingClientRect().toJSON() }))
          .filter((target) => target.width < 43.9 || target.height < 43.9)
          .map(({ text }) => text),
      );
      expect(small, `${view} at ${width}`).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    }
  }
});
