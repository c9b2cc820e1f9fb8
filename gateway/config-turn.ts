import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { list, text } from "./config-raw.ts";
import { record, show } from "./config-shape.ts";
import type { ConfigError, Source } from "./config-source.ts";
import type { StoreConfig } from "./wire/store-config.ts";

/** RFC 7065; what passes can stand in a Link header. */
const turnUrl = /^turns?:([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:\d{1,5})?(\?transport=(udp|tcp))?$/;
/** RFC 2104 advises against keys shorter than the hash. */
const minSecretBytes = 20;

/** The relay of `media.turn`: its addresses, and whether its secret can be read. The secret itself is never shown. */
export function turnErrors(source: Source, folder: string): ConfigError[] {
  const turn = record(record(source.value).media).turn;
  const errors = list(turn, "urls").flatMap((url, index) =>
    typeof url !== "string" || !/^turns?:./.test(url) || turnUrl.test(url)
      ? []
      : [
          source.error(
            ["media", "turn", "urls", index],
            `${show(url)} is not like turn:shop.example:3478?transport=udp.`,
          ),
        ],
  );
  const file = text(turn, "secretFile");
  if (file === undefined || file === "") return errors;
  const path = ["media", "turn", "secretFile"];
  try {
    const secret = readTurnSecret(resolve(folder, file));
    if (/\s/.test(secret)) errors.push(source.error(path, `${show(file)} has more than one word in it.`));
    else if (Buffer.byteLength(secret) < minSecretBytes) {
      errors.push(
        source.error(path, `${show(file)} holds less than ${minSecretBytes} characters: openssl rand -hex 32.`),
      );
    }
  } catch {
    errors.push(source.error(path, `${show(file)} cannot be read. It holds the static-auth-secret of coturn.`));
  }
  return errors;
}

/** Paths are relative to the file they stand in. */
export function turnFile(media: StoreConfig["media"], folder: string): StoreConfig["media"] {
  const { turn } = media;
  return turn ? { ...media, turn: { ...turn, secretFile: resolve(folder, turn.secretFile) } } : media;
}

/** Throws when there is no such file. */
export function readTurnSecret(file: string): string {
  return readFileSync(file, "utf8").trim();
}
