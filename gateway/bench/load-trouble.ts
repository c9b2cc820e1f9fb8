import { connect } from "node:net";
import mqttPacket from "mqtt-packet";
import { accountOf, readerAccount } from "./accounts.ts";
import type { Jobs } from "./load-jobs.ts";
import { connectRaw } from "./raw-mqtt.ts";
import { every } from "./steady.ts";

const loudPerSecond = 5_000;
const loudAtOnce = 5;
const loudQueueBytes = 256 * 1024;
const longestMs = 60_000;

type Troublemaker = { stop(): Jobs["calm"]["answer"] };

/** Who misbehaves, one at a time. Asked of another process than the neighbours: what it costs itself must not look like theirs. */
export function createTrouble(storeId: string) {
  let troublemaker: Troublemaker | undefined;
  return {
    async begin({ port, trouble }: Jobs["trouble"]["ask"]): Promise<Jobs["trouble"]["answer"]> {
      troublemaker = await (trouble === "loud" ? shout(port, storeId) : freeze(port, storeId));
      return {};
    },
    async end(): Promise<Jobs["calm"]["answer"]> {
      const result = troublemaker?.stop() ?? { said: 0, acknowledged: 0 };
      troublemaker = undefined;
      return result;
    },
  };
}

async function shout(port: number, storeId: string): Promise<Troublemaker> {
  let said = 0;
  let acknowledged = 0;
  let stopped = false;
  const count = (more: number) => {
    acknowledged += more;
  };
  const client = await connectRaw(port, "X1", { acknowledged: count }, accountOf("X1"));
  const boot = Date.now();
  void every(longestMs, loudPerSecond, (n) => {
    if (stopped) return false;
    said++;
    // as a device does whose own memory ends: what it cannot get rid of it does not even write
    if (client.unsentBytes() > loudQueueBytes) return;
    const plates = [{ plate: 1, grams: 100 * (4 + (n % 4)) }];
    client.publish(`store/${storeId}/shelf/X1/reading`, JSON.stringify({ boot, seq: n + 1, plates }));
    if (n % loudAtOnce === 0) client.flush();
  });
  return {
    stop() {
      stopped = true;
      client.close();
      return { said, acknowledged };
    },
  };
}

/** Subscribes to everything and never reads again. */
async function freeze(port: number, storeId: string): Promise<Troublemaker> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  const { username, password } = readerAccount;
  socket.write(
    Buffer.concat([
      mqttPacket.generate({
        cmd: "connect",
        protocolId: "MQTT",
        protocolVersion: 4,
        clean: true,
        clientId: "frozen",
        keepalive: 0,
        username,
        password: Buffer.from(password),
      }),
      mqttPacket.generate({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: `store/${storeId}/#`, qos: 1 }] }),
    ]),
  );
  // CONNACK and SUBACK fit into the first read; nothing is read after it
  socket.once("data", () => socket.pause());
  return {
    stop() {
      socket.destroy();
      return { said: 0, acknowledged: 0 };
    },
  };
}
