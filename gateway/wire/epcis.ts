/** GS1 EPCIS 2.0 in JSON-LD, as far as a shop has something to say: goods seen at a place, at a time, for a reason. */

/** Core Business Vocabulary 2.0, the words that this shop uses. */
export type BizStep =
  | "stocking"
  | "picking"
  | "cycle_counting"
  | "retail_selling"
  | "receiving"
  | "inspecting"
  | "departing";
export type Disposition =
  | "sellable_accessible"
  | "sellable_not_accessible"
  | "in_progress"
  | "retail_sold"
  | "returned"
  | "damaged"
  | "stolen"
  | "unknown";

export type EpcisEvent = {
  type: "ObjectEvent";
  /** The same fact has the same id, whenever and however often it is asked for. */
  eventID: string;
  /** RFC 3339. */
  eventTime: string;
  /** "+01:00": what the clock on the shop's wall said. */
  eventTimeZoneOffset: string;
  action: "OBSERVE" | "ADD" | "DELETE";
  bizStep: BizStep;
  disposition: Disposition;
  epcList?: string[];
  quantityList?: { epcClass: string; quantity: number }[];
  readPoint: { id: string };
  bizLocation: { id: string };
  bizTransactionList?: { bizTransaction: string }[];
  sensorElementList?: {
    sensorMetadata: { time: string; deviceID: string };
    sensorReport: { type: "Mass"; value: number; uom: "GRM" }[];
  }[];
};

const context = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld";

/** What every answer of the REST binding says of itself. */
export const epcisHeaders = {
  "gs1-epcis-version": "2.0.0",
  "gs1-epcis-min": "2.0.0",
  "gs1-epcis-max": "2.0.0",
  "gs1-cbv-version": "2.0.0",
  "gs1-epc-format": "Always_GS1_Digital_Link",
  "gs1-cbv-xml-format": "Always_Web_URI",
} as const;

/** The answer to a query for events. */
export function epcisQueryDocument(eventList: readonly EpcisEvent[], createdAt: number) {
  return {
    "@context": [context],
    type: "EPCISQueryDocument",
    schemaVersion: "2.0",
    creationDate: new Date(createdAt).toISOString(),
    epcisBody: { queryResults: { queryName: "SimpleEventQuery", resultsBody: { eventList } } },
  };
}

/** The resources there are below /epcis. */
export const epcisRoot = { "@context": [context], type: "Collection", member: ["events"] };
