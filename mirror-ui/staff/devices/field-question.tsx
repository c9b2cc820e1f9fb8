import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import type { MappedField, Shop } from "#wire/views.ts";
import type { Page } from "../page.ts";
import type { Leaf } from "./mapping-words.ts";
import { Screen, Title } from "./screen.tsx";

type What = MappedField["yields"]["reading"];
type Props = {
  page: Page;
  shop: Shop;
  leaf: Leaf;
  fields: MappedField[];
  back: string;
  /** What the value stands in, where there is room for it. */
  pane: ComponentChildren;
  answer(field: MappedField): void;
  forget(): void;
};

const choices: { what: What; name: string; about: string; units: string[] }[] = [
  { what: "weight", name: "A weight", about: "What lies on one plate of a scale.", units: ["g", "kg", "lb", "oz"] },
  { what: "people", name: "People", about: "How many are in one place now.", units: ["1"] },
  { what: "battery", name: "Its battery", about: "How much is left.", units: ["%", "1", "V", "mV"] },
  {
    what: "telemetry",
    name: "Something else",
    about: "Kept for its page, counted nowhere.",
    units: ["1", "°C", "%", "V", "dBm", "s", "hPa", "lx"],
  },
];

const unitWords: Record<string, string> = { "1": "no unit", g: "gram", kg: "kilogram", lb: "pound", oz: "ounce" };

/** "What is 1240.2?" One question, and where the answer needs it, which plate, which place and which unit. */
export function FieldQuestion({ page, shop, leaf, fields, back, pane, answer, forget }: Props): JSX.Element {
  const before = fields.find(({ path }) => path === leaf.path);
  const [what, setWhat] = useState<What>(before?.yields.reading ?? "weight");
  const [plate, setPlate] = useState(before?.yields.reading === "weight" ? before.yields.plate : nextPlate(fields));
  const [zone, setZone] = useState(
    before?.yields.reading === "people" ? before.yields.zone : (shop.zones[0]?.id ?? ""),
  );
  const [name, setName] = useState(before?.yields.reading === "telemetry" ? before.yields.name : nameOf(leaf.path));
  const [unit, setUnit] = useState(before?.unit ?? unitIn(leaf.text) ?? "g");
  const units = choices.find((choice) => choice.what === what)?.units ?? ["1"];
  const chosenUnit = units.includes(unit) ? unit : (units[0] ?? "1");
  const yields = (): MappedField["yields"] => {
    if (what === "weight") return { reading: "weight", plate };
    if (what === "people") return { reading: "people", zone };
    return what === "battery" ? { reading: "battery" } : { reading: "telemetry", name: name.trim() || "value" };
  };
  return (
    <Screen
      page={page}
      shop={shop}
      back={{ href: back, name: "The message" }}
      pane={pane}
      asking
      foot={
        <div class="fit">
          <button
            type="button"
            class="b go"
            onClick={() => answer({ path: leaf.path, yields: yields(), unit: chosenUnit })}
          >
            That is it
          </button>
          {before && (
            <button type="button" class="b" onClick={forget}>
              It means nothing
            </button>
          )}
        </div>
      }
    >
      <div class="list one">
        <Title big>What is {leaf.text}?</Title>
        <p class="f1 q">
          It stands at <code>{leaf.path || "the whole message"}</code>.
        </p>
        <fieldset class="plain-set" aria-label="What it is">
          <ul class="rows picks">
            {choices.map((choice) => (
              <li key={choice.what}>
                <label>
                  <input
                    type="radio"
                    name="what"
                    checked={what === choice.what}
                    onChange={() => setWhat(choice.what)}
                  />
                  <span class="grow">
                    <b>{choice.name}</b>
                    <span class="line f1 q">{choice.about}</span>
                  </span>
                </label>
              </li>
            ))}
          </ul>
        </fieldset>
        <div class="fields">
          {what === "weight" && (
            <label>
              <span class="f1 q">On which plate of the scale</span>
              <span class="sel">
                <select class="fld" value={plate} onChange={(event) => setPlate(Number(event.currentTarget.value))}>
                  {Array.from({ length: 16 }, (_, index) => index + 1).map((one) => (
                    <option key={one} value={one}>
                      Plate {one}
                    </option>
                  ))}
                </select>
              </span>
            </label>
          )}
          {what === "people" && (
            <label>
              <span class="f1 q">Where</span>
              <span class="sel">
                <select class="fld" value={zone} onChange={(event) => setZone(event.currentTarget.value)}>
                  {shop.zones.map((one) => (
                    <option key={one.id} value={one.id}>
                      {one.name}
                    </option>
                  ))}
                </select>
              </span>
            </label>
          )}
          {what === "telemetry" && (
            <label>
              <span class="f1 q">What it is called</span>
              <input class="fld" value={name} maxLength={40} onInput={(event) => setName(event.currentTarget.value)} />
            </label>
          )}
          {units.length > 1 && (
            <label>
              <span class="f1 q">Its unit</span>
              <span class="sel">
                <select class="fld" value={chosenUnit} onChange={(event) => setUnit(event.currentTarget.value)}>
                  {units.map((one) => (
                    <option key={one} value={one}>
                      {unitWords[one] ?? one}
                    </option>
                  ))}
                </select>
              </span>
            </label>
          )}
        </div>
      </div>
    </Screen>
  );
}

function nextPlate(fields: MappedField[]): number {
  const taken = fields.flatMap(({ yields }) => (yields.reading === "weight" ? [yields.plate] : []));
  return Math.min(16, Math.max(0, ...taken) + 1);
}

/** The last name on the way to a value: "sensors.0.temp" -> "temp". */
function nameOf(path: string): string {
  const named = path.split(".").filter((part) => !/^\d+$/.test(part));
  return (named.at(-1) ?? "value").slice(0, 40);
}

const unitIn = (text: string) => /[\d\s](kg|g|lb|oz|%|V|mV)$/.exec(text)?.[1];
