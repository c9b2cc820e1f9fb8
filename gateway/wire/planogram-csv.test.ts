import fc from "fast-check";
import { expect, test } from "vitest";
import { type CsvWorld, csvLimits, type PlanogramShelf, readPlanogramCsv, writePlanogramCsv } from "./planogram-csv.ts";

const world: CsvWorld = {
  shelves: [{ id: "C1", fixture: "Island, door side" }, { id: "C2" }, { id: "X-1" }],
  products: new Map([
    ["HAND-BALM", { gtin: "9520140101081", name: 'Hand balm "classic"; 75 ml' }],
    ["SOAP-OAT", { gtin: "9520140101296", name: "Soap, oat" }],
    ["EVIL", { gtin: "40000008", name: '=HYPERLINK("http://x","y")' }],
    ["SERUM-NIGHT", { gtin: "9520140101432", name: "Serum, night 30 ml" }],
  ]),
};
const bytes = (text: string) => new TextEncoder().encode(text);
const read = (text: string) => readPlanogramCsv(bytes(text), world);
const shelves = (text: string): PlanogramShelf[] => {
  const result = read(text);
  expect(result.problems).toEqual([]);
  return result.shelves;
};
const problems = (text: string) =>
  read(text).problems.map(({ line, column = "-", detail }) => `${line} ${column}: ${detail}`);

const planogram: PlanogramShelf[] = [
  {
    id: "C1",
    plates: [
      { plate: 1, sku: "HAND-BALM", capacity: 12, minimum: 3 },
      { plate: 2, sku: "SOAP-OAT", capacity: 6, minimum: 2, x: 0.25, width: 0.5 },
      { plate: 2, sku: "EVIL", capacity: 6, minimum: 0, x: 0.75, width: 0.5 },
    ],
  },
  { id: "C2", plates: [] },
];
const golden = [
  "\uFEFFfixture,shelf,plate,position,sku,gtin,name,capacity,minimum,x,width",
  '"Island, door side",C1,1,1,HAND-BALM,9520140101081,"Hand balm ""classic""; 75 ml",12,3,,',
  '"Island, door side",C1,2,1,SOAP-OAT,9520140101296,"Soap, oat",6,2,0.25,0.5',
  `"Island, door side",C1,2,2,EVIL,40000008,"'=HYPERLINK(""http://x"",""y"")",6,0,0.75,0.5`,
  "",
].join("\r\n");

test("the table is what a spreadsheet opens, and computes nothing that a name says", () => {
  expect(writePlanogramCsv(planogram, world)).toBe(golden);
  expect(shelves(golden)).toEqual([planogram[0]]);
});

test("what German and French Excel save is read: semicolons, decimal commas, a byte order mark, a line that says so", () => {
  const table = [
    "sep=;",
    "Shelf;Plate;SKU;Capacity;Minimum;X;Width;our notes",
    'C1;1;HAND-BALM;"12";3;0,25;50%;"left; ask Mia"',
    "",
    ";;;;;;;",
    "c2;2;SOAP-OAT;6;2;;;",
  ].join("\r\n");
  const expected = [
    { id: "C1", plates: [{ plate: 1, sku: "HAND-BALM", capacity: 12, minimum: 3, x: 0.25, width: 0.5 }] },
    { id: "C2", plates: [{ plate: 2, sku: "SOAP-OAT", capacity: 6, minimum: 2 }] },
  ];
  expect(shelves(table)).toEqual(expected);
  expect(shelves(`\uFEFF${table.split("\r\n").slice(1).join("\n")}`)).toEqual(expected);
  const unicode = new Uint8Array(Buffer.from(`\uFEFF${table.split("\r\n").slice(1).join("\r\n")}`, "utf16le"));
  expect(readPlanogramCsv(unicode, world)).toMatchObject({ problems: [], shelves: expected });
  expect(shelves(table.split("\r\n").slice(1).join("\n").replaceAll(";", "\t"))[1]).toEqual(expected[1]);
});

test("a product is named by its SKU or its GTIN, with or without leading zeros", () => {
  const table = "shelf,plate,gtin,capacity\nC1,1,9520140101081,12\nC1,2,09520140101296,6\nC1,3,40000008,2\n";
  expect(shelves(table)[0]?.plates.map(({ sku }) => sku)).toEqual(["HAND-BALM", "SOAP-OAT", "EVIL"]);
});

test("the position says who stands left of whom, whatever the order of the lines", () => {
  const table = "shelf,plate,position,sku,capacity\nC1,2,2,SOAP-OAT,4\nC1,1,1,EVIL,4\nC1,2,1,HAND-BALM,4\n";
  const result = read(table);
  expect(result.shelves[0]?.plates.map(({ sku }) => sku)).toEqual(["EVIL", "HAND-BALM", "SOAP-OAT"]);
  expect(["shelves[0].plates[0].sku", "shelves[0].plates[1].capacity", "shelves[0].id"].map(result.lineOf)).toEqual([
    3, 4, 2,
  ]);
});

