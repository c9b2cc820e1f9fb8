import type { Problem } from "../room.ts";

export const refuse = (status: number, type: string, title: string): { ok: false; problem: Problem } => ({
  ok: false,
  problem: { status, type, title },
});
