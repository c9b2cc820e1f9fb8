export type ClipMime = "video/mp4" | "video/webm";
export type Judged = { ok: true } | { ok: false; reason: string };

/** Enough of a file to see what it is. */
export const magicBytes = 12;

/** By its first bytes, whatever it is called. undefined: neither of the two. */
export function kindOf(bytes: Uint8Array): ClipMime | undefined {
  if (bytes.length < magicBytes) return undefined;
  const view = viewOf(bytes);
  // [ISO 14496-12 4.3] an MP4 begins with its box "ftyp"
  if (view.getUint32(4) === fourcc("ftyp")) return "video/mp4";
  // [RFC 8794 11.2.1] EBML
  if (view.getUint32(0) === 0x1a45dfa3) return "video/webm";
  return undefined;
}

/**
 * Whether a file is made of a clip's parts from its first byte to its last. A second file glued to it, or one whose end is
 * missing, shows here: what plays as a video may be an archive or a page to somebody else.
 */
export function judgeStructure(bytes: Uint8Array, mime: ClipMime): Judged {
  if (kindOf(bytes) !== mime) return { ok: false, reason: "It is not the kind of video that it says it is." };
  return mime === "video/mp4" ? judgeBoxes(bytes) : judgeElements(bytes);
}

const cutShort: Judged = { ok: false, reason: "Its end is missing." };
const foreignPart: Judged = { ok: false, reason: "There is something in it that belongs in no video." };
const maxParts = 20_000;

const boxes = new Set(
  ["ftyp", "moov", "moof", "mdat", "mfra", "sidx", "styp", "free", "skip", "wide", "prft", "emsg"].map(fourcc),
);
/** Room left empty by the writer, and nothing else. */
const emptyBoxes = new Set(["free", "skip", "wide"].map(fourcc));

/** [ISO 14496-12 4.2] */
function judgeBoxes(bytes: Uint8Array): Judged {
  const view = viewOf(bytes);
  let at = 0;
  for (let parts = 0; at < bytes.length; parts++) {
    if (parts > maxParts) return foreignPart;
    if (at + 8 > bytes.length) return cutShort;
    const type = view.getUint32(at + 4);
    if (!boxes.has(type)) return foreignPart;
    const size = boxSize(view, at);
    if (size < 8) return foreignPart;
    if (at + size > bytes.length) return cutShort;
    if (emptyBoxes.has(type) && !isEmpty(bytes.subarray(at + 8, at + size))) return foreignPart;
    at += size;
  }
  return { ok: true };
}

function boxSize(view: DataView, at: number): number {
  const size = view.getUint32(at);
  if (size === 0) return view.byteLength - at;
  if (size !== 1) return size;
  return at + 16 > view.byteLength ? Number.POSITIVE_INFINITY : Number(view.getBigUint64(at + 8));
}

const segment = 0x18538067;
const voidElement = 0xec;
/** SeekHead, Info, Tracks, Cues, Tags, Cluster, Void, CRC-32 [RFC 9559]. Attachments and chapters have no place in a clip. */
const topElements = new Set([
  0x114d9b74,
  0x1549a966,
  0x1654ae6b,
  0x1c53bb6b,
  0x1254c367,
  0x1f43b675,
  voidElement,
  0xbf,
]);
/** Timestamp, SimpleBlock, BlockGroup, PrevSize, Position, Void, CRC-32: what ends a cluster of unknown size is not here. */
const clusterElements = new Set([0xe7, 0xa3, 0xa0, 0xab, 0xa7, voidElement, 0xbf]);
const cluster = 0x1f43b675;

/** [RFC 8794 6.2] Browsers write segment and clusters with unknown sizes: their ends are where the next begins. */
function judgeElements(bytes: Uint8Array): Judged {
  const head = elementAt(bytes, 0);
  if (!head || head.size === "unknown" || head.next > bytes.length) return cutShort;
  const body = elementAt(bytes, head.next);
  if (body?.id !== segment) return foreignPart;
  if (body.size !== "unknown" && body.next !== bytes.length) return body.next > bytes.length ? cutShort : foreignPart;
  let at = body.start;
  let isInCluster = false;
  for (let parts = 0; at < bytes.length; parts++) {
    const element = elementAt(bytes, at);
    if (!element) return cutShort;
    const isTop = topElements.has(element.id) && !(isInCluster && clusterElements.has(element.id));
    if (parts > maxParts || !(isTop || (isInCluster && clusterElements.has(element.id)))) return foreignPart;
    if (isTop) isInCluster = element.id === cluster && element.size === "unknown";
    if (element.size === "unknown") {
      if (element.id !== cluster) return foreignPart;
      at = element.start;
      continue;
    }
    if (element.next > bytes.length) return cutShort;
    if (element.id === voidElement && !isEmpty(bytes.subarray(element.start, element.next))) return foreignPart;
    at = element.next;
  }
  return { ok: true };
}

type Element = { id: number; start: number; size: number | "unknown"; next: number };

function elementAt(bytes: Uint8Array, at: number): Element | undefined {
  const id = variableInt(bytes, at, 4);
  const size = id && variableInt(bytes, at + id.length, 8);
  if (!size) return undefined;
  const start = at + id.length + size.length;
  // all value bits set: unknown [RFC 8794 6.2]
  const isUnknown = size.value === 2 ** (7 * size.length) - 1;
  return {
    id: id.raw,
    start,
    size: isUnknown ? "unknown" : size.value,
    next: isUnknown ? bytes.length : start + size.value,
  };
}

/** [RFC 8794 4] `raw` has the length marker in it, as ids do; `value` has not. Sizes beyond 2⁵³ become inexact and far too long. */
function variableInt(bytes: Uint8Array, at: number, maxLength: number) {
  const first = bytes[at];
  if (first === undefined || first === 0) return undefined;
  const length = Math.clz32(first) - 23;
  if (length > maxLength || at + length > bytes.length) return undefined;
  let raw = first;
  let value = first & (0xff >> length);
  let allOnes = value === 0xff >> length;
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i] ?? 0;
    raw = raw * 256 + byte;
    value = value * 256 + byte;
    allOnes &&= byte === 0xff;
  }
  return { raw, length, value: allOnes ? 2 ** (7 * length) - 1 : value };
}

const isEmpty = (bytes: Uint8Array) => bytes.every((byte) => byte === 0);
const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function fourcc(name: string): number {
  return new DataView(new TextEncoder().encode(name).buffer).getUint32(0);
}
