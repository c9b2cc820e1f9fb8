import { type Static, Type } from "typebox";
import { Media } from "./media-config.ts";

/** The one configuration of a shop: config/store.yaml. Schema once: static type, run-time check and editor help. */

const Id = Type.String({
  pattern: "^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$",
  description: "letters, digits, - and _, 32 at most",
});
const Metres = Type.Number({ minimum: 0, maximum: 1000 });
const Point = Type.Tuple([Metres, Metres], { description: "[x, y] in metres from the top left corner" });
const Rect = Type.Tuple([Metres, Metres, Metres, Metres], { description: "[x, y, width, depth] in metres" });
const Port = Type.Integer({ minimum: 0, maximum: 65535, description: "0 = any free port" });
const TimeOfDay = Type.String({ pattern: "^([01][0-9]|2[0-3]):[0-5][0-9]$", description: "HH:MM" });
const strict = { additionalProperties: false };

const Store = Type.Object(
  {
    id: Id,
    name: Type.String({ minLength: 1, maxLength: 60 }),
    address: Type.String({ maxLength: 120 }),
    gln: Type.Optional(
      Type.String({ pattern: "^[0-9]{13}$", description: "the shop's Global Location Number, with its check digit" }),
    ),
    locale: Type.String({ description: "BCP 47, for example en-IE" }),
    currency: Type.String({ pattern: "^[A-Z]{3}$", description: "ISO 4217" }),
    timeZone: Type.String({ description: "IANA, for example Europe/Brussels" }),
    opens: TimeOfDay,
    closes: TimeOfDay,
  },
  strict,
);

const Zone = Type.Object(
  { id: Id, name: Type.String({ minLength: 1, maxLength: 40 }), rect: Rect, camera: Type.Optional(Id) },
  strict,
);
const Receiver = Type.Object(
  {
    id: Id,
    zone: Id,
    at: Point,
    espresenseRoom: Type.Optional(Type.String({ description: "the room name of an ESPresense node that stands here" })),
  },
  strict,
);
const Distance = Type.Number({ minimum: 0, maximum: 10_000 });
const Fill = Type.Object(
  {
    device: Type.Optional(Type.String({ ...Id, description: "the sensor; left out: the shelf's own device" })),
    value: Type.Optional(
      Type.String({ minLength: 1, maxLength: 40, description: "which of its values; left out: distance" }),
    ),
    unit: Type.Optional(
      Type.Union([Type.Literal("mm"), Type.Literal("cm"), Type.Literal("m")], {
        description: "of that value, where its maker does not say; left out: mm",
      }),
    ),
    emptyMm: Distance,
    fullMm: Distance,
  },
  {
    ...strict,
    description: "a distance sensor or the back of a pusher: what it shows with nothing there, and at full capacity",
  },
);
const Plate = Type.Object(
  {
    plate: Type.Integer({ minimum: 1, maximum: 64 }),
    sku: Type.String({ minLength: 1, maxLength: 40 }),
    capacity: Type.Integer({ minimum: 1, maximum: 500 }),
    minimum: Type.Integer({ minimum: 0, maximum: 500, description: "at or below this a low alert opens" }),
    x: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description: "middle of the product's place, as a share of the plate; left out: side by side, as listed",
      }),
    ),
    width: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, maximum: 1, description: "width of its place, as a share of the plate" }),
    ),
    fill: Type.Optional(Fill),
  },
  { ...strict, description: "one product's place on a plate; a plate with several products has several entries" },
);
const Millimetres = Type.Number({ exclusiveMinimum: 0, maximum: 5_000 });
const Shelf = Type.Object(
  {
    id: Id,
    name: Type.String({ maxLength: 40 }),
    zone: Id,
    rect: Rect,
    device: Id,
    camera: Type.Optional(
      Type.String({ ...Id, description: "a camera that counts the fronts on it; cameras of its zone may do so too" }),
    ),
    fixture: Type.Optional(Type.String({ minLength: 1, maxLength: 40, description: "the furniture it is part of" })),
    level: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 20, description: "which board of that furniture, 1 is the lowest" }),
    ),
    plateMm: Type.Optional(
      Type.Tuple([Millimetres, Millimetres], { description: "[width, depth] of each of its plates in millimetres" }),
    ),
    plates: Type.Array(Plate, { minItems: 1, maxItems: 64 }),
  },
  strict,
);
const RfidReader = Type.Object(
  { id: Id, antennas: Type.Array(Type.Object({ antenna: Type.Integer({ minimum: 1 }), zone: Id }, strict)) },
  strict,
);
const Mirror = Type.Object({ id: Id, name: Type.String({ maxLength: 40 }), zone: Id, rect: Rect }, strict);
const Baskets = Type.Object(
  {
    uuid: Type.String({
      pattern: "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
      description: "iBeacon UUID of the shop's baskets, lower case",
    }),
    major: Type.Integer({ minimum: 0, maximum: 65535 }),
    count: Type.Integer({ minimum: 0, maximum: 2000, description: "baskets are minor 1..count" }),
  },
  strict,
);
const Person = Type.Object({ id: Id, name: Type.String({ minLength: 1, maxLength: 40 }) }, strict);

