type Counted = { bytesRead?: number; bytesWritten?: number; once(event: "close", done: () => void): unknown };

/** Bytes that went over the broker's connections, those that are open included: the numbers of `$SYS/broker/bytes`. */
export function createTraffic() {
  const open = new Set<Counted>();
  const closed = { bytesIn: 0, bytesOut: 0 };

  function add(total: typeof closed, { bytesRead = 0, bytesWritten = 0 }: Counted) {
    total.bytesIn += bytesRead;
    total.bytesOut += bytesWritten;
  }

  return {
    watch(socket: Counted) {
      open.add(socket);
      socket.once("close", () => {
        if (open.delete(socket)) add(closed, socket);
      });
    },
    stats() {
      const total = { ...closed };
      for (const socket of open) add(total, socket);
      return total;
    },
  };
}
