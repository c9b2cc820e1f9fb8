import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Shop } from "#wire/views.ts";
import { api } from "../../link.ts";
import { ago, dayAndTime } from "../../look/time.ts";
import type { Page } from "../page.ts";
import type { Act, Mine } from "./account.tsx";
import { deviceWords } from "./browser-words.ts";
import { addPasskey } from "./passkey.ts";

type Props = { passkeys: Mine["passkeys"]; act: Act; page: Page; shop: Shop; why: string | undefined };

/** The passkeys of this person: add, rename, remove. `why`: what stands in the way of a new one here. */
export function PasskeyList({ passkeys, act, page, shop, why }: Props): JSX.Element {
  const [busy, setBusy] = useState(false);
  async function add(event: SubmitEvent & { currentTarget: HTMLFormElement }): Promise<void> {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget).get("passkey-name"));
    setBusy(true);
    await act(() => addPasskey(name));
    setBusy(false);
  }
  return (
    <section class="part" aria-label="Passkeys">
      <h2>
        <b>Passkeys</b>
      </h2>
      <p class="q f1">
        Your face, your finger or this device’s own lock opens the page. There is nothing to type or guess.
      </p>
      <ul class="rows">
        {passkeys.map((passkey) => (
          <PasskeyRow key={passkey.id} passkey={passkey} act={act} page={page} shop={shop} />
        ))}
      </ul>
      {why !== undefined ? (
        <p class="q f1">{why}</p>
      ) : (
        <form class="one-line" onSubmit={add}>
          <label class="grow">
            <span class="f1 q">A name for the new one</span>
            <input
              class="fld"
              name="passkey-name"
              required
              maxLength={60}
              autocomplete="off"
              defaultValue={deviceWords(navigator.userAgent)}
            />
          </label>
          <button type="submit" class="b go" aria-busy={busy} disabled={busy}>
            {busy ? "Adding" : "Add a passkey"}
          </button>
        </form>
      )}
    </section>
  );
}

type RowProps = { passkey: Mine["passkeys"][number]; act: Act; page: Page; shop: Shop };

function PasskeyRow({ passkey, act, page, shop }: RowProps): JSX.Element {
  const [doing, setDoing] = useState<"rename" | "remove" | undefined>(undefined);
  const { id, name, backedUp, createdAt, lastUsedAt } = passkey;
  const field = useRef<HTMLInputElement>(null);
  const keep = useRef<HTMLButtonElement>(null);
  // The button that was pressed is gone: whoever uses the keyboard goes on with what stands in its place.
  useEffect(() => (field.current ?? keep.current)?.focus(), [doing]);
  const now = page.now.value;
  const at = `/api/v1/staff/passkeys/${encodeURIComponent(id)}`;
  async function rename(event: SubmitEvent & { currentTarget: HTMLFormElement }): Promise<void> {
    event.preventDefault();
    const wanted = new FormData(event.currentTarget).get("name");
    if (await act(() => api("PUT", at, { name: wanted }))) setDoing(undefined);
  }
  if (doing === "rename") {
    return (
      <li>
        <form class="one-line" onSubmit={rename}>
          <label class="grow">
            <span class="f1 q">Call it</span>
            <input ref={field} class="fld" name="name" required maxLength={60} autocomplete="off" defaultValue={name} />
          </label>
          <button type="submit" class="b go">
            Keep
          </button>
        </form>
      </li>
    );
  }
  return (
    <li>
      <p class="of">
        <b>{name}</b>
        <span class="q f1 line">
          {lastUsedAt ? `Used ${ago(lastUsedAt, now, shop.locale)}` : `Added ${dayAndTime(createdAt, now, shop)}`}.{" "}
          {backedUp ? "Kept in your devices’ cloud." : "On one device only."}
        </span>
      </p>
      {doing === "remove" ? (
        <p class="does">
          <span class="f1">Everywhere else you must sign in again.</span>
          <button ref={keep} type="button" class="b" onClick={() => setDoing(undefined)}>
            Keep it
          </button>
          <button type="button" class="b" onClick={() => void act(() => api("DELETE", at))}>
            Remove {name}
          </button>
        </p>
      ) : (
        <p class="does">
          <button type="button" class="b" aria-label={`Rename ${name}`} onClick={() => setDoing("rename")}>
            Rename
          </button>
          <button type="button" class="b" aria-label={`Remove ${name}`} onClick={() => setDoing("remove")}>
            Remove
          </button>
        </p>
      )}
    </li>
  );
}
