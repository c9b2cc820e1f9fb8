import type { Message } from "./device.ts";
import type { Random } from "./random.ts";

/** Larger than a broker of ours takes in one packet: it ends the connection, and the will speaks. */
const oversizeBytes = 300_000;
const largeBytes = 200_000;

/** Makes something broken of what a device says, on the same topic. Nothing of it may ever be believed. */
export function createRubbish(random: Random): (message: Message) => Message {
  const ways: ((message: Message) => Pick<Message, "payload" | "qos">)[] = [
    // JSON only: a number that is cut short is another number, and nobody could tell.
    ({ payload }) => ({
      payload: !`${payload}`.startsWith("{")
        ? "\u0000"
        : Buffer.from(payload).subarray(0, Math.floor(payload.length * random.between(0.1, 0.9))),
    }),
    ({ payload }) => ({ payload: `${payload}`.replace(/-?\d+(\.\d+)?/g, "1e300") }),
    ({ payload }) => ({ payload: `${payload}`.replace(/"(grams|rssi|people|epc)":/g, '"$1":null,"was":') }),
    ({ payload }) => ({ payload: `{"boot":0,"seq":"${`${payload}`.length}"` }),
    () => ({ payload: Buffer.from(random.hex(random.integer(1, 64)), "hex") }),
    () => ({ payload: "" }),
    () => ({ payload: JSON.stringify({ pad: "x".repeat(largeBytes) }) }),
    // QoS 0: a packet that kills its connection must not be sent again on the next one.
    () => ({ payload: Buffer.alloc(oversizeBytes, 0x7b), qos: 0 }),
  ];
  return (message) => {
    const way = random.pick(ways);
    return { ...message, ...way?.(message), retain: false };
  };
}
