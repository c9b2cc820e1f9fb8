import type { Client } from "aedes";
import type { BrokerPacket } from "./outgoing.ts";

type Waiting = { client: Client; packet: BrokerPacket };

/** Publishes that wait for the disk, by commit: those of one commit ask for it once, and go on in order of arrival. */
export function createWaiting(options: {
  whenCommitted(batch: number, done: (error?: Error) => void): void;
  /** The commit is on disk, or lost. */
  goOn(client: Client, packet: BrokerPacket, batch: number, error: Error | undefined): void;
}) {
  /** As many as there are commits under way: one, and the next. Bounded by what is read at once of each connection. */
  const groups = new Map<number, Waiting[]>();

  function ask(batch: number, group: Waiting[]) {
    options.whenCommitted(batch, (error) => {
      groups.delete(batch);
      for (const { client, packet } of group) options.goOn(client, packet, batch, error);
    });
  }

  return {
    add(client: Client, packet: BrokerPacket, batch: number) {
      const group = groups.get(batch);
      if (group) return void group.push({ client, packet });
      const first = [{ client, packet }];
      groups.set(batch, first);
      ask(batch, first);
    },
  };
}
