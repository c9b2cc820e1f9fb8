import type {} from "fastify";
import type { Command, CommandResult, CommandValue } from "#wire/commands.ts";
import type { AccountWish } from "#wire/device-account.ts";
import type { EpcisEvent } from "#wire/epcis.ts";
import type { Grant } from "#wire/formats/grants.ts";
import type {
  AvailabilityDay,
  Delivery,
  Demand,
  Doubt,
  LedgerEntry,
  Planogram,
  PlanogramSummary,
  PlanogramTrial,
  Reservation,
  RestockLine,
} from "#wire/stock-views.ts";
import type {
  Alert,
  Device,
  DeviceDetail,
  FirmwareImage,
  HelpView,
  InboxTopic,
  MediaStatus,
  MirrorView,
  Offer,
  Rollout,
  Shop,
  StockItem,
  StreamEvents,
  Zone,
} from "#wire/views.ts";
import type { SignedIn, StaffAccess } from "./staff-ports.ts";

/** What the HTTP edge needs of the rest of the gateway. gateway.ts hands it in; every call is cheap and synchronous unless it says otherwise. */
export type ApiPorts = {
  views: Views;
  commander: Commander;
  /** What nobody could decode. */
  inbox: {
    /** The topic that spoke last comes first. */
    list(): InboxTopic[];
    /** False where nothing lies under this topic. */
    clear(topic: string): boolean;
  };
  audit: Audit;
  firmware: FirmwareImages;
  credentials: DeviceCredentials;
  webhooks: WebhookReceivers;
  /** The standard's simple event query, by its parameters. */
  epcis(parameters: Record<string, string | string[] | undefined>): Promise<EpcisAnswer>;
  stream: Stream;
  /** Everything /metrics prints, read at each scrape. */
  counters(): Counter[];
  /** The certificate of the gateway's own CA, PEM; undefined when it has none. */
  caPem(): string | undefined;
  /** Ready to serve the shop: storage open, state loaded, broker listening. What is still missing is named in plain words. */
  readiness(): { ready: boolean; waitingFor: string[] };
  /** Every input from now on as one JSON line without its line end (the record format); returns how to stop. */
  record(onLine: (line: string) => void): () => void;
};

/** Signed images on disk. Nothing is kept of one that is refused. */
export type FirmwareImages = {
  list(): Promise<FirmwareImage[]>;
  /** `bundle`: manifest, signature and image in one; see wire/firmware.ts. */
  add(
    bundle: Uint8Array,
    options: { force: boolean },
  ): Promise<
    | { ok: true; value: FirmwareImage; isNew: boolean }
    | { ok: false; problem: { status: number; type: string; title: string; detail?: string } }
  >;
  find(
    kind: string,
    version: string,
  ): Promise<{ path: string; manifest: { sizeBytes: number; sha256: string; minVersion?: string } } | undefined>;
  /** undefined: the image on disk still is what was signed. */
  whyNot(kind: string, version: string): Promise<string | undefined>;
  /** Whether the gateway gave this token to somebody for this image. */
  mayFetch(token: string, image: { kind: string; version: string }): boolean;
};

/** Committed state only (decision 003). */
export type Views = {
  shop(): Shop;
  planogram(): Planogram;
  /** The newest first. */
  planogramVersions(): PlanogramSummary[];
  /** undefined: not kept any more. */
  planogramVersion(version: number): Planogram | undefined;
  /** What saving these shelves would change, or why they do not fit. */
  tryPlanogram(shelves: Planogram["shelves"]): PlanogramTrial;
  stock(): StockItem[];
  stockItem(sku: string): StockItem | undefined;
  byGtin(gtin: string): StockItem | undefined;
  /** All sizes and colours of one product. */
  byStyle(style: string): StockItem[];
  /** The last lines, newest first, and the balances; also of what a till or a delivery named beside the catalogue. */
  ledger(sku: string, limit: number): { entries: LedgerEntry[]; balances: Record<string, number> } | undefined;
  /** Open ones as they were made, then the last that are over. */
  reservations(): Reservation[];
  reservation(id: string): Reservation | undefined;
  /** What shelves felt and nobody has explained yet. */
  doubts(): Doubt[];
  deliveries(): Delivery[];
  /** The open ones, what comes first first. */
  alerts(): Alert[];
  /** What became of a mirror's call; undefined: there is no such mirror. */
  help(mirrorId: string): HelpView | undefined;
  /** How long places stood empty on a local day (YYYY-MM-DD); undefined: there is no such day. */
  availabilityDay(day: string): AvailabilityDay | undefined;
  today(): string;
  zones(): Zone[];
  devices(): Device[];
  /** Also one that has just gone, as retired and without a name. */
  device(id: string): Device | undefined;
  deviceDetail(id: string): DeviceDetail | undefined;
  media(): MediaStatus;
  mirrors(): MirrorView[];
  shopper(shopperId: string): ShopperView | undefined;
  offersOf(shopperId: string): Offer[];
  inboxCounts(): StreamEvents["inbox"];
  rollouts(): Rollout[];
  /** What is expected of a product on a local day, today if none is named; undefined: there is no such product. */
  demand(sku: string, day?: string): Demand | undefined;
  /** What to fill before the rush, the most urgent first. */
  restock(): RestockLine[];
  /** Which offers would be made here and now, and why or why not. Nothing is issued. */
  previewOffers(question: { zone: string; shopperId?: string }): OfferPreview[];
};

