/** The usual words for what a shop measures, in the languages of the makers; and how a name is taken apart. */

export type Quantity = "weight" | "people" | "battery" | "temperature" | "humidity" | "distance" | "voltage" | "signal";

const words: Record<Quantity, string> = {
  weight:
    "weight weights mass gram grams gramm kg kilo kilograms load net netto gross brutto lbs lb oz scale hx711 loadcell " +
    "gewicht masse last poids masse charge peso massa carga vikt vaegt vægt vekt waga masa ciężar agirlik paino 重量 重さ",
  people:
    "people person persons count counter occupancy occupants visitors visitor customers crowd headcount footfall " +
    "personen person besucher kunden anzahl zaehler personnes visiteurs affluence personas visitantes clientes aforo " +
    "persone visitatori pessoas bezoekers mensen aantal antal personer osoby liczba 人数",
  battery: "battery batt bat soc accu akku batterie batteria bateria batería pile batterij batteri bateria 电量",
  temperature: "temperature temp tempc tempf tmp temperatur température temperatura temperatuur lämpötila 温度",
  humidity: "humidity hum rh luftfeuchtigkeit feuchte humidité humedad umidità umidade vochtigheid wilgotność 湿度",
  distance: "distance dist range abstand entfernung distanza distancia afstand",
  voltage: "voltage volt volts vbat vcc vdd vbatt spannung tension tensión voltaje spanning",
  signal: "rssi snr linkquality lqi signal wifi",
};

const quantityByWord: ReadonlyMap<string, Quantity> = new Map(
  (Object.keys(words) as Quantity[]).flatMap((quantity) =>
    words[quantity].split(" ").map((word): [string, Quantity] => [word, quantity]),
  ),
);

/** Names that say nothing themselves: what stands above them does. */
const empty = new Set(
  "value val values v state status reading readings data current now raw last result sensor n x".split(" "),
);

/** Numbers that count messages, tell the time or name something; nobody wants them on a shelf. */
const housekeeping = new Set(
  "id uid seq sequence boot uptime time timestamp ts date epoch at version ver fw firmware port channel ch index idx pid heap freeheap".split(
    " ",
  ),
);

/** "netWeight_kg2" -> net, weight, kg, 2. */
export function wordsOf(name: string): string[] {
  return name
    .slice(0, 80)
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, "$1 $2")
    .replace(/(\D)(\d)/gu, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}\p{N}%°]+/u)
    .filter((word) => word !== "");
}

/** What a name speaks of; undefined where it says nothing that is known. */
export function quantityOf(name: string): Quantity | undefined {
  const joined = name.toLowerCase();
  const whole = quantityByWord.get(joined);
  if (whole) return whole;
  const parts = wordsOf(name);
  // "hx711" is one word to its maker
  for (const word of [...parts, parts.slice(0, 2).join("")]) {
    const quantity = quantityByWord.get(word);
    if (quantity) return quantity;
  }
  return undefined;
}

export const saysNothing = (name: string): boolean => {
  const parts = wordsOf(name).filter((word) => !/^\d+$/.test(word));
  return parts.every((word) => empty.has(word));
};
export const isHousekeeping = (name: string): boolean => wordsOf(name).some((word) => housekeeping.has(word));
