/** What devices call their values, and what people do; the unit is often the end of the name. */
const known: Record<string, string> = {
  battery: "Battery",
  rssi: "Signal",
  signal: "Signal",
  wifirssi: "Wi-Fi signal",
  linkquality: "Link quality",
  temp: "Temperature",
  temperature: "Temperature",
  voltage: "Voltage",
  uptime: "Uptime",
  heap: "Free memory",
  freeheap: "Free memory",
};
const unitsByEnding: [ending: RegExp, unit: string][] = [
  [/[_ ]?percent$/i, "%"],
  [/[_ ]?dbm$/i, "dBm"],
  [/[_ ]?bytes$/i, "B"],
  [/(?:_ms|Ms)$/, "ms"],
  [/(?:_s|S|[_ ]?[sS]econds)$/, "s"],
  [/(?:_c|C|[_ ]?[cC]elsius)$/, "°C"],
  [/(?:_mv|Mv|MV)$/, "mV"],
  [/(?:_v|V)$/, "V"],
  [/[_ ]?hpa$/i, "hPa"],
];

/** "wifiRssiDbm" -> "Wi-Fi signal" in dBm; "plate 1" -> "Plate 1". A unit that was told beats one that is guessed. */
export function valueWords(name: string, unit?: string): { name: string; unit?: string } {
  const ending = unit === undefined ? unitsByEnding.find(([pattern]) => pattern.test(name)) : undefined;
  const stem = ending ? name.replace(ending[0], "") : name;
  const words = stem
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/[_.-]+/g, " ")
    .trim()
    .toLowerCase();
  const plain =
    known[words.replaceAll(" ", "")] ?? (words === "" ? name : words.charAt(0).toUpperCase() + words.slice(1));
  const said = unit ?? ending?.[1];
  return { name: plain, ...(said === undefined ? {} : { unit: said }) };
}