export type ShopperView = {
  shopperId: string;
  consents: { presence: boolean; offers: boolean; mirror: boolean };
  basket?: string;
  joinedAt: number;
};

export type OfferPreview = { offerId: string; sku: string; wouldIssue: boolean; reasons: string[] };

/** Resolves only after the events of the command are on disk (decision 002). */
export type Commander = {
  run<C extends Command>(command: C): Promise<CommandResult<CommandValue<C["command"]>>>;
};

export type StreamMessage = { id: number; event: keyof StreamEvents; data: unknown };

/** Accounts of devices. Both end a connection that was made with what the device had before. */
export type DeviceCredentials = {
  add(wish: AccountWish): Promise<{ ok: true; value: NewCredentials } | { ok: false; reason: string }>;
  /** False when it had none. */
  remove(deviceId: string): Promise<boolean>;
};

/** Receivers of what happens here. Secrets are told when they are made and never again. */
export type WebhookReceivers = {
  list(): WebhookView[];
  add(wish: {
    url: string;
    types?: string[];
    secret?: string;
    plainHttp?: boolean;
    by: string;
  }): Promise<{ ok: true; webhook: WebhookView; secret: string } | { ok: false; reason: string }>;
  /** False where there is none. */
  remove(id: string): Promise<boolean>;
  /** The new secret; undefined where there is no such receiver. */
  rotate(id: string): Promise<string | undefined>;
  /** What became of one event that was sent now; undefined where there is no such receiver. */
  test(id: string): Promise<{ ok: boolean; status?: number; reason?: string } | undefined>;
};

export type WebhookView = {
  id: string;
  url: string;
  types: string[];
  state: "active" | "gone" | "given-up";
  why?: string | undefined;
  createdAt: number;
  by: string;
  plainHttp: boolean;
  behind: number;
  delivered: number;
  refused: number;
  failed: number;
  gaps: number;
  failingSince?: number;
  lastDeliveredAt?: number;
  lastError?: string;
};

/** `next`: where the following page begins. */
export type EpcisAnswer =
  | { ok: true; events: EpcisEvent[]; next?: string }
  | { ok: false; reason: string }
  | { ok: false; busy: true };

export type NewCredentials = {
  username: string;
  password: string;
  topics: Grant;
  /** `mqtts://username:password@host:port`, for a QR. */
  url: string;
  advice?: string | undefined;
};

/**
 * Who did what when. Every engineer-only route that changes something is noted by itself (`api/audit-routes.ts`): call
 * `note` for what does not come over such a route. It returns at once; never hand it a secret.
 */
export type Audit = {
  note(entry: AuditNote): void;
  /** The newest `limit` entries, oldest first. */
  read(limit: number): Promise<(AuditNote & { at: number; missed?: number })[]>;
};

export type AuditNote = {
  /** Id of a person or device, "command line" or "gateway". */
  by: string;
  /** As "device.adopt". */
  action: string;
  subject?: string;
  ok: boolean;
  address?: string;
  detail?: string;
};

/** Live changes. `id` is the journal id of the event behind a message; several messages may share one. */
export type Stream = {
  lastJournalId(): number;
  subscribe(send: (message: StreamMessage) => void): () => void;
  /** Messages with a larger id, oldest first; undefined = too long ago, the whole state must be sent again. */
  since(id: number): StreamMessage[] | undefined;
};

export type Counter = {
  /** Prometheus name, for example vitrine_messages_total. */
  name: string;
  help: string;
  value: number;
  /** Left out: counter when the name ends in _total, else gauge. */
  type?: "counter" | "gauge";
  labels?: Record<string, string>;
};

/** Who is asking, as far as HTTP is concerned. A manager may do whatever staff may, an engineer whatever a manager may. */
export type Caller = TokenCaller | { role: "channel"; channelId: string };

/** Those who carry a signed token. */
export type TokenCaller =
  | { role: "staff" | "manager" | "engineer"; id: string; name: string }
  | { role: "mirror"; mirrorId: string }
  | { role: "shopper"; shopperId: string };

/** Credentials and limits, as access/access.ts provides them. */
export type ApiAccess = {
  /** A signed token, good until `expiresAt` (epoch ms). */
  signCaller(caller: TokenCaller, expiresAt: number): string;
  /** One that ends with the mirror's present password as well. */
  signMirror(mirrorId: string, expiresAt: number): Promise<string>;
  /** undefined: forged, altered, expired, made for another purpose, or for a mirror whose account was taken back. */
  verifyCaller(token: string): Promise<TokenCaller | undefined>;
  /** The till or website with this secret, and with this id where one is said; undefined: nobody's. */
  openChannel(secret: string, id?: string): Promise<{ channelId: string } | undefined>;
  checkBasketKey(basket: number, key: string): boolean;
  verifyDevice(deviceId: string, password: string): Promise<boolean>;
  /** The people of the shop: how they come in, and what they do with their accounts. */
  staff: StaffAccess;
  /** Wrong guesses by address and account. `blockedForMs` of 0 means: go ahead. */
  guesses: { blockedForMs(key: string): number; failed(key: string): void; succeeded(key: string): void };
  /** One write by this address: 0, or how many ms to wait first. */
  takeWrite(address: string): number;
};

declare module "fastify" {
  interface FastifyRequest {
    /** Set before every handler; null for anonymous requests. */
    caller: Caller | null;
    /** The session behind the caller, where there is one: the visitor of a demo has none. */
    session: SignedIn | null;
  }
}
