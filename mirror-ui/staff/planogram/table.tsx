import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Icon } from "../../look/icons.tsx";
import { Doing } from "../devices/screen.tsx";
import type { Editor } from "./editor.ts";

type Problem = { line: number; column?: string; detail: string };
type Trial = { changes: string[]; problems: Problem[] };
type Tried = Trial & { file: File; basedOn: number };

const shownAtMost = 12;

/** The planogram as a table for a spreadsheet, out and in; what a table would change is read before it is saved. */
export function Table({ editor, mayEdit }: { editor: Editor; mayEdit: boolean }): JSX.Element {
  const [tried, setTried] = useState<Tried | undefined>(undefined);
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const send = async (file: File, basedOn: number, isTrial: boolean) => {
    setBusy(true);
    setTrouble(undefined);
    const answer = await put(file, isTrial ? "dryRun=true" : `basedOn=${basedOn}`);
    setBusy(false);
    if (!answer.ok) setTrouble(answer.title);
    if (isTrial) setTried(answer.ok ? { ...answer.value, file, basedOn } : undefined);
    else if (answer.ok) {
      setTried(undefined);
      editor.ask();
    }
  };
  return (
    <section class="part">
      <h2 class="f2">
        <b>As a table</b>
      </h2>
      <p class="fit ways-on">
        <a class="b" href="/api/v1/planogram.csv" target="_blank" download rel="noopener">
          Fetch it
        </a>
        {mayEdit && (
          <label class="b file">
            <Icon name="upload" />
            Bring one
            <input
              type="file"
              class="hidden"
              accept=".csv,text/csv"
              onChange={({ currentTarget }) => {
                const file = currentTarget.files?.[0];
                const version = editor.live.value?.version;
                if (file && version !== undefined) void send(file, version, true);
                currentTarget.value = "";
              }}
            />
          </label>
        )}
      </p>
      {trouble && (
        <p class="refused f1" role="alert">
          <b>{trouble}</b> Nothing was changed.
        </p>
      )}
      {tried && (
        <div role="status">
          <p class="f1">
            <b>{verdict(tried)}</b>
          </p>
          <ul class="f1 changes">
            {tried.problems.slice(0, shownAtMost).map(({ line, column, detail }) => (
              <li key={`${line} ${column} ${detail}`}>
                {line > 0 && <span class="q">Line {line}: </span>}
                {detail}
              </li>
            ))}
            {tried.changes.slice(0, shownAtMost).map((words) => (
              <li key={words}>{words}</li>
            ))}
          </ul>
          <More count={Math.max(tried.problems.length, tried.changes.length) - shownAtMost} />
          <div class="ways-out">
            <button type="button" class="b" onClick={() => setTried(undefined)}>
              Leave it
            </button>
            {tried.problems.length === 0 && tried.changes.length > 0 && (
              <Doing busy={busy} doing="Saving" onClick={() => void send(tried.file, tried.basedOn, false)}>
                Save this table
              </Doing>
            )}
          </div>
        </div>
      )}
    </section>
  );
}

function More({ count }: { count: number }): JSX.Element | null {
  return count > 0 ? <p class="f1 q">And {count} more.</p> : null;
}

function verdict({ file, changes, problems }: Tried): string {
  if (problems.length > 0) return `${file.name} does not fit the shop yet. Nothing was changed.`;
  return changes.length === 0 ? `${file.name} changes nothing.` : `${file.name} would change this:`;
}

async function put(file: File, query: string): Promise<{ ok: true; value: Trial } | { ok: false; title: string }> {
  try {
    const response = await fetch(`/api/v1/planogram.csv?${query}`, {
      ...{ method: "PUT", body: file, credentials: "same-origin", cache: "no-store" },
      headers: { "content-type": "text/csv", accept: "application/json" },
    });
    const answer = await response.json();
    if (response.ok) return { ok: true, value: answer };
    return { ok: false, title: `${answer.title ?? "The gateway refused this."} ${answer.detail ?? ""}`.trim() };
  } catch {
    return { ok: false, title: "The gateway does not answer." };
  }
}
