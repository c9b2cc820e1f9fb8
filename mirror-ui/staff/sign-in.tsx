import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ApiError, api } from "../link.ts";
import type { Page } from "./page.ts";

/** Name and PIN, asked where the gateway does not know this device yet. A session lasts one shift. */
export function SignIn({ page }: { page: Page }): JSX.Element {
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  async function send(event: SubmitEvent & { currentTarget: HTMLFormElement }): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    try {
      const answer = await api<{ id: string }>("POST", "/api/v1/staff/sessions", {
        name: form.get("name"),
        pin: form.get("pin"),
      });
      page.choose(answer.id);
      location.reload();
    } catch (error) {
      setTrouble(error instanceof ApiError ? [error.message, error.detail].filter(Boolean).join(" ") : "Try again.");
      setBusy(false);
    }
  }
  return (
    <main class="opening">
      <h1 class="d f6">Who are you?</h1>
      <form onSubmit={send}>
        <label>
          <span class="f1 q">Your name</span>
          <input class={`fld${trouble ? " err" : ""}`} name="name" autocomplete="username" required maxLength={40} />
        </label>
        <label>
          <span class="f1 q">Your PIN</span>
          <input
            class={`fld${trouble ? " err" : ""}`}
            name="pin"
            type="password"
            inputMode="numeric"
            autocomplete="current-password"
            required
            minLength={4}
            maxLength={64}
          />
        </label>
        {trouble && (
          <p class="f1 st-stop" role="alert">
            {trouble}
          </p>
        )}
        <button type="submit" class="b go wide" aria-busy={busy} disabled={busy}>
          {busy ? "Coming in" : "Come in"}
        </button>
      </form>
      <p class="f1 qq">Forgotten? Whoever runs the gateway gives you a new PIN.</p>
    </main>
  );
}
