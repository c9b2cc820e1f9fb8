import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError, api } from "../link.ts";
import type { Page } from "./page.ts";
import { type Ways, whyNoPasskeys } from "./ways-in.ts";

type Entered = { id: string };

/** A passkey, or name with PIN or password, asked where the gateway does not know this device yet. */
export function SignIn({ page }: { page: Page }): JSX.Element {
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const [busy, setBusy] = useState<"passkey" | "secret" | undefined>(undefined);
  const [withPassword, setWithPassword] = useState(false);
  const ways = useWays();
  const why = ways && whyNoPasskeys(ways);
  const canPasskey = ways !== undefined && why === undefined;

  function enter({ id }: Entered): void {
    page.choose(id);
    location.reload();
  }
  async function come(by: "passkey" | "secret", work: () => Promise<Entered>): Promise<void> {
    setBusy(by);
    setTrouble(undefined);
    try {
      enter(await work());
    } catch (error) {
      setTrouble(await explain(error));
      setBusy(undefined);
    }
  }
  function send(event: SubmitEvent & { currentTarget: HTMLFormElement }): void {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const secret = { [withPassword ? "password" : "pin"]: form.get("secret") };
    void come("secret", () => api<Entered>("POST", "/api/v1/staff/sessions", { name: form.get("name"), ...secret }));
  }
  useEffect(() => {
    if (!canPasskey) return;
    let stop = () => {};
    let left = false;
    passkeys().then(
      ({ offerPasskeys }) => {
        if (!left) stop = offerPasskeys(enter, async (error) => setTrouble(await explain(error)));
      },
      () => undefined,
    );
    return () => {
      left = true;
      stop();
    };
  }, [canPasskey]);

  return (
    <main class="opening">
      <h1 class="d f6">Who are you?</h1>
      {canPasskey && (
        <>
          <button
            type="button"
            class="b go wide"
            aria-busy={busy === "passkey"}
            disabled={busy !== undefined}
            onClick={() => void come("passkey", async () => (await passkeys()).signInWithPasskey())}
          >
            {busy === "passkey" ? "Asking this device" : "Use a passkey"}
          </button>
          <p class="or f1 qq">or with your name</p>
        </>
      )}
      <form onSubmit={send}>
        <label>
          <span class="f1 q">Your name</span>
          <input
            class={`fld${trouble ? " err" : ""}`}
            name="name"
            autocomplete={canPasskey ? "username webauthn" : "username"}
            required
            maxLength={40}
          />
        </label>
        <SecretField withPassword={withPassword} wrong={trouble !== undefined} />
        {trouble && (
          <p class="f1 st-stop" role="alert">
            {trouble}
          </p>
        )}
        <button
          type="submit"
          class={`b wide${canPasskey ? "" : " go"}`}
          aria-busy={busy === "secret"}
          disabled={busy !== undefined}
        >
          {busy === "secret" ? "Coming in" : "Come in"}
        </button>
      </form>
      <button type="button" class="b bare" onClick={() => setWithPassword(!withPassword)}>
        {withPassword ? "I have a PIN" : "I have a password"}
      </button>
      {why !== undefined && <p class="f1 qq">{why}</p>}
      <p class="f1 qq">Forgotten? Whoever runs the gateway makes you an invitation.</p>
    </main>
  );
}

function SecretField({ withPassword, wrong }: { withPassword: boolean; wrong: boolean }): JSX.Element {
  return (
    <label>
      <span class="f1 q">{withPassword ? "Your password" : "Your PIN"}</span>
      <input
        class={`fld${wrong ? " err" : ""}`}
        name="secret"
        type="password"
        inputMode={withPassword ? "text" : "numeric"}
        autocomplete="current-password"
        required
        minLength={4}
        maxLength={128}
      />
    </label>
  );
}

/** Loaded where there are passkeys to use only. */
const passkeys = () => import("./account/passkey.ts");

function useWays(): Ways | undefined {
  const [ways, setWays] = useState<Ways | undefined>(undefined);
  useEffect(() => {
    api<Ways>("GET", "/api/v1/staff/ways-in").then(
      (answer) => {
        // A gateway of before knows no passkeys, and says nothing about them.
        if (Array.isArray(answer?.passkeysAt)) setWays(answer);
      },
      () => undefined,
    );
  }, []);
  return ways;
}

async function explain(error: unknown): Promise<string> {
  if (error instanceof ApiError) return [error.message, error.detail].filter(Boolean).join(" ");
  return (await passkeys()).whatWentWrong(error);
}
