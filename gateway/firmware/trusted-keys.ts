import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Type } from "typebox";
import { isPublicKey } from "#wire/firmware.ts";
import { createJsonReader } from "#wire/json.ts";
import { ignoreMissing, writeWhole } from "./files.ts";

/** `publicKey`: the 32 bytes of an Ed25519 public key in base64url. */
export type TrustedKey = { name: string; publicKey: string };

const keysAtMost = 16;
const reader = createJsonReader(
  Type.Object({
    version: Type.Literal(1),
    keys: Type.Array(
      Type.Object({ name: Type.String({ minLength: 1, maxLength: 60 }), publicKey: Type.String({ maxLength: 60 }) }),
      { maxItems: keysAtMost },
    ),
  }),
);

/** Whose firmware this shop takes: `firmware/keys.json` in the data folder. Private keys have no place here. */
export function createTrustedKeys(dataFolder: string) {
  const path = join(dataFolder, "firmware", "keys.json");

  /** Throws when the file is there but cannot be understood: going on without keys would hide a broken disk. */
  async function list(): Promise<TrustedKey[]> {
    const bytes = await readFile(path).catch(ignoreMissing);
    if (!bytes) return [];
    const result = reader.read(bytes);
    if (!result.ok) throw new Error(`${path} is not a list of keys: ${result.reason}`);
    return result.value.keys;
  }
  const save = (keys: TrustedKey[]) => writeWhole(path, `${JSON.stringify({ version: 1, keys }, null, 2)}\n`);

  return {
    list,
    /** Says in words why not; undefined when the key is trusted from now on. */
    async trust(name: string, publicKey: string): Promise<string | undefined> {
      if (!isPublicKey(publicKey)) return "this is no Ed25519 public key: 43 letters and digits are expected";
      const keys = (await list()).filter((key) => key.publicKey !== publicKey && key.name !== name);
      if (keys.length >= keysAtMost) return `${keysAtMost} keys are trusted already: take one away first`;
      await save([...keys, { name, publicKey }]);
      return undefined;
    },
    async distrust(name: string): Promise<boolean> {
      const keys = await list();
      const others = keys.filter((key) => key.name !== name);
      if (others.length < keys.length) await save(others);
      return others.length < keys.length;
    },
  };
}
