import fc from "fast-check";
import { expect, test } from "vitest";
import {
  decodeDeviceReply,
  decodeDeviceRequest,
  decodeRequestId,
  encodeDeviceReply,
  encodeDeviceRequest,
  isInterim,
} from "./requests.ts";

const bytes = (text: string) => Buffer.from(text);

test("a device reads what the gateway asks of it", () => {
  expect(decodeDeviceRequest(bytes('{"id":"r1","command":"identify","seconds":10}'))).toEqual({
    ok: true,
    value: { id: "r1", command: "identify", seconds: 10 },
  });
  const tare = { id: "r2", command: "tare", plates: [1, 2] } as const;
  expect(decodeDeviceRequest(bytes(encodeDeviceRequest({ ...tare, plates: [1, 2] })))).toEqual({
    ok: true,
    value: tare,
  });
  expect(decodeDeviceRequest(bytes('{"id":"r3","command":"rollback"}')).ok).toBe(true);
  expect(
    decodeDeviceRequest(bytes('{"id":"r4","command":"configure","settings":{"reportMs":500,"led":false}}')).ok,
  ).toBe(true);
});

test("a request that asks too much is refused in words, and its id is still known", () => {
  const reasonOf = (text: string) => {
    const result = decodeDeviceRequest(bytes(text));
    return result.ok ? "" : result.reason;
  };
  expect(reasonOf('{"id":"r1","command":"explode"}')).toBe('command has a value nobody knows: "explode"');
  expect(decodeRequestId(bytes('{"id":"r1","command":"explode"}'))).toBe("r1");
  expect(reasonOf('{"id":"r1","command":"identify","seconds":1e9}')).toBe(
    "seconds must be at most 600, not 1000000000",
  );
  expect(reasonOf('{"id":"r1","command":"tare","plates":[0]}')).toBe("plates[0] must be at least 1, not 0");
  expect(reasonOf('{"id":"../x","command":"reboot"}')).toBe('id has a form nobody knows: "../x"');
  expect(reasonOf('{"id":"r1","command":"configure","settings":{"reportMs":1}}')).toMatch(/reportMs must be a number/);
  expect(reasonOf('{"id":"r1","command":"configure","settings":{"wifiPassword":"x"}}')).toMatch(/looks like a secret/);
  expect(reasonOf('{"id":"r1","command":"configure","settings":{"a":{"b":1}}}')).not.toBe("");
  expect(reasonOf('{"id":"r1","command":"configure","settings":{"__proto__":1}}')).not.toBe("");
  expect(reasonOf('{"id":"r1","command":"update","version":"2"}')).toBe("manifest is missing");
});

test("an update answers several times, and only the last answer ends it", () => {
  const downloading = { id: "r1", ok: true, state: "downloading", progress: 0.4 } as const;
  expect(decodeDeviceReply(bytes(encodeDeviceReply(downloading)))).toEqual({ ok: true, value: downloading });
  expect(isInterim(downloading)).toBe(true);
  expect(isInterim({ ...downloading, state: "installed", progress: 1 })).toBe(false);
  expect(isInterim({ id: "r1", ok: false, progress: 0.4 })).toBe(false);
  expect(isInterim({ id: "r1", ok: true })).toBe(false);
});

test("whatever bytes arrive as a request or a reply, nothing is thrown", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.json().map((text) => Buffer.from(text)),
      ),
      (payload) => {
        expect(typeof decodeDeviceRequest(payload).ok).toBe("boolean");
        expect(typeof decodeDeviceReply(payload).ok).toBe("boolean");
      },
    ),
  );
});
