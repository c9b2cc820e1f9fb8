import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Planogram, PlanogramSummary } from "#wire/stock-views.ts";
import type { Shop } from "#wire/views.ts";
import { api } from "../../link.ts";
import type { Page } from "../page.ts";
import type { Editor } from "./editor.ts";
import { versionWords } from "./version-words.ts";

type Props = { page: Page; shop: Shop; editor: Editor; mayEdit: boolean };

/** What was before. Bringing a version back puts its shelves into the draft: one looks at the changes, then saves. */
export function Versions({ shop, editor, mayEdit }: Props): JSX.Element | null {
  const [versions, setVersions] = useState<PlanogramSummary[]>([]);
  const current = editor.live.value?.version;
  useEffect(() => {
    if (current === undefined) return;
    api<PlanogramSummary[]>("GET", "/api/v1/planogram/versions").then(setVersions, () => setVersions([]));
  }, [current]);
  const before = versions.filter(({ version }) => version !== current);
  if (before.length === 0) return null;
  const bringBack = async (version: number) => {
    try {
      const { shelves } = await api<Planogram>("GET", `/api/v1/planogram/versions/${version}`);
      editor.edit(() => shelves);
    } catch {
      editor.trouble.value = { status: 0, title: "That version did not come.", detail: undefined };
    }
  };
  return (
    <details class="part">
      <summary class="f2">
        <b>Versions</b> <span class="q">{before.length} before this one</span>
      </summary>
      <ul class="rows f1">
        {before.map((one) => (
          <li key={one.version}>
            <div>
              <span class="grow">{versionWords(one, shop)}</span>
              {mayEdit && (
                <button type="button" class="b bare" onClick={() => void bringBack(one.version)}>
                  Bring this back<span class="hidden"> (version {one.version})</span>
                </button>
              )}
            </div>
          </li>
        ))}
      </ul>
    </details>
  );
}
