import { readItemLink } from "#wire/digital-link.ts";
import type { EpcisEvent } from "#wire/epcis.ts";
import type { JournalEntry } from "../events.ts";
import { type EpcisAbout, epcisEventsOf, epcisTypes } from "./epcis-events.ts";

/** As they come: a parameter said twice is a list. */
export type EpcisParameters = Record<string, string | string[] | undefined>;
export type EpcisAnswer =
  | { ok: true; events: EpcisEvent[]; next?: string }
  | { ok: false; reason: string }
  /** Others are asking. */
  | { ok: false; busy: true };

type Page = { events: JournalEntry[]; upTo: number; more: boolean };
type Journal = { readEvents(question: { after: number; limit: number; types: readonly string[] }): Promise<Page> };
type Judge = (event: EpcisEvent) => boolean;
type Query = { judges: Judge[]; perPage: number; from: Place };
/** Entries up to `after` were told, and so many events of the next one. */
type Place = { after: number; skip: number };

/** As the standard's REST binding has it. */
const usualPage = 30;
const longestPage = 1_000;
/** Journal rows looked at for one answer, a quarter of a second of the disk's thread. Then a page is short, or empty. */
const rowsPerAnswer = 20_000;
/** Between two of these portions others commit. */
const rowsAtOnce = 250;
const askersAtOnce = 2;

/** Answers the standard's simple event query from the journal: as far back as it goes, oldest first. */
export function createEpcisQuery(journal: Journal, about: EpcisAbout) {
  let asking = 0;

  async function answer({ judges, perPage, from }: Query): Promise<EpcisAnswer> {
    const found: { event: EpcisEvent; next: Place }[] = [];
    let { after } = from;
    let { skip } = from;
    for (let looked = 0; looked < rowsPerAnswer; looked += rowsAtOnce) {
      const page = await journal.readEvents({ after, limit: rowsAtOnce, types: epcisTypes });
      for (const entry of page.events) {
        const events = epcisEventsOf(entry, about);
        for (const [index, event] of events.entries()) {
          const isTold = index < skip || !judges.every((judge) => judge(event));
          const next =
            index + 1 < events.length ? { after: entry.id - 1, skip: index + 1 } : { after: entry.id, skip: 0 };
          if (!isTold) found.push({ event, next });
        }
        skip = 0;
      }
      after = page.upTo;
      if (found.length > perPage) return cut(found, perPage);
      if (!page.more) return { ok: true, events: found.map(({ event }) => event) };
    }
    return { ok: true, events: found.map(({ event }) => event), next: tokenOf({ after, skip: 0 }) };
  }

  return async function ask(parameters: EpcisParameters): Promise<EpcisAnswer> {
    const query = readQuery(parameters);
    if (!query.ok) return query;
    if (asking >= askersAtOnce) return { ok: false, busy: true };
    asking += 1;
    try {
      return await answer(query.value);
    } finally {
      asking -= 1;
    }
  };
}

function cut(found: { event: EpcisEvent; next: Place }[], perPage: number): EpcisAnswer {
  const events = found.slice(0, perPage);
  const next = events.at(-1)?.next;
  return { ok: true, events: events.map(({ event }) => event), ...(next ? { next: tokenOf(next) } : {}) };
}

type Read<T> = { ok: true; value: T } | { ok: false; reason: string };
const no = (reason: string) => ({ ok: false as const, reason });

