import { expect, test } from "vitest";
import { valueWords } from "./value-words.ts";

test("a value is called as people call it, with its unit behind the number", () => {
  expect(valueWords("wifiRssiDbm")).toEqual({ name: "Wi-Fi signal", unit: "dBm" });
  expect(valueWords("uptimeS")).toEqual({ name: "Uptime", unit: "s" });
  expect(valueWords("tempC")).toEqual({ name: "Temperature", unit: "°C" });
  expect(valueWords("freeMemoryBytes")).toEqual({ name: "Free memory", unit: "B" });
  expect(valueWords("batteryPercent")).toEqual({ name: "Battery", unit: "%" });
  expect(valueWords("battery_voltage")).toEqual({ name: "Battery voltage" });
});

test("a unit that was told beats one that is guessed, and an odd name is left as it is", () => {
  expect(valueWords("plate 1", "g")).toEqual({ name: "Plate 1", unit: "g" });
  expect(valueWords("tempC", "K")).toEqual({ name: "Temp c", unit: "K" });
  expect(valueWords("S")).toEqual({ name: "S", unit: "s" });
  expect(valueWords("status")).toEqual({ name: "Status" });
});
