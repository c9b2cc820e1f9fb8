import { describe, expect, test } from "vitest";
import { minuteMs, openFloor } from "./test-floor.ts";

const hourMs = 60 * minuteMs;

describe("what stands on a shelf", () => {
  test("a place that runs low and then empty has one alert at a time, and a full one has none", () => {
    const { stands, open } = openFloor();
    expect(stands("C1/1", 9)).toEqual([]);
    expect(stands("C1/1", 3)).toEqual(["opened low"]);
    expect(stands("C1/1", 2)).toEqual([]);
    expect(stands("C1/1", 0)).toEqual(["closed restocked", "opened empty"]);
    expect(open()).toMatchObject([{ kind: "empty", severity: "stop", shelf: "C1", plate: 1, zone: "beauty" }]);
    expect(stands("C1/1", 12, { cause: "restock" })).toEqual(["closed restocked"]);
    expect(open()).toEqual([]);
  });

  test("a count by hand opens and closes alerts as the scale does", () => {
    const { happens, now } = openFloor();
    const counted = (count: number) =>
      happens({
        ...{ type: "stock-counted", at: now(), shelf: "C1", plate: 1, sku: "HAND-BALM" },
        ...{ count, tareGrams: 0, by: "mia" },
      });
    expect(counted(0)).toEqual(["opened empty"]);
    expect(counted(12)).toEqual(["closed restocked"]);
  });

  test("a piece that is put back and taken again within seconds neither closes the alert nor opens another", () => {
    const { stands, passes } = openFloor();
    stands("C1/1", 5);
    stands("C1/1", 0);
    expect(passes(5_000)).toEqual([]);
    expect(stands("C1/1", 1)).toEqual([]);
    expect(passes(15_000)).toEqual([]);
    expect(stands("C1/1", 0)).toEqual([]);
    expect(stands("C1/1", 1)).toEqual([]);
    expect(passes(20_000)).toEqual(["closed restocked", "opened low"]);
  });

  test("whoever fills a shelf with what there was is not told at once that it is low", () => {
    const { stands, passes } = openFloor();
    stands("C1/1", 0);
    expect(stands("C1/1", 2, { cause: "restock" })).toEqual(["closed restocked"]);
    expect(passes(50 * minuteMs)).toEqual([]);
    expect(passes(11 * minuteMs)).toEqual(["opened low"]);
  });

  test("several places of one shelf that run empty together are one walk", () => {
    const { stands, open, one } = openFloor();
    expect(stands("C1/2", 0)).toEqual(["opened empty"]);
    expect(stands("C1/4", 0)).toEqual(["updated"]);
    expect(stands("C2/1", 0)).toEqual(["opened empty"]);
    expect(open()).toHaveLength(2);
    const alert = open().find(({ shelf }) => shelf === "C1");
    expect(alert).toMatchObject({ plate: 2, sku: "HAND-BALM-30", plates: [2, 4], skus: ["HAND-BALM-30", "SOAP-OAT"] });
    expect(stands("C1/2", 12, { cause: "restock" })).toEqual(["updated"]);
    expect(open().find(({ shelf }) => shelf === "C1")).toMatchObject({ plate: 4, sku: "SOAP-OAT", plates: [4] });
    expect(stands("C1/4", 12, { cause: "restock" })).toEqual(["closed restocked"]);
    expect(one("empty").shelf).toBe("C2");
  });

  test("who has taken an empty place is not given the next one as well", () => {
    const { stands, asks, one, open } = openFloor();
    stands("C1/1", 0);
    asks({ command: "alert.assign", alertId: one("empty").id, by: "mia" });
    expect(stands("C1/2", 0)).toEqual(["opened empty"]);
    expect(open().map(({ state }) => state)).toEqual(expect.arrayContaining(["assigned", "open"]));
  });

  test("goods in a wrong place are one alert a shelf, until they are gone", () => {
    const { stands, one, open } = openFloor();
    expect(stands("A1/1", 1, { sku: "HAND-BALM", stray: true })).toEqual(["opened misplaced"]);
    expect(one("misplaced")).toMatchObject({ sku: "HAND-BALM", shelf: "A1", plate: 1, quantity: 1, severity: "wait" });
    expect(stands("A1/2", 2, { sku: "SOAP-OAT", stray: true })).toEqual(["updated"]);
    expect(one("misplaced")).toMatchObject({ plates: [1, 2], skus: ["HAND-BALM", "SOAP-OAT"], quantity: 3 });
    expect(stands("A1/2", 1, { sku: "SOAP-OAT", stray: true })).toEqual(["updated"]);
    expect(one("misplaced").quantity).toBe(2);
    expect(stands("A1/1", 0, { sku: "HAND-BALM", stray: true })).toEqual(["updated"]);
    expect(stands("A1/2", 0, { sku: "SOAP-OAT", stray: true })).toEqual(["closed resolved"]);
    expect(open()).toEqual([]);
  });

  test("a place that nobody can fill, because the stockroom has none, is a gap in the planogram and can wait", () => {
    const { stands, asks, now, one, state } = openFloor();
    const lines = [{ sku: "HAND-BALM", quantity: 12 }];
    asks({ command: "delivery.expect", lines, expectedAt: now() + 5 * hourMs, key: "d", by: "mia" });
    const [deliveryId = ""] = state.stock.deliveries.keys();
    asks({ command: "delivery.receive", deliveryId, by: "mia" });
    stands("C1/1", 12, { cause: "restock" });
    expect(stands("C1/1", 0, { cause: "sale" })).toEqual(["opened gap"]);
    expect(one("gap")).toMatchObject({ severity: "wait", note: "Nothing is left in the stockroom." });
  });

  test("a product that is new in the planogram is a gap when nobody has brought it after half an hour", () => {
    const { stands, plans, passes, one, kinds } = openFloor();
    stands("C2/1", 8);
    stands("C2/2", 8);
    const serum = { plate: 1, sku: "SERUM-AMBER", capacity: 5, minimum: 1 };
    const balm = { plate: 1, sku: "HAND-BALM", capacity: 5, minimum: 1 };
    const night = { plate: 2, sku: "SERUM-NIGHT", capacity: 10, minimum: 3 };
    expect(plans("C2", [serum, balm, night])).toEqual([]);
    expect(passes(29 * minuteMs)).toEqual([]);
    expect(passes(2 * minuteMs)).toEqual(["opened gap"]);
    expect(one("gap")).toMatchObject({ sku: "HAND-BALM", shelf: "C2", plate: 1, severity: "wait" });
    expect(stands("C2/1", 5, { sku: "HAND-BALM", cause: "restock" })).toEqual(["closed restocked"]);
    expect(kinds()).toEqual([]);
  });

  test("when the planogram no longer has a place, its alert is gone, and what still stands there is misplaced later", () => {
    const { stands, plans, passes, one } = openFloor();
    stands("C2/1", 0);
    stands("C2/2", 3);
    expect(plans("C2", [{ plate: 1, sku: "HAND-BALM", capacity: 5, minimum: 1 }])).toEqual([
      "closed gone",
      "closed gone",
    ]);
    expect(passes(29 * minuteMs)).toEqual([]);
    expect(passes(2 * minuteMs)).toEqual(expect.arrayContaining(["opened misplaced", "opened gap"]));
    expect(one("misplaced")).toMatchObject({ sku: "SERUM-NIGHT", quantity: 3 });
    expect(stands("C2/2", 0, { sku: "SERUM-NIGHT", stray: true })).toEqual(["closed resolved"]);
  });

  test("what is nowhere in the planogram and no stray opens nothing", () => {
    expect(openFloor().stands("C1/1", 0, { sku: "COAT-QUAY-38" })).toEqual([]);
  });

  test("a scale that fell silent is one alert, and what time says of its shelf opens none", () => {
    const { stands, device, passes, kinds, one, happens, now } = openFloor();
    happens({ type: "device-seen", at: now(), deviceId: "C1", kind: "shelf", format: "native" });
    device("C1", "online");
    stands("C1/1", 0);
    const alertId = one("empty").id;
    happens({ type: "alert-closed", at: now(), alertId, by: "mia", reason: "resolved" });
    expect(device("C1", "offline")).toEqual(["opened device-down"]);
    expect(one("device-down")).toMatchObject({ deviceId: "C1", shelf: "C1" });
    expect(passes(61 * minuteMs)).not.toContain("opened empty");
    expect(kinds()).toEqual(["device-down"]);
    expect(device("C1", "online")).toEqual(["closed back"]);
    expect(passes(10_000)).toEqual(["opened empty"]);
  });

  test("a device that leaves the shop is no longer waited for", () => {
    const { device, happens, now } = openFloor();
    expect(device("C1", "offline")).toEqual(["opened device-down"]);
    expect(happens({ type: "device-retired", at: now(), deviceId: "C1", by: "ana" })).toEqual(["closed resolved"]);
  });
});

