import { createAudit } from "../access/audit.ts";
import { systemClock } from "../clock.ts";

/** What the command line changed stands in the audit log, like what engineers change in their pages. Never a secret. */
export async function noteDeed(dataFolder: string, action: string, subject: string): Promise<void> {
  const audit = createAudit({ dataFolder, clock: systemClock });
  audit.note({ by: "command line", action, subject, ok: true });
  await audit.flush();
}
