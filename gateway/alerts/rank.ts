import type { AlertKind, Severity } from "../events.ts";

type Ranked = { kind: AlertKind; severity: Severity; value?: number; openedAt?: number; id?: string };

/** A person waits, or goods leave this minute: no sum of money comes before that. */
const isNow = ({ kind }: Ranked) => kind === "help" || kind === "sweep";

/** Smaller comes first: somebody waits, then what cannot wait, then what is worth most, then what has waited longest. */
export function compareAlerts(a: Ranked, b: Ranked): number {
  return (
    Number(isNow(b)) - Number(isNow(a)) ||
    Number(b.severity === "stop") - Number(a.severity === "stop") ||
    (b.value ?? 0) - (a.value ?? 0) ||
    (a.openedAt ?? 0) - (b.openedAt ?? 0) ||
    (a.id ?? "").localeCompare(b.id ?? "")
  );
}
