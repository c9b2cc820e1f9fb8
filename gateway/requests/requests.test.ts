import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { DomainEvent, RequestBody } from "../events.ts";
import { type AskedDevice, decideAnswer, decideHello, decideLost, decideRequest } from "./asking.ts";
import { decideRequestsTick, openRequest, requests, requestView, unansweredRequests } from "./requests.ts";

const online: AskedDevice = { kind: "shelf", state: "online", way: "native", boot: 1, firmware: "sim 1.0.0" };
const identify: RequestBody = { command: "identify", seconds: 10 };

/** One scale, "S", and what was decided about it. */
function desk() {
  const state = requests.initial();
  const apply = (event: DomainEvent) => {
    if (event.type === "device-requested") requests.evolve["device-requested"]?.(state, event);
    if (event.type === "device-answered") requests.evolve["device-answered"]?.(state, event);
    if (event.type === "device-request-repeated") requests.evolve["device-request-repeated"]?.(state, event);
  };
  const take = (events: DomainEvent[]) => {
    for (const event of events) apply(event);
    return events;
  };
  return {
    state,
    ask(request: RequestBody, now = 1_000, device: Partial<AskedDevice> = {}, deviceId = "S") {
      const derive = (label: string) => createHash("sha256").update(label).digest("hex");
      const asked = { deviceId, request, by: "eve" };
      const decision = decideRequest(state, asked, { ...online, ...device }, { now, derive });
      if (decision.ok) take(decision.events);
      return decision.ok ? decision.value.requestId : decision.problem.title;
    },
    reply: (id: string, more: object = {}, deviceId = "S") =>
      take(decideAnswer(state, deviceId, { id, ok: true, ...more }, 2_000)).length,
    hello: (more: object = {}) =>
      take(decideHello(state, { deviceId: "S", boot: 1, ...more }, 2_000)).map(({ type }) => type),
    tick: (now: number) => take(decideRequestsTick(state, now)).length,
    shown: (deviceId = "S") => requestView(state, deviceId),
  };
}

test("a request is answered by the device it was made to, once", () => {
  const { ask, reply, shown } = desk();
  const id = ask(identify);
  expect(shown()).toMatchObject({ requestId: id, command: "identify", state: "sent" });
  expect(reply(id, {}, "T")).toBe(0);
  expect(reply("guessed")).toBe(0);
  expect(reply(id, { detail: "blinking" })).toBe(1);
  expect(shown()).toMatchObject({ state: "done", detail: "blinking" });
  // replayed, and contradicted
  expect(reply(id)).toBe(0);
  expect(reply(id, { ok: false })).toBe(0);
  expect(shown()?.state).toBe("done");
});

test("whoever cannot hear, or must not, is refused at once and in words", () => {
  const { ask } = desk();
  expect(ask(identify, 0, { state: "offline" })).toBe("S is offline: it would not hear this.");
  expect(ask(identify, 0, { state: "unseen" })).toBe("S is not there yet: it would not hear this.");
  expect(ask(identify, 0, { state: "pending" })).toBe("Nobody has said yet where this device belongs.");
  expect(ask(identify, 0, { state: "retired" })).toBe("This device is retired.");
  expect(ask(identify, 0, { way: "none" })).toBe("This maker's device takes no such request from Vitrine.");
  expect(ask({ command: "tare" }, 0, { kind: "ble" })).toBe("Only a scale can be set to zero.");
  expect(ask({ command: "tare" }, 0, { loadedPlate: 2 })).toBe("There are goods on plate 2.");
  expect(ask({ command: "configure", settings: { reportMs: 1 } })).toBe("These settings do not fit.");
  ask(identify);
  expect(ask(identify)).toBe("S has not answered the last request yet.");
});

test("silence ends a request in its own time, and a device can be asked again", () => {
  const { ask, tick, shown } = desk();
  ask(identify, 1_000);
  expect(tick(10_999)).toBe(0);
  expect(tick(11_000)).toBe(1);
  expect(shown()).toMatchObject({ state: "unanswered", detail: "It did not answer in time." });
  expect(ask({ command: "reboot" }, 12_000)).toMatch(/^[0-9a-f]{20}$/);
  expect(tick(71_999)).toBe(0);
  expect(tick(72_000)).toBe(1);
});

test("an update that lasts while the gateway is away is not blamed for it", () => {
  const { ask, tick } = desk();
  tick(1_000);
  ask({ command: "update", version: "2.0.0" }, 1_000);
  tick(2_000);
  // the gateway was off for an hour
  expect(tick(3_600_000)).toBe(0);
  expect(tick(3_605_000)).toBe(0);
  let ended = 0;
  for (let now = 3_606_000; now < 3_700_000; now += 1_000) ended += tick(now);
  expect(ended).toBe(1);
});

