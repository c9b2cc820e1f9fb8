import { expect, onTestFinished, test } from "vitest";
import { openMirror } from "../headless/test-mirror.ts";
import { launchChromium, pageHtml, remote } from "./browser-kit.ts";

test("a mirror's password is changed: its friends hear that the link was taken back, and are let go", {
  timeout: 60_000,
}, async () => {
  const { shop, show, link } = await openMirror();
  const change = () =>
    shop.api("POST", "/api/v1/devices/mirror-1/credentials", {
      body: {},
      headers: { "sec-fetch-site": "same-origin" },
    });
  expect((await change()).status).toBe(201);
  await show();
  const browser = await launchChromium();
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  await page.route(`${shop.url}/kit`, (route) => route.fulfill({ contentType: "text/html", body: pageHtml }));
  await page.goto(`${shop.url}/kit`);
  await page.waitForFunction("window.ready");
  const friend = remote(page);
  const token = new URL(link).pathname.replace("/s/", "");
  expect(await friend.watch({ url: `/whep/${token}` })).toMatchObject({ status: 201, patched: 204 });
  await friend.frames(5);
  await friend.hears("watching");
  expect((await change()).status).toBe(201);
  expect(await friend.hears("over")).toMatchObject({ why: "ended" });
  await friend.frozen(500);
  expect((await shop.api<{ state: string }>("GET", `/api/v1/shares/${token}`)).value.state).toBe("over");
  expect((await shop.api<{ title: string }>("POST", `/whep/${token}`)).status).toBe(410);
});
