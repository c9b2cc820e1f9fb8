import type { Problem } from "../room.ts";

export type Refused = { ok: false; problem: Problem; waitMs?: number };

/** What a person is told, and why. `type` stays the same for the same reason. */
export function refuse(status: number, type: string, title: string, detail?: string): Refused {
  return {
    ok: false,
    problem: { status, type: `/problems/${type}`, title, ...(detail === undefined ? {} : { detail }) },
  };
}

/** The list's own address that this request comes from, or why there is none. */
export function knownOrigin(
  origins: readonly string[],
  origin: string | undefined,
): { ok: true; origin: string } | Refused {
  const found = origins.find((one) => one === origin);
  if (found !== undefined) return { ok: true, origin: found };
  const where = origins.length > 0 ? ` They work at ${origins.join(" and ")}.` : "";
  return refuse(
    409,
    "no-passkeys-here",
    "Passkeys do not work at this address.",
    `Use your PIN or password here.${where}`,
  );
}
