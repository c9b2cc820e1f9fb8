import { createServer, type Socket } from "node:net";
import mqttPacket, { type Packet } from "mqtt-packet";
import { onTestFinished } from "vitest";

/** A broker of a few lines that does only what a test tells it, and keeps every packet the gateway sends. */
export async function createStandIn() {
  const received: Packet[] = [];
  let sessionKnown = false;
  let socket: Socket | undefined;
  let connections = 0;
  let isThere = true;
  let returnCode = 0;

  const server = createServer((incoming) => {
    if (!isThere) return void incoming.destroy();
    socket = incoming;
    const parser = mqttPacket.parser({ protocolVersion: 4 });
    parser.on("packet", (packet) => {
      received.push(packet);
      const answer = answerTo(packet);
      if (answer) incoming.write(mqttPacket.generate(answer));
    });
    incoming.on("data", (bytes: Buffer) => void parser.parse(bytes));
    incoming.on("error", () => {});
  });

  function answerTo(packet: Packet): Packet | undefined {
    if (packet.cmd === "connect") {
      connections++;
      const sessionPresent = sessionKnown;
      sessionKnown = true;
      return { cmd: "connack", returnCode, sessionPresent: sessionPresent && returnCode === 0 };
    }
    if (packet.cmd === "subscribe" && packet.messageId !== undefined) {
      const granted = packet.subscriptions.map(({ qos }) => qos);
      return { cmd: "suback", messageId: packet.messageId, granted };
    }
    if (packet.cmd === "unsubscribe" && packet.messageId !== undefined) {
      return { cmd: "unsuback", messageId: packet.messageId, granted: [] };
    }
    if (packet.cmd === "publish" && packet.qos === 1 && packet.messageId !== undefined) {
      return { cmd: "puback", messageId: packet.messageId };
    }
    if (packet.cmd === "pingreq") return { cmd: "pingresp" };
    return undefined;
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    socket?.destroy();
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;

  return {
    url: `mqtt://127.0.0.1:${port}`,
    received,
    connections: () => connections,
    /** Packet ids of the PUBACKs so far, in the order they came. */
    pubacks: () => received.filter((packet) => packet.cmd === "puback").map(({ messageId }) => messageId),
    topics: () => received.filter((packet) => packet.cmd === "publish").map(({ topic }) => topic),
    deliver(topic: string, messageId: number, more: { dup?: boolean; retain?: boolean; payload?: string } = {}) {
      const { payload = "{}", dup = false, retain = false } = more;
      socket?.write(mqttPacket.generate({ cmd: "publish", topic, payload, qos: 1, dup, retain, messageId }));
    },
    /** 5: not authorised. */
    answerConnectWith(code: number) {
      returnCode = code;
    },
    hangUp: () => socket?.destroy(),
    /** Hangs up, and on everyone who comes until it is there again. */
    setThere(there: boolean) {
      isThere = there;
      if (!there) socket?.destroy();
    },
  };
}

export type StandIn = Awaited<ReturnType<typeof createStandIn>>;
