import type { Duplex } from "node:stream";

/** At first so many bytes; the buffer doubles while a turn writes more. */
const firstBytes = 1_024;
/** This much goes to the socket at once; a turn that writes more makes several writes. */
const mostBytes = 64 * 1_024;

/**
 * Joins what one turn of the event loop writes. mqtt-packet writes every packet in four to six pieces, and each piece
 * would be a queue entry and a part of a system call of its own; that costs more than all else on the way of a message.
 * Answers as `write` does: false until the socket's own queue has drained.
 */
export function packWrites(stream: Duplex) {
  const write = stream.write.bind(stream);
  const destroy = stream.destroy.bind(stream);
  const end = stream.end.bind(stream);
  let bytes: Buffer | undefined;
  let used = 0;
  let scheduled = false;

  function flush() {
    if (!bytes || used === 0) return;
    const packed = bytes.subarray(0, used);
    bytes = undefined;
    used = 0;
    if (!stream.destroyed && !stream.writableEnded) write(packed);
  }

  function flushAtTurn() {
    scheduled = false;
    flush();
  }

  function room(length: number): Buffer {
    if (bytes && used + length > mostBytes) flush();
    if (!bytes) bytes = Buffer.allocUnsafe(Math.max(firstBytes, length));
    else if (used + length > bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(2 * bytes.length, used + length));
      larger.set(bytes.subarray(0, used));
      bytes = larger;
    }
    if (!scheduled) {
      scheduled = true;
      setImmediate(flushAtTurn);
    }
    return bytes;
  }

  /** mqtt-packet and aedes hand over text and bytes, and never ask to be called back. */
  function pack(piece: string | Uint8Array): boolean {
    if (typeof piece === "string") {
      // a UTF-16 code unit is at most three bytes of UTF-8
      const into = room(piece.length * 3);
      used += into.write(piece, used);
    } else {
      const into = room(piece.length);
      if (piece.length > 4) into.set(piece, used);
      else for (let i = 0; i < piece.length; i++) into[used + i] = piece[i] ?? 0;
      used += piece.length;
    }
    return !stream.writableNeedDrain;
  }

  Object.assign(stream, {
    write: pack,
    // mqtt-packet corks around every packet if it can, and has the next tick uncork; nothing is left to cork
    cork: undefined,
    destroy(error?: Error) {
      flush();
      return destroy(error);
    },
    end(...last: Parameters<typeof end>) {
      flush();
      return end(...last);
    },
  });
}
