import type { JSX } from "preact";
import type { Shop } from "#wire/views.ts";
import { api } from "../../link.ts";
import { ago, dayAndTime } from "../../look/time.ts";
import type { Page } from "../page.ts";
import type { Act } from "./account.tsx";
import { browserWords } from "./browser-words.ts";

export type Session = {
  id: string;
  current: boolean;
  since: number;
  lastUsedAt: number;
  userAgent: string;
  address: string;
};
type Props = { sessions: Session[]; act: Act; page: Page; shop: Shop };

/** Where this person is signed in. */
export function SessionList({ sessions, act, page, shop }: Props): JSX.Element {
  const now = page.now.value;
  const end = (id: string) => act(() => api("DELETE", `/api/v1/staff/sessions/${id}`));
  async function leave(path: string): Promise<void> {
    await api("DELETE", path).catch(() => undefined);
    page.choose(undefined);
    location.reload();
  }
  return (
    <section class="part" aria-label="Where you are signed in">
      <h2>
        <b>Where you are signed in</b>
      </h2>
      <ul class="rows">
        {[...sessions]
          .sort((a, b) => Number(b.current) - Number(a.current) || b.lastUsedAt - a.lastUsedAt)
          .map((session) => {
            const browser = browserWords(session.userAgent);
            return (
              <li key={session.id}>
                <p class="of">
                  <b>{browser}</b>
                  {session.current && <span class="label here">this one</span>}
                  <span class="q f1 line">
                    Since {dayAndTime(session.since, now, shop)}, used {ago(session.lastUsedAt, now, shop.locale)}, from{" "}
                    {session.address}.
                  </span>
                </p>
                <p class="does">
                  <button
                    type="button"
                    class="b"
                    aria-label={session.current ? "Sign out here" : `Sign out ${browser}`}
                    onClick={() => void (session.current ? leave("/api/v1/staff/sessions") : end(session.id))}
                  >
                    Sign out
                  </button>
                </p>
              </li>
            );
          })}
      </ul>
      <button type="button" class="b" onClick={() => void leave("/api/v1/staff/sessions/all")}>
        Sign out everywhere
      </button>
    </section>
  );
}