describe("many pieces at once", () => {
  test("six pieces within seconds are told as what was seen, grow with what follows, and end by quiet", () => {
    const { stands, passes, one, open } = openFloor();
    stands("C1/1", 12);
    for (const count of [11, 10, 9, 8, 7]) {
      expect(stands("C1/1", count, { cause: "pick" })).toEqual([]);
      passes(4_000);
    }
    expect(stands("C1/1", 6, { cause: "pick" })).toEqual(["opened sweep"]);
    const sweep = one("sweep");
    expect(sweep).toMatchObject({ severity: "stop", shelf: "C1", quantity: 6, zone: "beauty" });
    expect(sweep.note).toMatch(/^6 pieces left C1 within 20 seconds, about EUR \d+\.$/);
    expect(sweep.note).not.toMatch(/theft|steal|stolen/i);
    expect(stands("C1/1", 4, { cause: "pick" })).toEqual(["updated"]);
    expect(one("sweep")).toMatchObject({ quantity: 8 });
    const later = passes(31 * minuteMs);
    expect(later).toContain("closed quiet");
    expect(open()).toEqual([]);
  });

  test("few pieces are enough where they are dear, and what is put back was not taken", () => {
    const coats = openFloor();
    coats.stands("B1/2", 6);
    coats.stands("B1/2", 4, { cause: "pick" });
    expect(coats.kinds()).toEqual([]);
    coats.stands("B1/2", 5, { cause: "put-back" });
    coats.stands("B1/2", 4, { cause: "pick" });
    coats.stands("B1/2", 3, { cause: "pick" });
    expect(coats.kinds()).toEqual(["sweep"]);
    const soap = openFloor();
    soap.stands("C1/3", 12);
    for (let i = 0; i < 10; i++) {
      soap.stands("C1/3", 10, { cause: "pick" });
      soap.stands("C1/3", 12, { cause: "put-back" });
    }
    expect(soap.kinds()).toEqual([]);
  });

  test("the same pieces over minutes are an ordinary afternoon, and a colleague's restock is none", () => {
    const { stands, passes, kinds } = openFloor();
    stands("C1/1", 12);
    for (let count = 11; count >= 4; count--) {
      stands("C1/1", count, { cause: "pick" });
      passes(31_000);
    }
    stands("C1/1", 12, { cause: "restock" });
    stands("C1/1", 4, { cause: "move" });
    expect(kinds()).toEqual([]);
  });

  test("a sweep that somebody has looked at is over; another one is told anew", () => {
    const { stands, asks, one, kinds } = openFloor();
    stands("C1/1", 12);
    stands("C1/1", 5, { cause: "pick" });
    asks({ command: "alert.resolve", alertId: one("sweep").id, by: "mia" });
    stands("C1/1", 4, { cause: "pick" });
    expect(kinds()).toEqual([]);
    stands("C1/1", 12, { cause: "restock" });
    stands("C1/1", 6, { cause: "pick" });
    expect(kinds()).toEqual(["sweep"]);
  });
});

