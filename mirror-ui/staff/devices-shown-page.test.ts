import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import type { Device } from "#wire/views.ts";
import type { ShopState } from "./stand-in.ts";
import { shopOfDevices } from "./test-devices.ts";
import { findFaults } from "./test-faults.ts";
import { phone, tablet, useStaffPage } from "./test-staff.ts";

// What the engineer's pages show and how they are used; what the gateway makes of it is in devices-page.test.ts.

const pages = useStaffPage();
const openPage = pages.openAtStandIn;

const rows = (page: Page) => page.locator(".devs > li");
const known = (state: ShopState, id: string): Device => {
  const device = state.devices.find((one) => one.id === id);
  if (!device) throw new Error(`no device ${id}`);
  return device;
};

test("those that need a hand stand first, in words, and a device that falls silent moves to the top", async () => {
  const state = shopOfDevices();
  const { page, gateway } = await openPage(state, "/staff/devices");
  await page.getByRole("heading", { name: "4 need a hand" }).waitFor();
  expect(await rows(page).first().textContent()).toMatch(
    /Shelf C2Silent since \d\d:\d\d\. It used to speak every 2\u00a0s\./,
  );
  expect(await rows(page).nth(1).textContent()).toContain("scale-7f");

  const silentFor = 40 * 60_000;
  gateway.push("device", { ...known(state, "A1"), state: "offline", lastSeenAt: Date.now() - silentFor });
  await page.locator(".devs > li:first-child", { hasText: "Shelf A1" }).waitFor();
  await page.getByRole("heading", { name: "5 need a hand" }).waitFor();
  gateway.push("device", { ...known(state, "A1"), state: "online", lastSeenAt: Date.now() });
  await page.locator(".devs > li:first-child", { hasText: "Shelf C2" }).waitFor();
});

test("the list is found through by kind and by words, and the plan shows the same devices", async () => {
  const { page } = await openPage(shopOfDevices(), "/staff/devices");
  await rows(page).first().waitFor();
  await page.getByRole("button", { name: "Receivers" }).click();
  expect(await rows(page).allTextContents()).toEqual([expect.stringContaining("Basket receiver, Beauty")]);
  await page.getByRole("button", { name: "All" }).click();
  await page.getByRole("searchbox", { name: "Find a device" }).fill("hands a2");
  await expect.poll(() => rows(page).count()).toBe(1);
  expect(await page.locator(".plan .bay.wait").count()).toBe(1);
  await page.getByRole("searchbox").fill("nothing like it");
  await page.getByText("None of the devices is called that.").waitFor();
});

test("a device tells its last hour, each curve in a sentence", async () => {
  const { page, complaints } = await openPage(shopOfDevices(), "/staff/devices/A2");
  await page.getByText("Its battery is at 12 %. Change it soon.").waitFor();
  const curves = page.getByRole("region", { name: "The last hour" }).getByRole("figure");
  await curves.first().waitFor();
  expect(await curves.allTextContents()).toEqual([
    expect.stringContaining("Messages a minute 1,650 in the last hour, at most 30 a minute"),
    expect.stringContaining("Lost a minute 3 in the last hour"),
    expect.stringContaining("Battery 77.1\u00a0% now, between 77.1\u00a0% and 80\u00a0% in the last hour"),
    expect.stringContaining("Plate 1 1,040\u00a0g now, between 1,040\u00a0g and 1,240\u00a0g in the last hour"),
    expect.stringContaining("Plate 2 620\u00a0g, unchanged"),
  ]);
  expect(complaints).toEqual([]);
});

