import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CDPSession, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Clock, createManualClock } from "../../gateway/clock.ts";
import { type Booted, bootGateway, temporaryFolder } from "../../gateway/test-gateway.ts";
import { openChromium, type Watched } from "../test-browser.ts";
import { buildPage } from "./stand-in.ts";
import { findFaults } from "./test-faults.ts";

let pages: string;
beforeAll(async () => {
  pages = await mkdtemp(join(tmpdir(), "vitrine-account-"));
  await buildPage("staff", pages);
});
afterAll(() => rm(pages, { recursive: true, force: true }));

/** A shop that is no demo, at the one address where a browser trusts it without a certificate. */
async function openShop(more: { clock?: Clock } = {}) {
  const dataFolder = temporaryFolder();
  const shop = await bootGateway({ demo: false, pagesFolder: pages, dataFolder, ...more });
  return { ...shop, url: shop.url.replace("127.0.0.1", "localhost"), dataFolder };
}
type Shop = Booted & { url: string };

/** A phone's own authenticator, which asks nobody: whether it is used is up to the page. */
async function giveAuthenticator(page: Page): Promise<{ cdp: CDPSession; authenticatorId: string }> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { cdp, authenticatorId };
}

async function acceptInvitation(shop: Shop, chromium: Watched, role: "staff" | "engineer" = "engineer") {
  const { token } = await shop.gateway.access.accounts.invite("mia", role);
  const page = await chromium.open(`${shop.url}/healthz`);
  const key = await giveAuthenticator(page);
  await page.goto(`${shop.url}/staff#invitation=${token}`);
  await page.getByRole("button", { name: "Make a passkey" }).click();
  await page.getByRole("navigation", { name: "Views" }).waitFor();
  return { page, token, ...key };
}

test("an engineer is invited, makes a passkey, signs out, comes back with it, adds another and removes the first", async () => {
  const shop = await openShop();
  const chromium = await openChromium();
  const { page, cdp, authenticatorId } = await acceptInvitation(shop, chromium);
  // An older browser: it does not offer passkeys in the name field, so that the button is what opens.
  await page.addInitScript(() => {
    PublicKeyCredential.isConditionalMediationAvailable = async () => false;
  });

  await page.goto(`${shop.url}/staff#account`);
  await page.getByRole("heading", { name: "Your account" }).waitFor();
  await page.getByRole("button", { name: "Sign out here" }).click();
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await page.getByRole("navigation", { name: "Views" }).waitFor();
  expect(await page.evaluate(() => fetch("/api/v1/staff/me").then((answer) => answer.json()))).toEqual({
    id: "mia",
    name: "Mia",
    role: "engineer",
  });

  await page.goto(`${shop.url}/staff#account`);
  // One authenticator keeps one passkey per person: the second is another device's.
  await cdp.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId });
  await giveAuthenticator(page);
  await page.getByLabel("A name for the new one").fill("Tablet at the till");
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await page.getByRole("button", { name: "Remove Tablet at the till" }).waitFor();
  expect(await page.getByRole("button", { name: /^Remove / }).count()).toBe(2);

  await page.getByRole("button", { name: "Rename Tablet at the till" }).click();
  await page.getByLabel("Call it").fill("Till");
  await page.getByRole("button", { name: "Keep" }).click();
  await page.getByRole("button", { name: "Remove Till" }).waitFor();

  await page.getByRole("button", { name: "Remove Linux" }).click();
  await page.getByRole("button", { name: "Remove Linux" }).click();
  await expect.poll(() => page.getByRole("button", { name: /^Remove / }).count()).toBe(1);
  await page.getByRole("button", { name: "Remove Till" }).click();
  await page.getByRole("button", { name: "Remove Till" }).click();
  await page.getByRole("alert").filter({ hasText: "This is your only way in." }).waitFor();
  expect(chromium.complaints).toEqual([]);
});

test("whoever has a passkey is offered it in the name field, without pressing anything", async () => {
  const shop = await openShop();
  const chromium = await openChromium();
  const { page } = await acceptInvitation(shop, chromium);
  await page.evaluate(() => fetch("/api/v1/staff/sessions", { method: "DELETE" }));
  await page.goto(`${shop.url}/staff#floor`);
  await page.getByRole("navigation", { name: "Views" }).waitFor();
  const entries = async () => (await shop.gateway.access.audit.read(10)).slice(1);
  // the page that was open may still be seen for a moment after its session has ended
  await expect
    .poll(async () => (await entries()).map(({ action, detail }) => [action, detail]), { timeout: 20_000 })
    .toEqual([
      ["invitation.accept", undefined],
      ["sign-in", "passkey"],
      ["sign-out", undefined],
      ["sign-in", "passkey"],
    ]);
});

