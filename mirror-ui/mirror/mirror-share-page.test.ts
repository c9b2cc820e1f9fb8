import type { Page } from "playwright-core";
import { expect, test, vi } from "vitest";
import type { Viewer } from "#wire/share-words.ts";
import { openTestFriend } from "./test-friend.ts";
import type { TestGateway } from "./test-gateway.ts";
import { begin, createVisits, WAIT_MS, wearing } from "./test-visits.ts";

// What passes between a mirror that is shown and the friends who watch it: the gateway's side is played by a second page.
vi.setConfig({ testTimeout: 4 * WAIT_MS });

const { visit } = createVisits();
const asked = ({ asked: calls }: TestGateway, what: string) => calls.filter((call) => call.startsWith(what)).length;

/** Keeps the page's connections within the test's reach. */
async function watchPeers(page: Page) {
  await page.addInitScript(() => {
    const peers: RTCPeerConnection[] = [];
    const Known = window.RTCPeerConnection;
    Object.assign(window, {
      RTCPeerConnection: class extends Known {
        constructor(configuration?: RTCConfiguration) {
          super(configuration);
          peers.push(this);
        }
      },
      async framesEncoded() {
        let frames = 0;
        for (const [, entry] of (await peers.at(-1)?.getStats()) ?? [])
          if (entry.type === "outbound-rtp" && entry.kind === "video") frames += entry.framesEncoded ?? 0;
        return frames;
      },
    });
  });
  await page.reload();
}

async function showLive(page: Page) {
  await begin(page);
  await wearing(page);
  await page.getByRole("button", { name: "Show a friend" }).click();
  await page.getByText("Live. Nobody watches yet.").waitFor({ timeout: WAIT_MS });
}

const viewer = (id: string, name: string): Viewer => ({ id, name, since: Date.now(), via: "page" });

test("friends' words stand beside the face as plain text, three at most, and go after a while", async () => {
  const { page, gateway, complaints } = await visit("pose-0.y4m", { width: 1080, height: 1920 });
  const friend = await openTestFriend(page, gateway);
  await showLive(page);
  await friend.say({ kind: "reaction", viewer: "a", name: "Ana", reaction: "yes" });
  const log = page.getByRole("log");
  await log.getByText("Yes, this one").waitFor();
  const lines = ["Nicer than the round ones", "<img src=x onerror=alert(1)>", "w".repeat(120)];
  for (const text of lines) await friend.say({ kind: "words", viewer: "b", name: "A friend", text });
  await expect
    .poll(() => log.getByRole("listitem").allTextContents(), { timeout: WAIT_MS })
    .toEqual(lines.map((text) => `A friend ${text}`));
  expect(await log.locator("img").count()).toBe(0);

  const covered = await page.evaluate(() => {
    const { face, video } = window.vitrineMirror;
    const pane = document.querySelector(".pane")?.getBoundingClientRect();
    if (!face || !video || !pane) return ["no face"];
    const scale = Math.max(pane.width / video.width, pane.height / video.height);
    const eyes = Math.hypot(face.leftEye.x - face.rightEye.x, face.leftEye.y - face.rightEye.y) * scale;
    // from ear to ear, and down to the chin; the picture is mirrored
    const x = pane.width / 2 - ((face.leftEye.x + face.rightEye.x) / 2 - video.width / 2) * scale;
    const chin = pane.top + pane.height / 2 + (face.leftEye.y - video.height / 2) * scale + 1.7 * eyes;
    return [...document.querySelectorAll(".friends li")].flatMap((label) => {
      const { left, right, top } = label.getBoundingClientRect();
      const isOnFace = top < chin && left < x + eyes && right > x - eyes;
      return isOnFace || left < 0 || right > innerWidth ? [label.textContent] : [];
    });
  });
  expect(covered).toEqual([]);
  await expect.poll(() => log.getByRole("listitem").count(), { timeout: WAIT_MS }).toBe(0);
  expect(complaints).toEqual([]);
});

/** As the shop's wall has it: a mirror's computer may have been set up for another place. */
const wallClock = (at: number) =>
  new Intl.DateTimeFormat("en-IE", { timeStyle: "short", timeZone: "Asia/Kathmandu" }).format(at);