test("a new power-on answers the wish to start again; whatever was not heard is said once more", () => {
  const one = desk();
  one.ask({ command: "reboot" });
  expect(one.hello()).toEqual(["device-request-repeated"]);
  expect(one.hello({ boot: 2 })).toEqual(["device-answered"]);
  one.ask({ command: "update", version: "2.0.0" });
  expect(one.hello({ boot: 3, firmware: "sim 1.0.0" })).toEqual(["device-request-repeated"]);
  expect(one.hello({ boot: 4, firmware: "sim 2.0.0" })).toEqual(["device-answered"]);
  one.ask({ command: "rollback" }, 1_000, { firmware: "sim 2.0.0" });
  expect(one.hello({ boot: 5, firmware: "sim 2.0.0" })).toEqual(["device-request-repeated"]);
  expect(one.hello({ boot: 6, firmware: "sim 1.0.0" })).toEqual(["device-answered"]);
});

test("a scale that was switched off meanwhile is not set to zero afterwards", () => {
  const { ask, hello } = desk();
  ask({ command: "tare" });
  expect(hello({ boot: 2 })).toEqual([]);
  // nor one that does not say whether it was
  expect(hello({ boot: undefined })).toEqual([]);
  expect(hello()).toEqual(["device-request-repeated"]);
});

test("what got lost with the gateway ends once, and nothing else with it", () => {
  const { state, ask, reply, shown } = desk();
  const first = ask({ command: "tare" });
  expect(decideLost(state, { deviceId: "S", requestId: "another" }, 2_000)).toEqual([]);
  expect(decideLost(state, { deviceId: "S", requestId: first }, 2_000)).toMatchObject([{ state: "unanswered" }]);
  reply(first);
  expect(decideLost(state, { deviceId: "S", requestId: first }, 2_000)).toEqual([]);
  expect(shown()?.state).toBe("done");
});

test("a device that greets without end is not told again without end", () => {
  const { ask, hello } = desk();
  ask({ command: "reboot" });
  const said = Array.from({ length: 100 }, () => hello().length).filter((count) => count > 0);
  expect(said.length).toBe(20);
});

test("a maker's device is asked and does not answer", () => {
  const { ask, shown, state } = desk();
  ask({ command: "reboot" }, 1_000, { way: "maker" });
  expect(shown()?.state).toBe("done");
  expect(openRequest(state, "S")).toBeUndefined();
});

test("progress is noted in steps, not byte by byte", () => {
  const { ask, reply } = desk();
  const id = ask({ command: "update", version: "2.0.0" });
  let noted = 0;
  for (let percent = 0; percent < 100; percent++) noted += reply(id, { progress: percent / 100 });
  expect(noted).toBeLessThanOrEqual(10);
  expect(reply(id, { progress: 1 })).toBe(1);
});

test("ten thousand devices and requests leave a bounded memory, and never two open requests to one device", () => {
  const { ask, state } = desk();
  for (let n = 0; n < 10_000; n++) ask({ command: "reboot" }, 1_000, { way: "maker" }, `device-${n}`);
  for (let n = 0; n < 30; n++) ask({ command: "reboot" }, 1_000, { way: "maker" });
  expect(state.devices.size).toBe(5_000);
  expect(state.devices.get("S")?.length).toBe(10);
  for (let n = 0; n < 2_000; n++) ask(identify, 1_000, {}, `other-${n}`);
  expect(state.open.size).toBe(1_000);
});

test("whatever is asked and answered in whatever order, every request ends exactly once", () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("ask" as const), command: fc.constantFrom("identify", "tare", "reboot", "update") }),
    fc.record({ do: fc.constant("reply" as const), which: fc.nat(5), ok: fc.boolean() }),
    fc.record({ do: fc.constant("hello" as const), boot: fc.nat(3) }),
    fc.record({ do: fc.constant("pass" as const), seconds: fc.integer({ min: 1, max: 700 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const one = desk();
      const ids: string[] = [];
      let now = 1_000;
      const pass = (seconds: number) => {
        for (const end = now + seconds * 1_000; now < end; now += 1_000) one.tick(now);
      };
      for (const each of steps) {
        if (each.do === "ask") {
          const bodies = { identify, tare: { command: "tare" }, reboot: { command: "reboot" } } as const;
          const body =
            each.command === "update" ? ({ command: "update", version: "2" } as const) : bodies[each.command as "tare"];
          const id = one.ask(body, now);
          if (/^[0-9a-f]{20}$/.test(id)) ids.push(id);
        } else if (each.do === "reply") one.reply(ids.at(-1 - each.which) ?? "none", { ok: each.ok });
        else if (each.do === "hello") one.hello({ boot: each.boot });
        else pass(each.seconds);
      }
      pass(700);
      expect(one.state.open.size).toBe(0);
      expect(unansweredRequests(one.state, now)).toEqual([]);
      expect(new Set(ids).size).toBe(ids.length);
    }),
    { numRuns: 60 },
  );
});
