import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { MirrorClip } from "#wire/views.ts";
import { bootGateway, temporaryFolder } from "../test-gateway.ts";

export const fixture = (name: string) => new Uint8Array(readFileSync(join(import.meta.dirname, "fixtures", name)));
export const mp4 = () => fixture("h264-opus.mp4");
export const webm = () => fixture("vp8-opus.webm");

/** A true gateway with a mirror that is signed in. */
export async function openShop(options: Parameters<typeof bootGateway>[0] = {}) {
  const shop = await bootGateway({ pagesFolder: friendPage(), ...options });
  const mirror = await signIn(shop.url);
  return { ...shop, ...mirror, filesOf: () => filesIn(shop.dataFolder) };
}

/** As the build leaves it, in short. */
function friendPage(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "friend"));
  const html = "<!doctype html><html><head><title>Vitrine</title></head><body>the page</body></html>";
  writeFileSync(join(folder, "friend", "index.html"), html);
  return folder;
}

/** Everything that lies in the folder of clips, `undefined` before there is one. */
export function filesIn(dataFolder: string): string[] {
  return readdirSync(join(dataFolder, "clips")).sort();
}

export type Kept = { clip: MirrorClip; token: string; location: string; ownerKey: string };

/** What a mirror and a friend's phone do with clips, over HTTP. */
export async function signIn(url: string, mirrorId = "mirror-1") {
  const session = await fetch(`${url}/api/v1/mirrors/${mirrorId}/sessions`, { method: "POST" });
  const as = { authorization: `Bearer ${(await session.json()).token}` };
  const clips = `/api/v1/mirrors/${mirrorId}/clips`;

  async function ask(path: string, init: RequestInit = {}) {
    const response = await fetch(url + path, { ...init, headers: { ...as, ...init.headers } });
    const text = await response.text();
    const { headers, status } = response;
    const body = text === "" ? undefined : JSON.parse(text);
    return { status, range: headers.get("range"), location: headers.get("location") ?? "", body };
  }

  const begin = (wish: Record<string, unknown>) =>
    ask(clips, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ mime: "video/mp4", showsPerson: false, ...wish }),
    });

  /** Bytes `from` up to, not with, `to` of a file. */
  const put = (location: string, file: Uint8Array, from = 0, to = file.length) =>
    ask(location, {
      method: "PUT",
      headers: { "content-range": `bytes ${from}-${to - 1}/${file.length}` },
      body: file.slice(from, to),
    });

  const where = (location: string, total: number) =>
    ask(location, { method: "PUT", headers: { "content-range": `bytes */${total}` } });

  /** As it is answered, kept or not. */
  async function send(file: Uint8Array, wish: Record<string, unknown> = {}) {
    const { location } = await begin({ bytes: file.length, ...wish });
    return { ...(await put(location, file)), location };
  }

  async function keep(file: Uint8Array, wish: Record<string, unknown> = {}): Promise<Kept> {
    const { status, body, location } = await send(file, wish);
    if (status !== 201) throw new Error(`not kept: ${status} ${JSON.stringify(body)}`);
    return keptOf(body, location);
  }

  const friend = (path: string, init: RequestInit = {}) => fetch(url + path, init);
  return { as, clips, ask, begin, put, where, send, keep, friend };
}

export type Mirror = Awaited<ReturnType<typeof signIn>>;

export function keptOf(clip: MirrorClip, location: string): Kept {
  const [link = "", ownerKey = ""] = (clip.ownerUrl ?? "").split("#owner=");
  return { clip, token: link.split("/s/")[1] ?? "", location, ownerKey };
}
