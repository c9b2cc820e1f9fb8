import type { Counter } from "./ports.ts";

export const metricsContentType = "text/plain; version=0.0.4; charset=utf-8";

/** Prometheus text exposition 0.0.4. Samples of one name stand together, under one HELP and TYPE. */
export function printMetrics(counters: Counter[]): string {
  const byName = Map.groupBy(counters, (counter) => counter.name);
  return [...byName]
    .flatMap(([name, samples]) => {
      const [first] = samples;
      const type = first?.type ?? (name.endsWith("_total") ? "counter" : "gauge");
      const help = (first?.help ?? "").replace(/\\/g, "\\\\").replace(/\n/g, "\\n");
      return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples.map(printSample)];
    })
    .map((line) => `${line}\n`)
    .join("");
}

function printSample({ name, labels, value }: Counter): string {
  const pairs = Object.entries(labels ?? {}).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value}`;
}

function escapeLabel(text: string): string {
  return text.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n");
}