/** Parameters of the standard that a shop can answer; any other is refused, so that nobody takes all for some. */
const filters: Record<string, (values: string[]) => Read<Judge>> = {
  eventType: (values) => fits((event) => values.includes(event.type)),
  GE_eventTime: (values) => time(values, (event, at) => Date.parse(event.eventTime) >= at),
  LT_eventTime: (values) => time(values, (event, at) => Date.parse(event.eventTime) < at),
  EQ_action: (values) => fits((event) => values.includes(event.action)),
  EQ_bizStep: (values) => fits((event) => values.map(bareWord).includes(event.bizStep)),
  EQ_disposition: (values) => fits((event) => values.map(bareWord).includes(event.disposition)),
  EQ_readPoint: (values) => fits((event) => values.includes(event.readPoint.id)),
  EQ_bizLocation: (values) => fits((event) => values.includes(event.bizLocation.id)),
  EQ_eventID: (values) => fits((event) => values.includes(event.eventID)),
  MATCH_epc: (values) => items(values, (event) => event.epcList ?? []),
  MATCH_anyEPC: (values) => items(values, (event) => event.epcList ?? []),
  MATCH_epcClass: (values) => items(values, (event) => event.quantityList?.map(({ epcClass }) => epcClass) ?? []),
  MATCH_anyEPCClass: (values) => items(values, (event) => event.quantityList?.map(({ epcClass }) => epcClass) ?? []),
};

function readQuery(parameters: EpcisParameters): Read<Query> {
  const judges: Judge[] = [];
  let perPage = usualPage;
  let from: Place = { after: 0, skip: 0 };
  for (const [name, said] of Object.entries(parameters)) {
    if (said === undefined) continue;
    // lists come with | between, or the parameter again
    const values = [said].flat().flatMap((text) => text.split("|"));
    const [first = ""] = values;
    if (values.length > 100 || values.some((value) => value.length > 500)) return no(`${name} is too long.`);
    const filter = Object.hasOwn(filters, name) ? filters[name] : undefined;
    if (filter) {
      const judge = filter(values);
      if (!judge.ok) return no(`${name}: ${judge.reason}`);
      judges.push(judge.value);
    } else if (name === "perPage") {
      perPage = /^\d{1,4}$/.test(first) ? Number(first) : 0;
      if (perPage < 1 || perPage > longestPage) return no(`perPage is 1 to ${longestPage}.`);
    } else if (name === "nextPageToken") {
      const place = placeOf(first);
      if (!place) return no("nextPageToken is none of ours.");
      from = place;
    } else
      return no(`${name} is not a parameter that can be asked here. There are ${Object.keys(filters).join(", ")}.`);
  }
  return { ok: true, value: { judges, perPage, from } };
}

const fits = (value: Judge): Read<Judge> => ({ ok: true, value });

function time(values: string[], judge: (event: EpcisEvent, at: number) => boolean): Read<Judge> {
  const [text = ""] = values;
  const at = Date.parse(text);
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(at);
  if (!isTime || values.length > 1)
    return no("a time with its zone is wanted, like 2026-11-21T09:00:00Z. A + is %2B in an address.");
  return fits((event) => judge(event, at));
}

/** A link without a serial number matches every piece of the product; the resolver's name does not matter. */
function items(values: string[], linksOf: (event: EpcisEvent) => string[]): Read<Judge> {
  const wanted = values.map(readItemLink);
  const odd = values.find((_value, index) => wanted[index] === undefined);
  if (odd !== undefined) return no(`${odd} is no Digital Link with a GTIN, like https://id.gs1.org/01/09506000134352.`);
  return fits((event) =>
    linksOf(event)
      .map(readItemLink)
      .some((one) =>
        wanted.some(
          (want) => want?.gtin14 === one?.gtin14 && (want?.serial === undefined || want.serial === one?.serial),
        ),
      ),
  );
}

/** "retail_selling" is also known as urn:epcglobal:cbv:bizstep:retail_selling and https://ref.gs1.org/cbv/BizStep-retail_selling. */
const bareWord = (text: string) => text.replace(/^.*(?::|\/(?:BizStep|Disp)-)/, "");

const tokenOf = ({ after, skip }: Place) => Buffer.from(`${after}.${skip}`).toString("base64url");

function placeOf(token: string): Place | undefined {
  const match = /^(\d{1,15})\.(\d{1,3})$/.exec(Buffer.from(token, "base64url").toString());
  return match ? { after: Number(match[1]), skip: Number(match[2]) } : undefined;
}
