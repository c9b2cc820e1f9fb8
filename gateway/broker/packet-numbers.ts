import { createRequire } from "node:module";

/**
 * mqtt-packet, with the first packet that it writes, makes a Buffer for each of the 65,536 numbers of two bytes: 9 MB for
 * good, looked through by every collection. From here on it makes the two bytes when it writes them. Readings and
 * their acknowledgements are written without it either way.
 */
export function makeNumbersWhenWritten() {
  // the copy that aedes writes with
  const { writeToStream }: { writeToStream: { cacheNumbers: boolean } } = createRequire(import.meta.resolve("aedes"))(
    "mqtt-packet",
  );
  writeToStream.cacheNumbers = false;
}
