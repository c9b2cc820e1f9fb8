import type { JSX } from "preact";
import type { Shop } from "#wire/views.ts";
import { dayAndTime } from "../../look/time.ts";
import type { Page } from "../page.ts";
import { staffName } from "../words.ts";
import { usePolled } from "./asking.ts";
import { deedWords, refusedWords } from "./audit-words.ts";
import { Refused, Screen, Title, Waiting } from "./screen.tsx";
import { hrefOf } from "./where.ts";

type Entry = {
  at: number;
  by: string;
  action: string;
  subject?: string;
  ok: boolean;
  detail?: string;
  missed?: number;
};

/** Who did what when, the newest first. */
export function Audit({ page, shop }: { page: Page; shop: Shop }): JSX.Element {
  const audit = usePolled<Entry[]>("/api/v1/audit", 10_000);
  const entries = [...(audit.value ?? [])].reverse();
  const rows = (
    <>
      <Refused trouble={audit.trouble} />
      {!audit.value && !audit.trouble && <Waiting words="The list is on its way." />}
      <ul class="rows f1 n audit">
        {entries.map(({ at, by, action, subject, ok, detail }, index) => (
          <li key={`${at} ${index}`}>
            <div>
              <span class="grow">
                <b>{deedWords(action, subject)}</b>
                <span class="line q">
                  {staffName(by, shop)}, {dayAndTime(at, page.now.value, shop)}. {!ok && refusedWords(detail)}
                </span>
              </span>
              {!ok && <span class="mark stop" role="img" aria-label="refused" />}
            </div>
          </li>
        ))}
      </ul>
      {audit.value?.length === 0 && <p class="q none">Nothing has been changed yet.</p>}
    </>
  );
  const { wide } = page;
  return (
    <Screen
      page={page}
      shop={shop}
      back={{ href: hrefOf({ page: "fleet" }), name: "Devices" }}
      pane={wide.value ? <div class="scroll hour">{rows}</div> : undefined}
    >
      <div class="list one">
        <Title big>Who did what</Title>
        <p class="q">Everything an engineer changed here, and what was refused.</p>
        {!wide.value && rows}
      </div>
    </Screen>
  );
}
