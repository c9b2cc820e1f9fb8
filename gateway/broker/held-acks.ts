type Group<Ack> = { batch: number; acks: Ack[]; onDisk: boolean };

/**
 * Acknowledgements wait here until the commit they promise is on disk, and leave in order of arrival. Those of one commit
 * are one group, so that many messages share one fsync and one write to the socket. Bounded by whoever fills it (`count`).
 */
export function createHeldAcks<Ack>(options: {
  whenCommitted(batch: number, done: (error?: Error) => void): void;
  /** Acknowledgements whose promise holds now, oldest first. */
  send(acks: Ack[]): void;
  /** A commit failed: nothing held may be sent any more. Called after `drop()`, for each lost commit. */
  lost(error: Error): void;
}) {
  let groups: Group<Ack>[] = [];
  let count = 0;

  function drop() {
    groups = [];
    count = 0;
  }

  function release() {
    let group = groups[0];
    while (group?.onDisk) {
      groups.shift();
      count -= group.acks.length;
      options.send(group.acks);
      group = groups[0];
    }
  }

  function waitFor(group: Group<Ack>) {
    options.whenCommitted(group.batch, (error) => {
      if (error) {
        drop();
        options.lost(error);
        return;
      }
      // dropped with its connection meanwhile: the broker sends those messages again
      if (!groups.includes(group)) return;
      group.onDisk = true;
      release();
    });
  }

  return {
    /** `batch` never falls from one call to the next. */
    hold(ack: Ack, batch: number) {
      count++;
      const last = groups.at(-1);
      if (last?.batch === batch && !last.onDisk) {
        last.acks.push(ack);
        return;
      }
      const group = { batch, acks: [ack], onDisk: false };
      groups.push(group);
      waitFor(group);
    },
    drop,
    count: () => count,
  };
}
