import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api } from "../../link.ts";
import type { Page } from "../page.ts";
import { type Ways, whyNoPasskeys } from "../ways-in.ts";
import { deviceWords } from "./browser-words.ts";
import { acceptWithPasskey, type Entered, whatWentWrong } from "./passkey.ts";

type Invited = { name: string; role: "staff" | "engineer"; expiresAt: number };
type Props = { page: Page; token: string };

/** Somebody's first time: a passkey where the browser can, else a password. */
export function Invitation({ page, token }: Props): JSX.Element {
  const [invited, setInvited] = useState<Invited | undefined>(undefined);
  const [ways, setWays] = useState<Ways | undefined>(undefined);
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    // The link is good once: it need not stay in the browser's history.
    history.replaceState(null, "", "/staff");
    api<Invited>("POST", "/api/v1/staff/invitations/look", { token }).then(setInvited, (error: unknown) =>
      setTrouble(whatWentWrong(error)),
    );
    api<Ways>("GET", "/api/v1/staff/ways-in").then(setWays, () => undefined);
  }, [token]);

  async function accept(work: () => Promise<Entered>): Promise<void> {
    setBusy(true);
    setTrouble(undefined);
    try {
      page.choose((await work()).id);
      location.reload();
    } catch (error) {
      setTrouble(whatWentWrong(error));
      setBusy(false);
    }
  }
  function send(event: SubmitEvent & { currentTarget: HTMLFormElement }): void {
    event.preventDefault();
    const password = new FormData(event.currentTarget).get("password");
    void accept(() => api<Entered>("POST", "/api/v1/staff/invitations/accept", { token, password }));
  }

  const why = ways && whyNoPasskeys(ways);
  if (!invited) {
    return (
      <main class="opening" aria-busy={trouble === undefined}>
        <h1 class="d f5">{trouble === undefined ? "Opening your invitation." : "This did not open."}</h1>
        {trouble === undefined ? <span class="wait-row long" /> : <p role="alert">{trouble}</p>}
        {trouble !== undefined && (
          <a class="b" href="/staff">
            To the shop’s page
          </a>
        )}
      </main>
    );
  }
  return (
    <main class="opening">
      <h1 class="d f6">Welcome, {invited.name}.</h1>
      <p class="q">
        {invited.role === "engineer"
          ? "You come in as engineer: you may add devices and change what they do."
          : "You come in as one of the staff."}
      </p>
      {ways && why === undefined && (
        <>
          <button
            type="button"
            class="b go wide"
            aria-busy={busy}
            disabled={busy}
            onClick={() => void accept(() => acceptWithPasskey(token, deviceWords(navigator.userAgent)))}
          >
            {busy ? "Asking this device" : "Make a passkey"}
          </button>
          <p class="f1 q">Your face, your finger or this device’s own lock will open the page. Nothing to remember.</p>
        </>
      )}
      {why !== undefined && <p class="note f1">{why}</p>}
      {trouble !== undefined && (
        <p class="f1 st-stop" role="alert">
          {trouble}
        </p>
      )}
      <form onSubmit={send}>
        <label>
          <span class="f1 q">
            {why === undefined ? "Or a password, of ten letters or more" : "A password, of ten letters or more"}
          </span>
          <input
            class="fld"
            name="password"
            type="password"
            required
            minLength={10}
            maxLength={128}
            autocomplete="new-password"
          />
        </label>
        <button type="submit" class={`b wide ${why === undefined ? "" : "go"}`} disabled={busy}>
          Come in with a password
        </button>
      </form>
      <p class="f1 qq">The link that brought you here is good once. Not you? Close this page, nothing has changed.</p>
    </main>
  );
}
