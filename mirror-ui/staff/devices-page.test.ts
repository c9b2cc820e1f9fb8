import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import type { Device } from "#wire/views.ts";
import { type Booted, bootGateway } from "../../gateway/test-gateway.ts";
import { shot, useStaffPage } from "./test-staff.ts";

// The true gateway, the true page on a phone, and devices that are packets on MQTT.

const pages = useStaffPage();
const bootShop = () => bootGateway({ pagesFolder: pages.folder() });
const openPhone = (shop: Booted, path: string) => pages.open(shop.url + path);

/** A shelf of two plates or more, with the weight of one piece of each. */
function shelfOf(shop: Booted, id: string) {
  const shelf = shop.loaded.config.shelves.find((one) => one.id === id);
  const plates = shelf?.plates ?? [];
  const piece = (plate: number) => {
    const sku = plates.find((one) => one.plate === plate)?.sku;
    const item = shop.loaded.items.find((one) => one.sku === sku);
    if (!item) throw new Error(`no product on plate ${plate} of shelf ${id}`);
    return { grams: item.grams ?? 0, sku: item.sku };
  };
  return { plates, piece };
}

const next = (page: Page) => page.getByRole("button", { name: "Next" }).click();

test("an unknown scale is adopted on a phone held next to the shelf", async () => {
  const shop = await bootShop();
  const scale = await shop.mqtt("scale-b2");
  const { plates, piece } = shelfOf(shop, "B2");
  let seq = 0;
  const weigh = (counts: Record<number, number>) =>
    scale.publishAsync(
      "store/main/shelf/scale-b2/reading",
      JSON.stringify({
        ...{ boot: 7, seq: ++seq },
        plates: plates.map(({ plate }) => ({ plate, grams: (counts[plate] ?? 0) * piece(plate).grams })),
      }),
      { qos: 1 },
    );
  // The first word makes it known, the second is what it weighs.
  await weigh({ 1: 3, 2: 4 });
  await weigh({ 1: 3, 2: 4 });

  const { page, complaints } = await openPhone(shop, "/staff/devices");
  const tray = page.getByRole("region", { name: "New devices" });
  await tray.getByRole("link", { name: "scale-b2" }).click();

  await page.getByRole("heading", { name: "What is it?" }).waitFor();
  expect(await page.getByRole("radio", { name: /^Scale/ }).isChecked()).toBe(true);
  await next(page);

  await page.getByRole("heading", { name: "Where does it stand?" }).waitFor();
  // Its name says where: that shelf stands first.
  const first = page.getByRole("radio").first();
  expect(await first.locator("xpath=..").textContent()).toContain("Shelf B2");
  const live = page.getByRole("region", { name: "What it feels now" });
  await live.getByText("Plate 2").waitFor();
  await shot(page, "adopt-place");
  await weigh({ 1: 3, 2: 5 });
  await live.locator("li.moved", { hasText: "Plate 2" }).waitFor();
  await first.check();
  await next(page);

  await page.getByRole("heading", { name: "Which plate is which?" }).waitFor();
  const third = page.getByLabel("Plate 3 of the scale weighs");
  expect(await third.inputValue()).toBe("3");
  await page.locator(".plate-rows li.moved", { hasText: "Plate 2" }).waitFor();
  await shot(page, "adopt-plates");
  // Back loses nothing.
  await page.goBack();
  await page.getByRole("heading", { name: "Where does it stand?" }).waitFor();
  expect(await page.getByRole("radio").first().isChecked()).toBe(true);
  await next(page);
  await next(page);

  await page.getByRole("heading", { name: "What is it called?" }).waitFor();
  const name = page.getByLabel("Its name");
  expect(await name.inputValue()).toBe("Scale of B2");
  await name.fill("Harbour scale");
  await page.getByRole("button", { name: "Adopt it" }).click();

  await page.getByRole("heading", { name: "Harbour scale is in place" }).waitFor();
  await weigh({ 1: 3, 2: 5 });
  await page.getByText(/Plate 2 counts 5 × /).waitFor();
  await shot(page, "adopt-done");
  const adopted = (await shop.api<Device[]>("GET", "/api/v1/devices")).value.find(({ id }) => id === "scale-b2");
  expect(adopted).toMatchObject({ state: "online", name: "Harbour scale", place: { at: "shelf", id: "B2" } });
  expect(complaints).toEqual([]);
});

