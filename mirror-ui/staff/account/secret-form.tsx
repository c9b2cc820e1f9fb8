import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api } from "../../link.ts";
import type { Act } from "./account.tsx";

type Props = { kind: "pin" | "password" | undefined; role: "staff" | "engineer"; act: Act };

/** A password, or for staff a PIN. */
export function SecretForm({ kind, role, act }: Props): JSX.Element {
  const [done, setDone] = useState(false);
  async function send(event: SubmitEvent & { currentTarget: HTMLFormElement }): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget;
    setDone(false);
    const secret = new FormData(form).get("secret");
    if (!(await act(() => api("POST", "/api/v1/staff/account/secret", { secret })))) return;
    form.reset();
    setDone(true);
  }
  return (
    <section class="part" aria-label="Password or PIN">
      <h2>
        <b>{kind === "pin" ? "PIN" : "Password"}</b>
      </h2>
      <p class="q f1">
        {kind === undefined ? "You have none, and need none while you have a passkey. " : ""}
        At least ten letters; a few words in a row are best.
        {role === "staff" ? " Or a PIN, of six digits or more, which is good in the shop’s own network." : ""}
      </p>
      <form class="one-line" onSubmit={send}>
        <label class="grow">
          <span class="f1 q">{role === "staff" ? "New password or PIN" : "New password"}</span>
          <input
            class="fld"
            name="secret"
            type="password"
            required
            minLength={6}
            maxLength={128}
            autocomplete="new-password"
          />
        </label>
        <button type="submit" class="b">
          {kind === undefined ? "Set" : "Change"}
        </button>
      </form>
      <p class="f1 st-fine" role="status">
        {done ? "It is set. Everywhere else you must sign in again." : ""}
      </p>
    </section>
  );
}