test("what was asked of a device and how it went is said on its page", async () => {
  const state = shopOfDevices();
  const { page, gateway } = await openPage(state, "/staff/devices/A1");
  await page.getByRole("button", { name: "Make it blink" }).click();
  await expect
    .poll(() => gateway.posts)
    .toEqual([{ path: "/api/v1/devices/A1/commands", body: { command: "identify" } }]);
  const say = (more: Partial<NonNullable<Device["request"]>>) =>
    gateway.push("device", {
      ...known(state, "A1"),
      request: { requestId: "r1", command: "identify", state: "sent", at: Date.now(), ...more },
    });
  say({});
  await page.getByRole("button", { name: "Asking it to blink" }).waitFor();
  say({ state: "done" });
  await page.getByRole("status").filter({ hasText: "It blinks now." }).waitFor();
  say({ state: "unanswered" });
  await page.getByRole("status").filter({ hasText: "No answer within 10\u00a0s. Is it switched on?" }).waitFor();
  say({ command: "tare", state: "refused", detail: "plate 2 is not empty" });
  await page.getByText("It would not set itself to zero. Plate 2 is not empty.").waitFor();
});

test("a scale is set to zero only by somebody who says that it is empty", async () => {
  const { page, gateway } = await openPage(shopOfDevices(), "/staff/devices/A1");
  await page.getByRole("link", { name: "Set it to zero" }).click();
  await page.getByRole("heading", { name: "Is everything off it?" }).waitFor();
  await page.getByText("1,040\u00a0g").waitFor();
  const zero = page.getByRole("button", { name: "Set it to zero" });
  expect(await zero.isDisabled()).toBe(true);
  await page.getByRole("checkbox", { name: "I have taken everything off." }).check();
  await zero.click();
  await expect.poll(() => gateway.posts.at(-1)?.body).toEqual({ command: "tare", empty: true });
  await page.getByRole("heading", { name: "Shelf A1" }).waitFor();
});

test("retiring says what will happen before it happens, and what the gateway refuses is said in its words", async () => {
  const { page, gateway } = await openPage(shopOfDevices(), "/staff/devices/C1#retire");
  await page.getByText("Shelf C1, Hands stays without a scale until another is put there.").waitFor();
  gateway.refuseWith({ status: 409, title: "That device still waits.", detail: "Dismiss it instead." });
  await page.getByRole("button", { name: "Retire it" }).click();
  await page.getByRole("alert").filter({ hasText: "That device still waits. Dismiss it instead." }).waitFor();
  gateway.refuseWith(undefined);
  await page.getByRole("button", { name: "Retire it" }).click();
  await page.waitForURL(/\/staff\/devices$/);
});

test("a roll-out that halted says why, who could not, and can be taken back; a new one starts with care", async () => {
  const { page, gateway } = await openPage(shopOfDevices(), "/staff/devices/rollouts/ro-1");
  await page
    .getByText(/Halted\. C2 did not come back within 2 min\. No other device is asked, and one keeps it\./)
    .waitFor();
  expect(await rows(page).first().textContent()).toBe("Shelf C2could not: no word after the update");
  await page.getByRole("button", { name: "Take it back" }).click();
  await expect.poll(() => gateway.posts).toEqual([{ path: "/api/v1/rollouts/ro-1/halt", body: { rollBack: true } }]);
  gateway.push("rollout", {
    ...{ id: "ro-1", version: "1.5.0", kind: "shelf", state: "rolled-back", why: "C2 did not come back within 2 min." },
    ...{ stages: [5, 25, 100], stage: 1, startedAt: Date.now(), at: Date.now() + 1 },
    devices: [{ id: "C2", state: "rolled-back" }],
  });
  await page.getByText(/Halted and gone back\./).waitFor();

  await page.goto(`${gateway.url}/staff/devices/rollouts`);
  await page.getByRole("link", { name: "Roll one out" }).click();
  await page.getByRole("button", { name: "Roll 1.5.0 for scales out" }).click();
  await expect
    .poll(() => gateway.posts.at(-1))
    .toEqual({ path: "/api/v1/rollouts", body: { version: "1.5.0", kind: "shelf", stages: [5, 25, 100] } });
});

test("staff who are no engineers see how the devices are and may make them blink, and nothing more", async () => {
  const { page } = await openPage(shopOfDevices("staff"), "/staff/devices/C2");
  await page
    .getByText(/Silent since/)
    .first()
    .waitFor();
  await page.getByText("Ask an engineer to change more than this.").waitFor();
  expect(await page.getByRole("button", { name: "Make it blink" }).count()).toBe(1);
  expect(await page.getByRole("link", { name: /Retire|zero|password/ }).count()).toBe(0);
  await page.goto(page.url().replace("C2", "new/scale-7f"));
  await page.getByRole("heading", { name: "Ask an engineer" }).waitFor();
});

