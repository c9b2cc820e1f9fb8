import { createHash } from "node:crypto";
import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import type { SensorKey } from "#wire/format-memory.ts";
import { createJsonFile } from "./json-file.ts";

const KeysFile = Type.Object({
  version: Type.Literal(1),
  keys: Type.Record(
    Type.String({ pattern: "^[0-9a-f]{2}(:[0-9a-f]{2}){5}$" }),
    Type.Object({ key: Type.String({ pattern: "^[0-9a-f]{32}$" }), setAt: Type.String() }),
  ),
});
type KeysFile = Static<typeof KeysFile>;
const checker = Compile(KeysFile);

export const maxBleKeys = 500;

/**
 * The bind keys of sealed Bluetooth sensors, by canonical address, in `ble-keys.json` (0600). They must be kept as they
 * are, because frames are opened with them; they are never logged, recorded or shown. The command line changes them while
 * the gateway runs.
 */
export function createBleKeys(dataFolder: string) {
  const file = createJsonFile<KeysFile>({
    folder: dataFolder,
    name: "ble-keys.json",
    empty: () => ({ version: 1, keys: {} }),
    check: (content): content is KeysFile => checker.Check(content),
    damaged: "is damaged: set the keys of the sensors again.",
  });
  return {
    /** Setting a key, also the same one again, begins a new count: what the sensor sealed before can be heard once more. */
    async set(mac: string, keyHex: string, now: number): Promise<"set" | "full"> {
      return file.change((content) => {
        if (!(mac in content.keys) && Object.keys(content.keys).length >= maxBleKeys) return "full";
        content.keys[mac] = { key: keyHex.toLowerCase(), setAt: new Date(now).toISOString() };
        return "set";
      });
    },
    remove: (mac: string): Promise<boolean> =>
      file.change((content) => {
        const had = mac in content.keys;
        delete content.keys[mac];
        return had;
      }),
    macs: async (): Promise<string[]> => Object.keys((await file.current()).keys).sort(),
    /** All of them, as they are now. Throws when the file is damaged. */
    async load(): Promise<Map<string, SensorKey>> {
      const { keys } = await file.current();
      return new Map(Object.entries(keys).map(([mac, entry]) => [mac, { id: idOf(entry), key: hexOf(entry.key) }]));
    },
  };
}

const hexOf = (text: string) => Buffer.from(text, "hex");

/** Tells one setting of a key from another, and nothing of the key: it goes into the database and into records. */
function idOf({ key, setAt }: { key: string; setAt: string }): string {
  return createHash("sha256").update(`vitrine ble key ${key} ${setAt}`).digest("hex").slice(0, 12);
}