test("every mistake is told at once, with its line and column", () => {
  const table = [
    "shelf,plate,sku,gtin,capacity,minimum,x",
    "C1,one,HAND-BALM,,12,3,",
    "",
    '"C1",1,HAND-BALM,9520140101296,12,3,',
    "C1,2,,,twelve,3,left",
    ",3,SOAP-OAT,,6,1.5,",
    "C2,1,,9520140101290,6,,",
    "C2,2,,9.52E+12,6,,",
    "C2,3,,9520140109995,6,,",
  ].join("\n");
  expect(problems(table)).toEqual([
    '2 plate: "one" is not a whole number.',
    "4 gtin: 9520140101296 is the GTIN of SOAP-OAT, not of HAND-BALM.",
    "5 sku: The product is missing: give its SKU or its GTIN.",
    '5 capacity: "twelve" is not a whole number.',
    '5 x: "left" is not a number.',
    "6 shelf: The shelf is missing.",
    '6 minimum: "1.5" is not a whole number.',
    "7 gtin: The check digit of 9520140101290 is wrong.",
    '8 gtin: "9.52E+12" is not a GTIN. A spreadsheet may have rounded it: format the column as text.',
    "9 gtin: No product has the GTIN 9520140109995.",
  ]);
});

test("a cell of several lines does not shift the numbers of those after it", () => {
  const table = 'shelf,plate,sku,capacity,notes\nC1,1,EVIL,1,"a\nb\nc"\n\nC1,x,EVIL,1,\n';
  expect(problems(table)).toEqual(['6 plate: "x" is not a whole number.']);
});

test.each([
  ["nothing at all", "", "0 -: The file is empty."],
  ["no header", "C1,1,HAND-BALM,12\n", "1 shelf: There is no column shelf."],
  ["a column twice", "shelf,plate,sku,sku,capacity\n", '1 sku: The column "sku" is there twice.'],
  ["an open quotation mark", 'shelf,plate,sku,capacity\nC1,1,"HAND,12\n', "quotation mark is out of place"],
  ["a picture", "\u0000\u0001PNG\n", "There is no column shelf."],
])("a table with %s is refused in words", (_name, table, words) => {
  expect(problems(table).join("\n")).toContain(words);
});

test("a table is bounded, and so is what is said of it", () => {
  expect(problems(`shelf,plate,sku,capacity\n${"x".repeat(csvLimits.bytes)}`)).toEqual([
    "0 -: The file is larger than 1 MB.",
  ]);
  const many = (count: number, line: string) => `shelf,plate,sku,capacity\n${`${line}\n`.repeat(count)}`;
  expect(problems(many(csvLimits.lines + 1, "C1,1,EVIL,1"))).toEqual(["0 -: The file has more than 20000 lines."]);
  expect(problems(many(csvLimits.lines, "C1,1,EVIL,"))).toHaveLength(200);
  expect(readPlanogramCsv(new Uint8Array([0xc3, 0x28]), world).problems).toHaveLength(1);
});

const name = fc.string({ unit: fc.constantFrom(..."abÄ=+-@'\",;\t\r\n 0é漢"), minLength: 1, maxLength: 12 });
const facing = fc.record(
  {
    plate: fc.integer({ min: 1, max: 64 }),
    sku: fc.constantFrom(...world.products.keys()),
    capacity: fc.integer({ min: 1, max: 500 }),
    minimum: fc.integer({ min: 0, max: 499 }),
    x: fc.integer({ min: 0, max: 1000 }).map((x) => x / 1000),
    width: fc.integer({ min: 1, max: 1000 }).map((x) => x / 1000),
  },
  { requiredKeys: ["plate", "sku", "capacity", "minimum"] },
);

test("whatever is exported is read back as it was, whatever the products and furniture are called", () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(facing, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 3 }),
      fc.array(name, { minLength: 4, maxLength: 4 }),
      (plates, names) => {
        const named: CsvWorld = {
          shelves: world.shelves.map(({ id }, at) => ({ id, fixture: names[at] ?? "" })),
          products: new Map([...world.products].map(([sku, { gtin }], at) => [sku, { gtin, name: names[at] ?? "" }])),
        };
        const written = plates.map((facings, at) => ({
          id: world.shelves[at]?.id ?? "",
          plates: [...facings].sort((a, b) => a.plate - b.plate),
        }));
        const result = readPlanogramCsv(bytes(writePlanogramCsv(written, named)), named);
        expect(result).toMatchObject({ problems: [], shelves: written });
      },
    ),
    { numRuns: 300 },
  );
});

test("no bytes whatever make it throw", () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.string().map(bytes)), (anything) => {
      readPlanogramCsv(anything, world);
    }),
    { numRuns: 500 },
  );
});
