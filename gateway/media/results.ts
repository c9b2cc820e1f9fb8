/** Answers of the media part to those who ask over HTTP. `title` is a sentence for people, `problem` the problem type's name where the status alone does not tell. */
export type Refusal = { ok: false; status: number; title: string; problem?: string; retryAfterS?: number };
export type Opened = { ok: true; sessionId: string; etag: string; answer: string };
/** Our own offer, whose answer must come until `validUntil` (epoch ms). */
export type Offered = { ok: true; sessionId: string; etag: string; offer: string; validUntil: number };
export type Patched = { ok: true; status: 204 } | { ok: true; status: 200; etag: string; fragment: string } | Refusal;
