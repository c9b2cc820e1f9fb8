import type { Client } from "aedes";

export const packetTooLarge = "packet too large";

type Parser = { packet: { length: number }; parse(bytes: Uint8Array): number };

/**
 * Closes a connection as soon as a packet announces more than `limit` bytes. mqtt-packet has no limit of its own and would
 * collect up to 256 MB; a chunk of the socket is at most 64 kB, so that is all that is ever buffered beyond the limit.
 */
export function limitPackets(client: Client, limit: number, tooLarge: (bytes: number) => void) {
  const parser = parserOf(client);
  const parse = parser.parse.bind(parser);
  parser.parse = (bytes) => {
    const left = parse(bytes);
    const announced = parser.packet.length;
    if (announced > limit) {
      tooLarge(announced);
      client.conn.destroy(new Error(packetTooLarge));
      return 0;
    }
    return left;
  };
}

/** aedes keeps its parser on the client under this name (1.2.0, pinned by package-lock.json; packet-limit.test.ts watches it). */
function parserOf(client: Client): Parser {
  return (client as unknown as { _parser: Parser })._parser;
}
