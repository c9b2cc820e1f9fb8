import { EventEmitter } from "node:events";
import { createRequire } from "node:module";

/**
 * A Bluetooth controller made of software, for tests: it answers the HCI commands that noble sends and reports the
 * advertisements it is told to hear, as H4 packets [Bluetooth Core 5.4, Vol 4 Part E, 7.7.65, 7.8]. Legacy (4.x) or
 * extended (5.x).
 */
export type VirtualController = {
  /** Bytes from the host. */
  receive(packet: Buffer): void;
  onPacket(listener: (packet: Buffer) => void): void;
  /** Puts an advertisement on the air; false when nobody scans, or it hangs. */
  advertise(advert: { address: string; rssi: number; data: Buffer }): boolean;
  /** From now on it answers commands and hears nothing, which is how adapters hang. A reset may help, or not. */
  hang(cure: "reset" | "none"): void;
  scanning(): boolean;
};

const opcode = {
  reset: 0x0c03,
  readLeHostSupport: 0x0c6c,
  readLocalVersion: 0x1001,
  readBufferSize: 0x1005,
  readAddress: 0x1009,
  leReadBufferSize: 0x2002,
  leReadFeatures: 0x2003,
  leSetScanEnable: 0x200c,
  leSetExtendedScanEnable: 0x2042,
} as const;
const commandHeaderLength = 4;

export function createVirtualController({ extended = false, address = "00:11:22:33:44:55" } = {}): VirtualController {
  const packets = new EventEmitter();
  let scanning = false;
  let hanging: "reset" | "none" | undefined;
  let pending = Buffer.alloc(0);

  function answer(code: number, parameters: Buffer): Buffer {
    switch (code) {
      case opcode.reset:
        scanning = false;
        if (hanging === "reset") hanging = undefined;
        return Buffer.from([0]);
      case opcode.readLocalVersion:
        return Buffer.from([0, 0x09, 0, 0, 0x09, 0xf1, 0x05, 0, 0]);
      case opcode.readBufferSize:
        return Buffer.from([0, 0xfb, 0, 0, 8, 0, 0, 0]);
      case opcode.readAddress:
        return Buffer.concat([Buffer.from([0]), littleEndian(address)]);
      case opcode.readLeHostSupport:
        return Buffer.from([0, 1, 0]);
      case opcode.leReadBufferSize:
        return Buffer.from([0, 0xfb, 0, 8]);
      case opcode.leReadFeatures:
        return Buffer.from([0, 0, extended ? 0x10 : 0, 0, 0, 0, 0, 0, 0]);
      case opcode.leSetScanEnable:
      case opcode.leSetExtendedScanEnable:
        scanning = parameters[0] === 1;
        return Buffer.from([0]);
      default:
        return Buffer.from([0]);
    }
  }

  /** Command Complete [7.7.14]. */
  function complete(code: number, result: Buffer) {
    const header = Buffer.from([0x04, 0x0e, 3 + result.length, 1, code & 0xff, code >> 8]);
    packets.emit("packet", Buffer.concat([header, result]));
  }

  return {
    receive(chunk) {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= commandHeaderLength) {
        const end = commandHeaderLength + pending[3]!;
        if (pending.length < end) return;
        const command = pending.subarray(0, end);
        pending = pending.subarray(end);
        const code = command.readUInt16LE(1);
        complete(code, answer(code, command.subarray(commandHeaderLength)));
      }
    },
    onPacket: (listener) => void packets.on("packet", listener),
    advertise(advert) {
      if (!scanning || hanging) return false;
      packets.emit("packet", extended ? extendedReport(advert) : legacyReport(advert));
      return true;
    },
    hang(cure) {
      hanging = cure;
    },
    scanning: () => scanning,
  };
}

type Advert = Parameters<VirtualController["advertise"]>[0];
const randomAddress = 1;

/** LE Advertising Report [7.7.65.2], one ADV_NONCONN_IND. */
function legacyReport({ address, rssi, data }: Advert): Buffer {
  const tail = Buffer.concat([littleEndian(address), Buffer.from([data.length]), data, int8(rssi)]);
  return Buffer.concat([Buffer.from([0x04, 0x3e, 4 + tail.length, 0x02, 1, 3, randomAddress]), tail]);
}

/** LE Extended Advertising Report [7.7.65.13], a legacy PDU that is neither connectable nor scannable. */
function extendedReport({ address, rssi, data }: Advert): Buffer {
  const nowhere = Buffer.alloc(7);
  const tail = Buffer.concat([
    littleEndian(address),
    Buffer.from([1, 0, 0xff, 0x7f]),
    int8(rssi),
    Buffer.from([0, 0]),
    nowhere,
    Buffer.from([data.length]),
    data,
  ]);
  return Buffer.concat([Buffer.from([0x04, 0x3e, 5 + tail.length, 0x0d, 1, 0x10, 0, randomAddress]), tail]);
}

function littleEndian(address: string): Buffer {
  return Buffer.from(address.replaceAll(":", ""), "hex").reverse();
}

function int8(value: number): Buffer {
  return Buffer.from([value & 0xff]);
}

/** The side of it that noble's HCI driver interface sees. */
class VirtualHciSocket extends EventEmitter {
  private up = false;
  private controller: VirtualController | undefined;

  bindRaw(_deviceId: number, { controller }: { controller: VirtualController }) {
    this.controller = controller;
    controller.onPacket((packet) => setImmediate(() => this.up && this.emit("data", packet)));
  }
  setFilter() {}
  isDevUp() {
    return this.up;
  }
  start() {
    this.up = true;
  }
  stop() {
    this.up = false;
  }
  write(packet: Buffer) {
    if (this.up) this.controller?.receive(packet);
  }
}

/**
 * Teaches the HCI driver loader the name "virtual". Must run before noble is imported, because noble takes the loader
 * out of its module then.
 */
export function installVirtualHciDriver() {
  const driver: { loadDriver(name: string): unknown } = createRequire(import.meta.url)(
    "@stoprocent/bluetooth-hci-socket",
  );
  const { loadDriver } = driver;
  driver.loadDriver = (name) => (name === "virtual" ? VirtualHciSocket : loadDriver(name));
}