describe("what is at stake", () => {
  test("an empty place of a dear product comes before one of a cheap product", () => {
    const { stands, open } = openFloor();
    stands("C1/3", 0);
    stands("B1/2", 0);
    stands("C1/1", 2);
    expect(open().map(({ sku }) => sku)).toEqual(["COAT-QUAY-38", "SOAP-CEDAR", "HAND-BALM"]);
    expect(open().every(({ value }) => (value ?? 0) > 0)).toBe(true);
  });

  test("the value of an empty place is the price of what would sell in the next hour, twice", () => {
    const { stands, one, house } = openFloor();
    const price = house.plan.itemOf.get("HAND-BALM")?.price ?? 0;
    stands("C1/1", 0);
    // a minimum of 3 is meant to last four hours
    expect(one("empty").value).toBe(Math.round(price * 0.75 * 2));
    const shared = openFloor();
    shared.plans("C2", [{ plate: 1, sku: "HAND-BALM", capacity: 5, minimum: 1 }]);
    shared.stands("C2/1", 5);
    shared.stands("C1/1", 0);
    expect(shared.one("empty").value).toBe(Math.round(price * 0.75));
  });

  test("somebody who waits comes before every sum of money", () => {
    const { stands, asks, kinds } = openFloor();
    stands("B1/2", 0);
    expect(asks({ command: "help.ask", mirrorId: "mirror-2" })).toEqual(["opened help"]);
    expect(kinds()).toEqual(["help", "empty"]);
  });
});
