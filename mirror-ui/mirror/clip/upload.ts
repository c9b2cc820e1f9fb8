/** Brings a recording to the gateway in pieces; a line that breaks costs a piece, never the whole. */
export type UploadOptions = {
  /** `/api/v1/mirrors/<id>/clips` */
  base: string;
  token: string;
  video: Blob;
  mime: "video/mp4" | "video/webm";
  sku: string | undefined;
  /** The shopper on the link's preview; undefined: a drawing of the product. */
  still: Blob | undefined;
  /** `sent`: 0..1. `waiting`: the line is broken, and it is tried again. */
  onProgress: (sent: number, waiting: boolean) => void;
  /** Aborted: the upload ends, and the gateway forgets what it has. */
  signal: AbortSignal;
};

export type KeptClip = { clipId: string; ownerUrl: string; expiresAt: number };
export type Uploaded =
  | { ok: true; clip: KeptClip }
  | { ok: false; reason: "stopped" | "unreachable" | "refused"; detail: string };

const PIECE_BYTES = 256 * 1024;
/** The last piece is answered once the whole clip was checked. */
const ANSWER_WITHIN_MS = 30_000;
/** Somebody waits before the mirror. */
const GIVE_UP_AFTER_MS = 90_000;
/** Pieces that fail again and again although the gateway answers in between. */
const GIVE_UP_AFTER_SETBACKS = 8;
const PAUSES_MS = [300, 600, 1_200, 2_500, 4_000];
/** A gateway that was restarted may have forgotten what it had. */
const BEGINNINGS = 3;

export async function uploadClip(options: UploadOptions): Promise<Uploaded> {
  for (let turn = 1; ; turn++) {
    const ended = await uploadOnce(options);
    if (ended !== "forgotten") return ended;
    if (turn === BEGINNINGS) return { ok: false, reason: "unreachable", detail: "" };
  }
}

