/** Lower-case hex of a range of bytes. */
export function toHex(bytes: Uint8Array, start = 0, end = bytes.length): string {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString("hex", start, end);
}

/** One byte as int8: RSSI and transmit power travel so. */
export function signedByte(byte: number): number {
  return (byte << 24) >> 24;
}