test("a scale that no one can read is mapped by touching its numbers, adopted, and counts", async () => {
  const shop = await bootShop();
  const scale = await shop.mqtt("ks-200");
  const { piece } = shelfOf(shop, "C2");
  const topic = "shop/scales/ks-200/state";
  const say = (first: number, second: number) => {
    const w = [first * piece(1).grams, second * piece(2).grams];
    return scale.publishAsync(topic, JSON.stringify({ dev: "KS-200", fw: "2.1", load: { w, u: "g" }, batt: 87 }), {
      qos: 1,
    });
  };
  await say(6, 5);
  await say(6, 5);

  const { page, complaints } = await openPhone(shop, "/staff/devices");
  await page.getByRole("link", { name: /^Inbox/ }).click();
  await page.getByRole("link", { name: new RegExp(topic) }).click();
  await page.getByRole("heading", { name: "What is this?" }).waitFor();
  expect(await page.getByRole("group", { name: "Best guesses" }).textContent()).toMatch(/weight/);

  for (const [index, plate] of [
    [0, 1],
    [1, 2],
  ] as const) {
    await page.getByRole("button", { name: new RegExp(`^load\\.w\\.${index}:`) }).click();
    await page.getByRole("heading", { name: /^What is \d/ }).waitFor();
    await page.getByRole("radio", { name: /^A weight/ }).check();
    await page.getByLabel("On which plate of the scale").selectOption(String(plate));
    await page.getByLabel("Its unit").selectOption("g");
    await page.getByRole("button", { name: "That is it" }).click();
    await page.getByRole("heading", { name: "What is this?" }).waitFor();
  }
  await page.getByText(/That reads as .* g on plate 1 and .* g on plate 2/).waitFor();
  await shot(page, "inbox-topic");
  await page.getByRole("button", { name: "It is right, adopt it" }).click();

  await page.getByRole("heading", { name: "Where does it stand?" }).waitFor();
  await page.getByRole("region", { name: "What it feels now" }).getByText("Plate 2").waitFor();
  await page.getByRole("radio", { name: /^Shelf C2/ }).check();
  await next(page);
  await page.getByRole("heading", { name: "Which plate is which?" }).waitFor();
  await next(page);
  await page.getByRole("heading", { name: "What is it called?" }).waitFor();
  await page.getByRole("button", { name: "Adopt it" }).click();
  await page.getByRole("heading", { name: "Scale of C2 is in place" }).waitFor();

  await say(6, 5);
  await page.getByText(/Plate 1 counts 6 × /).waitFor();
  // Somebody lifts two of them.
  await say(4, 5);
  await page.getByText(/Plate 1 counts 4 × /).waitFor();
  await page.getByText(/Plate 2 counts 5 × /).waitFor();
  expect(complaints).toEqual([]);
});

test("a broken scale is replaced by the new one that waits, name and place go over", async () => {
  const shop = await bootShop();
  const device = await shop.mqtt("scales");
  const { piece } = shelfOf(shop, "C1");
  const weigh = (id: string, seq: number) =>
    device.publishAsync(
      `store/main/shelf/${id}/reading`,
      JSON.stringify({ boot: 1, seq, plates: [{ plate: 1, grams: 5 * piece(1).grams }] }),
      { qos: 1 },
    );
  await weigh("C1", 1);
  await weigh("spare", 1);

  const { page } = await openPhone(shop, "/staff/devices/new/spare#place");
  // The shelf is taken: choosing it means taking its scale's place.
  await page.getByRole("radio", { name: /^Shelf C1/ }).check();
  await next(page);
  await page.getByRole("heading", { name: "Which one takes its place?" }).waitFor();
  expect(await page.getByRole("radio", { name: /^spare/ }).isChecked()).toBe(true);
  await page.getByRole("button", { name: "Replace it" }).click();
  await page.waitForURL(/\/staff\/devices\/spare$/);
  await page.getByText("Answers.").waitFor();
  const list = (await shop.api<Device[]>("GET", "/api/v1/devices")).value;
  expect(list.find(({ id }) => id === "spare")?.place).toEqual({ at: "shelf", id: "C1" });
  expect(list.find(({ id }) => id === "C1")?.state).toBe("retired");
});