async function uploadOnce(options: UploadOptions): Promise<Uploaded | "forgotten"> {
  const { base, token, video, mime, sku, still, onProgress, signal } = options;
  const onDown = () => onProgress(0, true);
  // not aborted: the gateway's answer names what is to be deleted
  const opened = await askUntilAnswered(base, token, onDown, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...(sku === undefined ? {} : { sku }), mime, bytes: video.size, showsPerson: !!still }),
  });
  if (!opened) return signal.aborted ? stopped : unreachable;
  const clipId = String(fieldsOf(opened.value).clipId ?? "");
  if (opened.status !== 201 || clipId === "") return refused(opened);
  const url = `${base}/${encodeURIComponent(clipId)}`;
  const stop = () => void send(url, token, { method: "DELETE", keepalive: true });
  if (signal.aborted) {
    stop();
    return stopped;
  }
  signal.addEventListener("abort", stop);
  try {
    if (still) {
      // without it the preview is a drawing: no reason to keep the clip from its owner
      const headers = { "content-type": "image/jpeg" };
      await askUntilAnswered(`${url}/still`, token, onDown, { method: "PUT", headers, body: still, signal });
    }
    const ended = await sendPieces(url, options);
    if (typeof ended === "string" || !("status" in ended)) return ended;
    const kept = readKept(clipId, ended.value);
    return kept ? { ok: true, clip: kept } : refused(ended);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Piece after piece, until the gateway has them all and says so; its answer, or why it came to nothing. */
async function sendPieces(url: string, options: UploadOptions): Promise<Reply | Uploaded | "forgotten"> {
  const { token, video, mime, onProgress, signal } = options;
  let at = 0;
  /** Setbacks since the last piece that arrived. */
  let setbacks = 0;
  let asks = false;
  while (!signal.aborted && setbacks < GIVE_UP_AFTER_SETBACKS) {
    const total = video.size;
    const end = Math.min(at + PIECE_BYTES, total);
    // after something went wrong the gateway is asked how much it has, before the next piece
    const headers = {
      "content-type": mime,
      "content-range": asks ? `bytes */${total}` : `bytes ${at}-${end - 1}/${total}`,
    };
    const request = { method: "PUT", headers, signal, ...(asks ? {} : { body: video.slice(at, end) }) };
    const onDown = () => onProgress(at / total, true);
    const answer = asks ? await askUntilAnswered(url, token, onDown, request) : await send(url, token, request);
    if (signal.aborted) return stopped;
    if (answer?.status === 404 || answer?.status === 410) return "forgotten";
    if (answer?.status === 308) {
      const received = receivedBytes(answer.range);
      setbacks = received > at ? 0 : setbacks + 1;
      at = received;
      asks = false;
      onProgress(at / total, false);
      continue;
    }
    if (answer && !isPassing(answer.status) && answer.status !== 416) {
      return answer.status === 200 || answer.status === 201 ? answer : refused(answer);
    }
    if (!answer && asks) return unreachable;
    if (!answer) onDown();
    asks = true;
    setbacks += 1;
  }
  return signal.aborted ? stopped : unreachable;
}

/** Deletes a clip that was kept; true also when it was gone already. */
export async function deleteClip(base: string, token: string, clipId: string): Promise<boolean> {
  const answer = await send(`${base}/${encodeURIComponent(clipId)}`, token, { method: "DELETE", keepalive: true });
  return answer !== undefined && (answer.status < 300 || answer.status === 404 || answer.status === 410);
}

type Reply = { status: number; range: string | null; value: unknown };
const stopped: Uploaded = { ok: false, reason: "stopped", detail: "" };
const unreachable: Uploaded = { ok: false, reason: "unreachable", detail: "" };

function refused({ value }: Reply): Uploaded {
  const { detail, title } = fieldsOf(value);
  return { ok: false, reason: "refused", detail: [title, detail].filter((part) => typeof part === "string").join(" ") };
}

/** Busy, starting, or an intermediary's own: the same again is right in a moment. */
const isPassing = (status: number) => status === 408 || status === 429 || (status >= 500 && status !== 507);

/** Asks again while the line is down, with longer and longer pauses; undefined when that goes on too long. */
async function askUntilAnswered(
  url: string,
  token: string,
  onDown: () => void,
  request: RequestInit,
): Promise<Reply | undefined> {
  const until = performance.now() + GIVE_UP_AFTER_MS;
  for (let attempt = 0; performance.now() < until && !request.signal?.aborted; attempt++) {
    const answer = await send(url, token, request);
    if (answer && !isPassing(answer.status)) return answer;
    onDown();
    await new Promise((resolve) => setTimeout(resolve, PAUSES_MS[Math.min(attempt, PAUSES_MS.length - 1)]));
  }
  return undefined;
}

async function send(url: string, token: string, request: RequestInit): Promise<Reply | undefined> {
  const patience = AbortSignal.timeout(ANSWER_WITHIN_MS);
  try {
    const response = await fetch(url, {
      ...request,
      headers: { ...Object.fromEntries(new Headers(request.headers)), authorization: `Bearer ${token}` },
      signal: request.signal ? AbortSignal.any([request.signal, patience]) : patience,
    });
    const value: unknown = await response.json().catch(() => undefined);
    return { status: response.status, range: response.headers.get("range"), value };
  } catch {
    return undefined;
  }
}

/** "bytes=0-262143": so much has arrived. Without it: nothing. */
function receivedBytes(range: string | null): number {
  const last = /^bytes=0-(\d{1,10})$/.exec(range ?? "")?.[1];
  return last === undefined ? 0 : Number(last) + 1;
}

function readKept(clipId: string, value: unknown): KeptClip | undefined {
  const { ownerUrl, expiresAt } = fieldsOf(value);
  if (typeof ownerUrl !== "string" || typeof expiresAt !== "number") return undefined;
  return { clipId, ownerUrl: new URL(ownerUrl, window.location.href).href, expiresAt };
}

const fieldsOf = (value: unknown): Record<string, unknown> => (typeof value === "object" && value ? { ...value } : {});
