import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { MirrorClip } from "#wire/views.ts";
import { type Booted, bootGateway } from "../test-gateway.ts";

export const fixture = (name: string) => readFileSync(join(import.meta.dirname, "fixtures", name));
export const mp4 = () => fixture("h264-opus.mp4");
export const webm = () => fixture("vp8-opus.webm");

/** A shop with two mirrors that are signed in, and what they and a friend's phone do with clips. */
export async function openShop(options: Parameters<typeof bootGateway>[0] = {}) {
  const shop = await bootGateway(options);
  const tokens = new Map<string, string>();
  for (const id of ["mirror-1", "mirror-2"]) {
    const { value } = await shop.api<{ token: string }>("POST", `/api/v1/mirrors/${id}/sessions`);
    tokens.set(id, value.token);
  }
  const as = (mirrorId: string) => ({ authorization: `Bearer ${tokens.get(mirrorId)}` });
  return { ...shop, as, ...mirrorOf(shop, as) };
}

function mirrorOf({ url }: Booted, as: (mirrorId: string) => Record<string, string>) {
  async function begin(wish: Record<string, unknown>, mirrorId = "mirror-1") {
    const response = await fetch(`${url}/api/v1/mirrors/${mirrorId}/clips`, {
      method: "POST",
      headers: { ...as(mirrorId), "content-type": "application/json" },
      body: JSON.stringify({ mime: "video/mp4", showsPerson: false, ...wish }),
    });
    return { status: response.status, location: response.headers.get("location") ?? "", body: await read(response) };
  }

  /** Bytes `from` up to, not with, `to` of a file. */
  async function put(location: string, file: Uint8Array, from = 0, to = file.length, mirrorId = "mirror-1") {
    const response = await fetch(url + location, {
      method: "PUT",
      headers: { ...as(mirrorId), "content-range": `bytes ${from}-${to - 1}/${file.length}` },
      body: file.slice(from, to),
    });
    return { status: response.status, range: response.headers.get("range"), body: await read(response) };
  }

  async function ask(location: string, total: number) {
    const headers = { ...as("mirror-1"), "content-range": `bytes */${total}` };
    const response = await fetch(url + location, { method: "PUT", headers });
    return { status: response.status, range: response.headers.get("range"), body: await read(response) };
  }

  async function keep(file: Uint8Array, wish: Record<string, unknown> = {}): Promise<Kept> {
    const begun = await begin({ bytes: file.length, ...wish });
    const done = await put(begun.location, file);
    if (done.status !== 201) throw new Error(`not kept: ${done.status} ${JSON.stringify(done.body)}`);
    const clip: MirrorClip = done.body;
    const token = (clip.url ?? "").split("/s/")[1] ?? "";
    return { clip, token, location: begun.location, ownerKey: (clip.ownerUrl ?? "").split("#owner=")[1] ?? "" };
  }

  const friend = (path: string, init: RequestInit = {}) => fetch(url + path, init);
  return { begin, put, ask, keep, friend };
}

type Kept = { clip: MirrorClip; token: string; location: string; ownerKey: string };

async function read(response: Response) {
  const text = await response.text();
  return text === "" ? undefined : JSON.parse(text);
}
