import type { Client } from "aedes";
import type { Owed } from "./outgoing.ts";
import { publishBytes } from "./publish-bytes.ts";

/** So many messages at once; then the others have their turn. */
const perTurn = 128;

/** aedes' own way to wait for a full socket, with its time-out (1.2.0). */
type Insides = { waitForDrain(done: (error?: Error | null) => void): void };

/**
 * Sends a session that came back what it is owed: in the order it was published, under the packet ids it was given, with DUP
 * when it may have been sent before. `finished` is called in the same turn in which nothing is left, so that whatever is
 * published from then on goes directly and nothing overtakes [MQTT-4.6.0-6].
 */
export function resendOwed(
  client: Client,
  owed: Iterator<Owed>,
  { maySend, finished }: { maySend(message: Owed): boolean; finished(): void },
) {
  function turn() {
    for (let sent = 0; sent < perTurn; sent++) {
      if (client.closed) return;
      const { value, done } = owed.next();
      if (done) return finished();
      // given up by `maySend`, or sent already by a turn before a new queue began
      if (!maySend(value)) continue;
      const goesOn = client.conn.write(value.isReleased ? pubrel(value) : publish(value));
      value.isSent = true;
      if (!goesOn) {
        (client as unknown as Insides).waitForDrain((error) => void (error ? undefined : turn()));
        return;
      }
    }
    setImmediate(turn);
  }
  turn();
}

function pubrel({ messageId }: Owed): Buffer {
  return Buffer.from([0x62, 0x02, messageId >> 8, messageId & 0xff]);
}

function publish({ topic, payload, qos, messageId, isSent }: Owed): Buffer {
  return publishBytes({ topic, payload }, qos, { messageId, dup: isSent });
}