const Tls = Type.Object(
  {
    cert: Type.Optional(
      Type.String({ description: "PEM file with the certificate and its chain; left out: our own CA" }),
    ),
    key: Type.Optional(Type.String({ description: "PEM file with its private key" })),
    names: Type.Optional(
      Type.Array(Type.String({ pattern: "^[A-Za-z0-9.-]{1,253}$", description: "a host name or an IPv4 address" }), {
        maxItems: 20,
        description: "names besides this machine's own that the own CA's certificate carries",
      }),
    ),
    clients: Type.Optional(
      Type.Union([Type.Literal("optional"), Type.Literal("required")], {
        description: "whether MQTTS takes or demands client certificates of our own CA (vitrine device cert)",
      }),
    ),
  },
  strict,
);

/** Everything optional here has a default, so that a small shop writes a small file. */
export const StoreConfigSchema = Type.Object(
  {
    store: Store,
    products: Type.String({ description: "path of the product file, relative to this file" }),
    offers: Type.String({ description: "path of the offers file, relative to this file" }),
    floor: Type.Object(
      {
        plan: Type.String({ description: "path of the SVG plan, relative to this file" }),
        widthM: Metres,
        depthM: Metres,
      },
      strict,
    ),
    zones: Type.Array(Zone, { minItems: 1, maxItems: 64 }),
    receivers: Type.Array(Receiver, { maxItems: 64 }),
    shelves: Type.Array(Shelf, { maxItems: 400 }),
    rfid: Type.Array(RfidReader, { maxItems: 32, default: [] }),
    mirrors: Type.Array(Mirror, { maxItems: 16 }),
    baskets: Baskets,
    staff: Type.Array(Person, { maxItems: 200, description: "who may appear as the owner of an alert" }),
    counting: Type.Object(
      {
        toleranceShare: Type.Number({
          minimum: 0,
          maximum: 0.5,
          default: 0.06,
          description: "how far an item's weight may be off the catalogue, as a share",
        }),
        quietGrams: Type.Number({ minimum: 0, maximum: 500, default: 3, description: "movement below this is noise" }),
        settleMs: Type.Integer({
          minimum: 0,
          maximum: 10_000,
          default: 600,
          description: "a weight must stand this long when the plate reports often",
        }),
      },
      { ...strict, default: {} },
    ),
    presence: Type.Object(
      {
        smoothingMs: Type.Integer({ minimum: 0, maximum: 60_000, default: 1_000 }),
        hysteresisDb: Type.Number({ minimum: 0, maximum: 30, default: 4 }),
        dwellMs: Type.Integer({
          minimum: 0,
          maximum: 60_000,
          default: 1_500,
          description: "a new zone must win this long",
        }),
        absentAfterMs: Type.Integer({ minimum: 1_000, maximum: 600_000, default: 20_000 }),
      },
      { ...strict, default: {} },
    ),
    http: Type.Object(
      {
        port: Port,
        plainPort: Type.Optional(
          Type.Integer({
            minimum: 0,
            maximum: 65535,
            description:
              "with tls: a second port without, which only redirects and hands out ca.crt; 0 = any free port",
          }),
        ),
      },
      { ...strict, default: { port: 8080 } },
    ),
    mqtt: Type.Object(
      {
        port: Port,
        tlsPort: Type.Integer({
          minimum: 0,
          maximum: 65535,
          default: 8883,
          description: "MQTT over TLS, served when tls is set; 0 = any free port",
        }),
      },
      { ...strict, default: { port: 1883 } },
    ),
    tls: Type.Optional(
      Type.Union([Type.Literal("own"), Tls], {
        description: "own: certificates of the gateway's own small CA, made and renewed by itself",
      }),
    ),
    mdns: Type.Boolean({ default: true, description: "with --lan: say on the shop's network where the broker is" }),
    homeAssistant: Type.Optional(
      Type.Object(
        {
          discoveryPrefix: Type.String({
            pattern: "^[A-Za-z0-9_-]{1,40}$",
            default: "homeassistant",
            description: "one topic level: letters, digits, - and _",
          }),
        },
        strict,
      ),
    ),
    broker: Type.Optional(
      Type.Object(
        {
          url: Type.String({ pattern: "^mqtts?://", description: "use this broker instead of the built-in one" }),
          username: Type.Optional(Type.String()),
          password: Type.Optional(Type.String({ description: "better by VITRINE_BROKER_PASSWORD" })),
          listen: Type.Optional(
            Type.Array(
              Type.String({
                minLength: 1,
                maxLength: 200,
                // not the broker's own topics, and wildcards as whole levels only
                pattern: "^(?!\\$)(?:(?:\\+|[^+#/]*)/)*(?:#|\\+|[^+#/]*)$",
                description: "an MQTT topic filter, acme/# for example",
              }),
              { maxItems: 20, description: "what else to hear there; what nobody can read lies in the inbox" },
            ),
          ),
        },
        strict,
      ),
    ),
    media: Media,
  },
  strict,
);
export type StoreConfig = Static<typeof StoreConfigSchema>;