test("a scale of the inbox takes the place of one that speaks, by the same steps", async () => {
  const shop = await bootShop();
  const device = await shop.mqtt("scales");
  const { piece } = shelfOf(shop, "C1");
  const reading = { boot: 1, seq: 1, plates: [{ plate: 1, grams: 5 * piece(1).grams }] };
  await device.publishAsync("store/main/shelf/C1/reading", JSON.stringify(reading), { qos: 1 });
  await device.publishAsync("acme/c1/state", JSON.stringify({ load_g: 3 * piece(1).grams }), { qos: 1 });

  const { page, complaints } = await openPhone(shop, "/staff/devices/inbox");
  await page.getByRole("link", { name: /acme\/c1\/state/ }).click();
  await page
    .getByRole("group", { name: "Best guesses" })
    .getByRole("radio", { name: /weight/ })
    .first()
    .check();
  await page.getByRole("button", { name: "It is right, adopt it" }).click();
  await page.getByRole("radio", { name: /^Shelf C1.*can take its place/ }).check();
  await next(page);
  await page.getByRole("heading", { name: "Which one takes its place?" }).waitFor();
  await page.getByText("Speaks on acme/c1/state.").waitFor();
  await shot(page, "replace-mapped");
  await page.getByRole("button", { name: "Replace it" }).click();
  await page.waitForURL(/\/staff\/devices\/[^/]+$/);
  const list = (await shop.api<Device[]>("GET", "/api/v1/devices")).value;
  expect(list.find(({ mapping }) => mapping?.topic === "acme/c1/state")?.place).toEqual({ at: "shelf", id: "C1" });
  expect(list.find(({ id }) => id === "C1")?.state).toBe("retired");
  expect(complaints).toEqual([]);
});

test("a device’s password is shown once, with a code to scan, and then never again", async () => {
  const shop = await bootShop();
  const scale = await shop.mqtt("A1");
  const reading = JSON.stringify({ boot: 1, seq: 1, plates: [{ plate: 1, grams: 100 }] });
  await scale.publishAsync("store/main/shelf/A1/reading", reading, { qos: 1 });
  const { page, complaints } = await openPhone(shop, "/staff/devices/A1");
  await page.getByRole("link", { name: "Its password" }).click();
  await page.getByRole("button", { name: "Make a new password" }).click();
  await page.getByRole("heading", { name: "Write this down now" }).waitFor();
  const password = (await page.locator(".given li", { hasText: "Password" }).locator("code").textContent()) ?? "";
  expect(password.length).toBeGreaterThan(8);
  const code = page.getByRole("img", { name: /The same as a code/ });
  expect(await code.evaluate((image) => image instanceof HTMLImageElement && image.naturalWidth > 0)).toBe(true);
  await shot(page, "password");
  await page.getByRole("button", { name: "I have written it down" }).click();
  await page.getByRole("link", { name: "Its password" }).waitFor();
  await page.goBack();
  expect(await page.getByText(password).count()).toBe(0);
  expect(complaints).toEqual([]);
});

test("a device that hears “blink” and answers is seen to blink; one that does not is asked after", async () => {
  const shop = await bootShop();
  const scale = await shop.mqtt("A1");
  await scale.subscribeAsync("store/main/shelf/A1/command", { qos: 1 });
  scale.on("message", (_topic, payload) => {
    const { id } = JSON.parse(payload.toString());
    void scale.publishAsync("store/main/shelf/A1/reply", JSON.stringify({ id, ok: true }), { qos: 1 });
  });
  const reading = JSON.stringify({ boot: 1, seq: 1, plates: [{ plate: 1, grams: 100 }] });
  await scale.publishAsync("store/main/shelf/A1/reading", reading, { qos: 1 });
  const { page } = await openPhone(shop, "/staff/devices/A1");
  await page.getByRole("button", { name: "Make it blink" }).click();
  await page.getByRole("status").filter({ hasText: "It blinks now." }).waitFor();

  // This one is there, and deaf.
  await scale.publishAsync("store/main/shelf/A2/reading", reading, { qos: 1 });
  await page.goto(`${shop.url}/staff/devices/A2`);
  await page.getByRole("button", { name: "Make it blink" }).click();
  await page.getByText("No answer within 10\u00a0s. Is it switched on?").waitFor();
  // And this one never came: the gateway says so at once.
  await page.goto(`${shop.url}/staff/devices/A3`);
  await page.getByRole("button", { name: "Make it blink" }).click();
  await page.getByRole("alert").filter({ hasText: "A3 is not there yet" }).waitFor();
});
