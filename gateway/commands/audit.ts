import { parseArgs } from "node:util";
import { createAudit } from "../access/audit.ts";
import { systemClock } from "../clock.ts";
import { dataFolderOf, plain } from "./setting.ts";

/** The newest entries of the audit log, newest last. */
export async function run(args: string[]) {
  const { values } = parseArgs({
    args,
    options: { data: { type: "string" }, last: { type: "string" }, json: { type: "boolean" } },
  });
  const limit = Number(values.last ?? 50);
  if (!Number.isInteger(limit) || limit < 1) throw plain("--last must be a whole number above 0");
  const entries = await createAudit({ dataFolder: dataFolderOf(values.data), clock: systemClock }).read(limit);
  if (values.json) {
    for (const entry of entries) console.log(JSON.stringify(entry));
    return;
  }
  if (entries.length === 0) console.log("Nothing is noted yet.");
  for (const { at, by, action, subject, ok, address, detail, missed } of entries) {
    if (missed !== undefined) console.log(`… ${missed} left out here, because there were too many`);
    const words = [
      new Date(at).toISOString(),
      ok ? "done   " : "refused",
      by,
      action,
      ...(subject === undefined ? [] : [subject]),
      ...(detail === undefined ? [] : [`(${detail})`]),
      ...(address === undefined ? [] : [`from ${address}`]),
    ];
    console.log(words.join("  "));
  }
}