test("who watches is listed with name and time, one of them is let go, and the keyboard is enough for it", async () => {
  const { page, gateway } = await visit("pose-0.y4m");
  const friend = await openTestFriend(page, gateway);
  await showLive(page);
  const viewers = [viewer("ana", "Ana"), viewer("ben", "Ben")];
  gateway.share = { viewerList: viewers, live: true, state: "live" };
  await friend.say({ kind: "viewers", viewers });
  const opener = page.getByRole("button", { name: "2 watching" });
  await opener.focus();
  await page.keyboard.press("Enter");
  const done = page.getByRole("button", { name: "Done" });
  await expect.poll(() => done.evaluate((key) => key === document.activeElement)).toBe(true);
  const { since = 0 } = viewers[0] ?? {};
  await page
    .getByText(`since ${wallClock(since)}`)
    .first()
    .waitFor();
  const [, until] = /until (\d\d:\d\d),/.exec((await page.getByText("Whoever has the code").textContent()) ?? "") ?? [];
  // the link was made a little before they came, for half an hour
  expect(Array.from({ length: 10 }, (_, minutes) => wallClock(since + (30 - minutes) * 60_000))).toContain(until);
  // only now: words stand for a while, and a busy machine takes long to come here
  for (const { id, name } of viewers) await friend.say({ kind: "words", viewer: id, name, text: "Hello" });
  const log = page.getByRole("log");
  await log.getByText("Ben Hello").waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByText("Ana sees you no more.").waitFor();
  // her words go with her
  expect(await log.getByRole("listitem").allTextContents()).toEqual(["Ben Hello"]);
  expect(gateway.asked).toContain("DELETE /api/v1/mirrors/M2/shares/share-1/viewers/ana");
  await page.getByText("Live. 1 friend watches.").waitFor();
  await page.keyboard.press("Escape");
  const focused = page.getByRole("button", { name: "1 watching" });
  await expect.poll(() => focused.evaluate((key) => key === document.activeElement)).toBe(true);
});

test("nobody watches: nothing is encoded; somebody does: the picture moves again", async () => {
  const { page, gateway } = await visit("pose-0.y4m");
  await watchPeers(page);
  const friend = await openTestFriend(page, gateway);
  await showLive(page);
  await friend.sees();
  const encoded = async () => Number(await page.evaluate("framesEncoded()"));
  const drawn = () => page.evaluate(() => window.vitrineMirror.drawn);
  await friend.say({ kind: "pause" });
  // what was on its way may still be encoded; from then on the mirror draws on and sends nothing
  await expect
    .poll(
      async () => {
        const [before, from] = [await encoded(), await drawn()];
        await page.waitForFunction((start) => window.vitrineMirror.drawn > start + 10, from, { timeout: WAIT_MS });
        return (await encoded()) - before;
      },
      { timeout: WAIT_MS },
    )
    .toBe(0);
  const still = await encoded();
  await friend.say({ kind: "resume" });
  await expect.poll(encoded, { timeout: WAIT_MS }).toBeGreaterThan(still + 10);
  expect(asked(gateway, "POST /whip")).toBe(1);
});

test("a gateway that falls silent: new paths, then a new session under the same link, and the old one is taken down", async () => {
  const { page, gateway, complaints } = await visit("pose-0.y4m");
  const friend = await openTestFriend(page, gateway);
  await showLive(page);
  const code = page.getByRole("img", { name: /^Code for/ });
  const link = await code.getAttribute("aria-label");
  // one that was heard at all is missed when it stops
  await friend.say({ kind: "viewers", viewers: [viewer("ana", "Ana")] });
  await page.getByText("Live. 1 friend watches.").waitFor();
  // it may be over before a slow test looks
  await page.evaluate(() => {
    const lens = document.querySelector(".lens");
    const said: string[] = [];
    Object.assign(window, { said });
    if (!lens) return;
    new MutationObserver(() => said.push(lens.textContent)).observe(lens, {
      ...{ subtree: true, childList: true, characterData: true },
    });
  });
  await friend.fallSilent();
  await expect.poll(() => asked(gateway, "POST /whip"), { timeout: WAIT_MS }).toBe(2);
  expect(await page.evaluate("said.some((words) => words.startsWith('One moment, the picture comes back'))")).toBe(
    true,
  );
  const restart = gateway.bodies.find(({ call }) => call === "PATCH /whip/sessions/1");
  expect(restart?.body).toMatch(/a=ice-ufrag:.+\r\na=ice-pwd:.+\r\n/);
  expect(asked(gateway, "DELETE /whip/sessions/1")).toBe(1);
  await page
    .getByText(/^Live\./)
    .first()
    .waitFor({ timeout: WAIT_MS });
  await friend.sees();
  expect(await code.getAttribute("aria-label")).toBe(link);
  expect(asked(gateway, "POST /api/v1/mirrors/M2/shares")).toBe(1);
  expect(complaints).toEqual([]);
});

test("friends hear nothing until the shopper wants it, and the mirror says plainly when they do", async () => {
  const { page, gateway } = await visit("pose-0.y4m");
  const friend = await openTestFriend(page, gateway);
  await page.addInitScript(() => {
    const { mediaDevices } = navigator;
    const known = mediaDevices.getUserMedia.bind(mediaDevices);
    const microphones: MediaStreamTrack[] = [];
    Object.assign(window, { microphones: () => microphones.map(({ readyState }) => readyState) });
    mediaDevices.getUserMedia = async (wanted) => {
      const stream = await known(wanted);
      microphones.push(...stream.getAudioTracks());
      return stream;
    };
  });
  await page.reload();
  await showLive(page);
  await friend.sees();
  expect(await page.evaluate("microphones()")).toEqual([]);
  const sound = page.getByRole("switch", { name: /With sound/ });
  await page.getByText("Friends do not hear you.").waitFor();
  await sound.click();
  await page.getByText("Friends hear you.").waitFor();
  await friend.hears();
  await sound.click();
  await page.getByText("Friends do not hear you.").waitFor();
  expect(await page.evaluate("microphones()")).toEqual(["ended"]);
});