const Gtin = Type.String({ pattern: "^[0-9]{8}$|^[0-9]{12,14}$", description: "GTIN with a valid check digit" });
const Sku = Type.String({ pattern: "^[A-Z0-9][A-Z0-9-]{1,39}$" });
export const ProductSchema = Type.Object(
  {
    sku: Sku,
    gtin: Gtin,
    name: Type.String({ minLength: 1, maxLength: 60 }),
    note: Type.Optional(Type.String({ maxLength: 80, description: "second line: material, scent, shade" })),
    category: Type.Union([
      Type.Literal("glasses"),
      Type.Literal("hats"),
      Type.Literal("lips"),
      Type.Literal("skin"),
      Type.Literal("knitwear"),
      Type.Literal("coats"),
      Type.Literal("accessories"),
      Type.Literal("scent"),
    ]),
    colour: Type.Optional(Type.String({ maxLength: 30 })),
    style: Type.Optional(
      Type.String({
        pattern: "^[A-Z0-9][A-Z0-9-]{1,39}$",
        description: "what the colours of one product share; left out: its own SKU",
      }),
    ),
    grams: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 50_000,
        description: "of one piece; left out: no scale can count it, only people and tags",
      }),
    ),
    widthMm: Type.Optional(Millimetres),
    depthMm: Type.Optional(Millimetres),
    stack: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100, description: "so many stand on top of each other; left out: 1" }),
    ),
    price: Type.Integer({ minimum: 0, maximum: 10_000_000, description: "minor units of the shop's currency" }),
    picture: Type.String({
      minLength: 1,
      maxLength: 80,
      description: "name of a drawing in mirror-ui/look/drawings.ts",
    }),
    sizes: Type.Optional(
      Type.Array(Type.Object({ size: Type.String({ maxLength: 8 }), sku: Sku, gtin: Gtin }, strict), { maxItems: 20 }),
    ),
  },
  strict,
);
export type Product = Static<typeof ProductSchema>;

export const OfferRuleSchema = Type.Object(
  {
    id: Id,
    sku: Sku,
    zone: Id,
    percentOff: Type.Integer({ minimum: 1, maximum: 90 }),
    why: Type.String({ minLength: 1, maxLength: 160, description: "the sentence the shopper reads" }),
    capPerDay: Type.Integer({ minimum: 1, maximum: 100_000, description: "codes issued per local day, all shoppers" }),
    capPerShopper: Type.Integer({ minimum: 1, maximum: 10, default: 1 }),
    minimumStock: Type.Integer({ minimum: 1, default: 1 }),
    validMinutes: Type.Integer({ minimum: 1, maximum: 1440, default: 240 }),
  },
  strict,
);
export type OfferRule = Static<typeof OfferRuleSchema>;

/** One thing that can be counted and sold: a product, or one of its sizes. */
export type Item = {
  sku: string;
  gtin: string;
  name: string;
  note?: string;
  category: Product["category"];
  colour?: string;
  size?: string;
  /** Shared by all sizes and colours of one product; its own SKU where there is only one. */
  style: string;
  /** Left out: no scale can count it. */
  grams?: number;
  widthMm?: number;
  depthMm?: number;
  stack?: number;
  price: number;
  picture: string;
};

/** `tls`, spelt out. */
export type TlsConfig = Static<typeof Tls>;

/** What loadConfig() hands out: checked, defaults filled in, files read. */
export type LoadedConfig = {
  config: StoreConfig;
  items: Item[];
  products: Product[];
  offers: OfferRule[];
  /** The floor plan's SVG text. */
  floorPlan: string;
};
