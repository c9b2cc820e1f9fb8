/** Units as devices spell them, and what becomes of a value: grams, °C, V, A, s, mm, hPa; all others stay as they are. */
export type Unit = {
  measures: "mass" | "ratio" | "number" | "temperature" | "voltage" | "other";
  /** value × factor + offset is the value in `as`. */
  factor: number;
  offset?: number;
  as: string;
};

const mass = (factor: number): Unit => ({ measures: "mass", factor, as: "g" });
const other = (as: string, factor = 1): Unit => ({ measures: "other", factor, as });

/** The avoirdupois pound is 0.45359237 kg by definition, its ounce a sixteenth of it. */
const poundGrams = 453.59237;

const units: ReadonlyMap<string, Unit> = new Map<string, Unit>([
  ["1", { measures: "number", factor: 1, as: "" }],
  ["%", { measures: "ratio", factor: 1, as: "%" }],
  ["mg", mass(0.001)],
  ["g", mass(1)],
  ["kg", mass(1_000)],
  ["t", mass(1_000_000)],
  ["oz", mass(poundGrams / 16)],
  ["lb", mass(poundGrams)],
  ["°C", { measures: "temperature", factor: 1, as: "°C" }],
  ["°F", { measures: "temperature", factor: 5 / 9, offset: -160 / 9, as: "°C" }],
  ["K", { measures: "temperature", factor: 1, offset: -273.15, as: "°C" }],
  ["V", { measures: "voltage", factor: 1, as: "V" }],
  ["mV", { measures: "voltage", factor: 0.001, as: "V" }],
  ["A", other("A")],
  ["mA", other("A", 0.001)],
  ["W", other("W")],
  ["Wh", other("Wh")],
  ["kWh", other("Wh", 1_000)],
  ["s", other("s")],
  ["ms", other("s", 0.001)],
  ["min", other("s", 60)],
  ["h", other("s", 3_600)],
  ["mm", other("mm")],
  ["cm", other("mm", 10)],
  ["m", other("mm", 1_000)],
  ["in", other("mm", 25.4)],
  ["hPa", other("hPa")],
  ["Pa", other("hPa", 0.01)],
  ["dBm", other("dBm")],
  ["dB", other("dB")],
  ["lx", other("lx")],
  ["ppm", other("ppm")],
]);

/** Other spellings, in lower case. Upper and lower case count where they must: mV and MV are not the same. */
const spellings: ReadonlyMap<string, string> = new Map([
  ["", "1"],
  ["pct", "%"],
  ["percent", "%"],
  ["gr", "g"],
  ["gram", "g"],
  ["grams", "g"],
  ["gramm", "g"],
  ["kgs", "kg"],
  ["kilo", "kg"],
  ["kilogram", "kg"],
  ["kilograms", "kg"],
  ["tonne", "t"],
  ["lbs", "lb"],
  ["pound", "lb"],
  ["pounds", "lb"],
  ["ounce", "oz"],
  ["ounces", "oz"],
  ["c", "°C"],
  ["celsius", "°C"],
  ["℃", "°C"],
  ["f", "°F"],
  ["fahrenheit", "°F"],
  ["℉", "°F"],
  ["kelvin", "K"],
  ["volt", "V"],
  ["volts", "V"],
  ["sec", "s"],
  ["lux", "lx"],
]);

/** The unit under this name or another spelling of it; undefined where nobody knows it. */
export function unitOf(text: string): { name: string; unit: Unit } | undefined {
  const trimmed = text.trim();
  const lower = trimmed.toLowerCase();
  const name = units.has(trimmed) ? trimmed : (spellings.get(lower) ?? (massNames.has(lower) ? lower : undefined));
  const unit = name === undefined ? undefined : units.get(name);
  return name === undefined || !unit ? undefined : { name, unit };
}

/** "KG" and "Lb" are weights whichever way they are written; "MG" is no megagram on a shelf. */
const massNames = new Set(["mg", "g", "kg", "oz", "lb"]);

/** To six decimals: 1.24 kg is 1240 g and not 1239.9999999999998. */
export function converted(value: number, { factor, offset = 0 }: Unit): number {
  return Math.round((value * factor + offset) * 1e6) / 1e6;
}

/** The units a person may choose from, for the reason of a refusal. */
export const unitNames = (measures: Unit["measures"]): string =>
  [...units]
    .filter(([, unit]) => unit.measures === measures)
    .map(([name]) => name)
    .join(", ");