test("everything is reached and done with the keyboard alone", async () => {
  const { page, gateway } = await openPage(shopOfDevices(), "/staff/devices");
  await rows(page).first().waitFor();
  const reach = async (words: string) => {
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press("Tab");
      const { said, ring } = await page.evaluate(() => {
        const on = document.activeElement;
        const label = on?.closest("label")?.textContent ?? "";
        const shown = on ? getComputedStyle(on) : undefined;
        return { said: `${on?.textContent} ${label}`, ring: shown?.boxShadow !== "none" };
      });
      if (!said.includes(words)) continue;
      expect(ring, `the focus on "${words}" is seen`).toBe(true);
      return;
    }
    throw new Error(`the keyboard never reached "${words}"`);
  };
  await reach("scale-7f");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "What is it?" }).waitFor();
  await reach("Next");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Where does it stand?" }).waitFor();
  await reach("Shelf A1");
  await page.keyboard.press("Space");
  await reach("Next");
  await page.keyboard.press("Enter");
  // The shelf is taken: the question is now whether this one replaces it.
  await page.getByRole("heading", { name: "Which one takes its place?" }).waitFor();
  await reach("Replace it");
  await page.keyboard.press("Enter");
  await expect
    .poll(() => gateway.posts)
    .toEqual([{ path: "/api/v1/devices/A1/replace", body: { successor: "scale-7f" } }]);
});

const topic = encodeURIComponent("shop/scales/ks-200/state");
const screens = [
  "",
  "/A2",
  "/A1#tare",
  "/A1#retire",
  "/A1#replace",
  "/A1#password",
  "/new/scale-7f",
  "/new/scale-7f#place",
  "/new/C1#plates",
  "/new/C1#name",
  "/inbox",
  `/inbox/${topic}`,
  "/rollouts",
  "/rollouts#start",
  "/rollouts/ro-1",
  "/audit",
];

for (const [name, viewport, dark] of [
  ["a phone by day", phone, false],
  ["a phone by night", phone, true],
  ["a tablet by day", tablet, false],
  ["a tablet by night", tablet, true],
] as const) {
  test(`on ${name} every screen is whole, named, large enough to touch and plain to read`, async () => {
    const { page, gateway, complaints } = await openPage(shopOfDevices(), "/staff/devices", { viewport, dark });
    for (const screen of screens) {
      await page.goto(`${gateway.url}/staff/devices${screen}`);
      await page.locator(".devices h1").waitFor();
      await page.locator(".still").waitFor({ state: "detached" });
      expect(await page.evaluate(findFaults), `${screen} on ${name}`).toEqual([]);
    }
    expect(complaints).toEqual([]);
  });
}

test("who never opens the devices never loads them, and back leads through the pages one by one", async () => {
  const { page, files } = await openPage(shopOfDevices(), "/staff#health");
  await page.getByRole("link", { name: "On the plan, and what is new" }).waitFor();
  const isPart = (file: string) => /\/assets\/devices-.*\.(js|css)$/.test(file);
  expect(files.filter(isPart)).toEqual([]);
  await page.getByRole("link", { name: "On the plan, and what is new" }).click();
  await page.getByRole("heading", { name: "4 need a hand" }).waitFor();
  expect(files.filter(isPart).length).toBeGreaterThan(0);
  await page.getByRole("link", { name: /Shelf C2/ }).click();
  await page.getByRole("heading", { name: "Shelf C2" }).waitFor();
  await page.goBack();
  await page.getByRole("heading", { name: "4 need a hand" }).waitFor();
  await page.goBack();
  await page.getByRole("heading", { name: "4 of 6 devices answer" }).waitFor();
  expect(files.filter((file) => file === "/staff")).toHaveLength(1);
});