test("an invitation opens once; the second time the page says so", async () => {
  const shop = await openShop();
  const chromium = await openChromium();
  const { page, token } = await acceptInvitation(shop, chromium);
  expect(await page.evaluate(() => location.href)).not.toContain(token);
  await page.goto("about:blank");
  await page.goto(`${shop.url}/staff#invitation=${token}`);
  await page.getByRole("alert").filter({ hasText: "This invitation is over." }).waitFor();
});

test("an open page is sent away when the account is removed on the command line, and its stream ends", async () => {
  const shop = await openShop();
  const chromium = await openChromium();
  const { page, cdp, authenticatorId } = await acceptInvitation(shop, chromium);
  await cdp.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId });
  await page.getByRole("link", { name: "Health" }).click();
  await page.getByText(/Live since/).waitFor();
  expect(await shop.gateway.access.accounts.remove("mia")).toBe(true);
  await page.getByRole("heading", { name: "Who are you?" }).waitFor();
  expect(await page.getByText("Live since").count()).toBe(0);
});

test("signing out everywhere ends the other browser too", async () => {
  const shop = await openShop();
  const chromium = await openChromium();
  await shop.gateway.access.accounts.setSecret("mia", "password", "a lantern under the stairs", "staff");
  const signIn = async () => {
    const page = await chromium.open(`${shop.url}/staff#account`);
    await page.getByRole("button", { name: "I have a password" }).click();
    await page.getByLabel("Your name").fill("Mia");
    await page.getByLabel("Your password").fill("a lantern under the stairs");
    await page.getByRole("button", { name: "Come in", exact: true }).click();
    await page.getByRole("heading", { name: "Your account" }).waitFor();
    return page;
  };
  const tablet = await signIn();
  const phone = await signIn();
  await phone.getByText("this one").waitFor();
  expect(await phone.getByRole("button", { name: "Sign out Chrome on Linux" }).count()).toBe(1);
  await phone.getByRole("button", { name: "Sign out everywhere" }).click();
  await phone.getByRole("heading", { name: "Who are you?" }).waitFor();
  await tablet.getByRole("heading", { name: "Who are you?" }).waitFor();
});

test("at an address without encryption the page says why there are no passkeys, and how long to wait after wrong PINs", async () => {
  // its clock stands still: a slow machine must not sit the seconds out
  const shop = await openShop({ clock: createManualClock(Date.now()) });
  const chromium = await openChromium();
  await shop.gateway.access.accounts.setSecret("mia", "pin", "493817");
  // Chromium trusts 127.0.0.1, yet a passkey needs a name.
  const page = await chromium.open(`${shop.url.replace("localhost", "127.0.0.1")}/staff`);
  await page.getByText(`They work at ${shop.url}.`).waitFor();
  expect(await page.getByRole("button", { name: "Use a passkey" }).count()).toBe(0);
  const tryPin = async (pin: string) => {
    await page.getByLabel("Your name").fill("Mia");
    await page.getByLabel("Your PIN").fill(pin);
    const answered = page.waitForResponse((answer) => answer.request().method() === "POST");
    await page.keyboard.press("Enter");
    return (await answered).status();
  };
  for (let n = 0; n < 5; n += 1) expect(await tryPin("000000")).toBe(401);
  await page.getByRole("alert").filter({ hasText: "Name and PIN do not match." }).waitFor();
  expect(await tryPin("493817")).toBe(429);
  await page
    .getByRole("alert")
    .filter({ hasText: /Too many wrong PINs or passwords\. Try again in \d+ seconds\./ })
    .waitFor();
});

test("the invitation, the account and the sign-in can be read, touched and heard, on phone and tablet, by day and night", async () => {
  const shop = await openShop();
  const chromium = await openChromium();
  const { page, cdp, authenticatorId } = await acceptInvitation(shop, chromium);
  await cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
  const { token } = await shop.gateway.access.accounts.invite("jonas", "staff");
  const screens = {
    account: async () => {
      await page.goto(`${shop.url}/staff#account`);
      await page.getByText("this one").waitFor();
      await page.getByRole("button", { name: "Remove Linux" }).click();
    },
    invitation: async () => {
      await page.goto("about:blank");
      await page.goto(`${shop.url}/staff#invitation=${token}`);
      await page.getByRole("heading", { name: "Welcome, Jonas." }).waitFor();
      await page.getByRole("button", { name: "Make a passkey" }).waitFor();
    },
    "sign-in": async () => {
      await page.evaluate(() => fetch("/api/v1/staff/sessions", { method: "DELETE" }));
      await page.goto("about:blank");
      await page.goto(`${shop.url}/staff`);
      await page.getByRole("button", { name: "Use a passkey" }).waitFor();
    },
  };
  for (const [name, open] of Object.entries(screens)) {
    await open();
    for (const colorScheme of ["light", "dark"] as const) {
      for (const [width, height] of [
        [360, 740],
        [1180, 820],
      ] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await page.setViewportSize({ width, height });
        await expect
          .poll(() => page.evaluate(findFaults), { message: `${name}, ${width}, ${colorScheme}` })
          .toEqual([]);
      }
    }
  }
});
