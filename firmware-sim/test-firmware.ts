import { createHash, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { onTestFinished } from "vitest";
import { signManifest } from "#wire/firmware.ts";
import type { UpdateRequest } from "#wire/requests.ts";

/** A maker of firmware: its key, and images on a small HTTP server that understands ranges. */
export async function firmwareMaker() {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const images = new Map<string, Buffer>();
  /** What was asked for, as "path range". */
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.range ?? ""}`.trim());
    const image = images.get(request.url ?? "");
    if (!image) return void response.writeHead(404).end();
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200).end(image.subarray(from));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;

  return {
    asked,
    trustedKey: publicKey.export({ format: "jwk" }).x ?? "",
    /** Publishes an image and answers the request a gateway would send for it. */
    release(
      image: { version: string; behaviour: string; crashAfterMs?: number },
      id = `to-${image.version.replaceAll(".", "-")}`,
    ) {
      // Large enough to come in several pieces.
      const bytes = Buffer.from(JSON.stringify({ ...image, padding: "x".repeat(200_000) }));
      const path = `/${image.version}.bin`;
      images.set(path, bytes);
      const signed = signManifest(
        {
          version: image.version,
          kind: "shelf",
          sizeBytes: bytes.length,
          sha256: createHash("sha256").update(bytes).digest("hex"),
          createdAt: 0,
        },
        privateKey,
      );
      const request: UpdateRequest = {
        ...{ id, command: "update", version: image.version },
        ...signed,
        url: `http://127.0.0.1:${port}${path}`,
      };
      return request;
    },
    /** What is served instead, under the same name. */
    swap: (version: string, change: (image: Buffer) => Buffer) =>
      images.set(`/${version}.bin`, change(images.get(`/${version}.bin`) ?? Buffer.alloc(0))),
  };
}
