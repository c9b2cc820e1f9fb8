import "./account.css";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Shop } from "#wire/views.ts";
import { ApiError, api } from "../../link.ts";
import { clockTime, dayAndTime } from "../../look/time.ts";
import type { Page } from "../page.ts";
import { type Ways, whyNoPasskeys } from "../ways-in.ts";
import { whatWentWrong } from "./passkey.ts";
import { PasskeyList } from "./passkeys.tsx";
import { SecretForm } from "./secret-form.tsx";
import { type Session, SessionList } from "./sessions.tsx";

export { Invitation } from "./invitation.tsx";

export type Mine = {
  role: "staff" | "engineer";
  signedInBy: "pin" | "password" | "passkey";
  since: number;
  secret?: "pin" | "password";
  passkeys: { id: string; name: string; backedUp: boolean; createdAt: number; lastUsedAt?: number; rpId: string }[];
  sessions: Session[];
};
/** Does something to the account, shows how it stands then, or what was in the way. True when it worked. */
export type Act = (work: () => Promise<unknown>) => Promise<boolean>;

type Props = { page: Page; shop: Shop };

/** My ways in, and where I am signed in. */
export function Account({ page, shop }: Props): JSX.Element {
  const [mine, setMine] = useState<Mine | "nobody" | undefined>(undefined);
  const [ways, setWays] = useState<Ways | undefined>(undefined);
  const [trouble, setTrouble] = useState<{ words: string; signInAgain: boolean } | undefined>(undefined);

  const load = () =>
    api<Mine>("GET", "/api/v1/staff/account").then(setMine, (error: unknown) => {
      if (error instanceof ApiError && error.status === 401) setMine("nobody");
      else fail(error);
    });
  const fail = (error: unknown) => {
    // The gateway answers 403 here for one reason: the sign-in was too long ago.
    const signInAgain = error instanceof ApiError && error.status === 403;
    setTrouble({ words: whatWentWrong(error), signInAgain });
  };
  const act: Act = async (work) => {
    setTrouble(undefined);
    try {
      await work();
      await load();
      return true;
    } catch (error) {
      fail(error);
      return false;
    }
  };
  useEffect(() => {
    void load();
    api<Ways>("GET", "/api/v1/staff/ways-in").then(setWays, () => undefined);
  }, []);

  if (mine === "nobody") return <NoAccount shop={shop} />;
  return (
    <div class="list account">
      <p>
        <a class="b bare back" href="/staff#health">
          Back to Health
        </a>
      </p>
      <h1 class="d f4">Your account</h1>
      {mine && (
        <p class="q">
          Signed in at {dayAndTime(mine.since, page.now.value, shop)} with your {wayWords[mine.signedInBy]}.
        </p>
      )}
      {trouble && (
        <div class="note f1" role="alert">
          <p class="st-stop">{trouble.words}</p>
          {trouble.signInAgain && (
            <button type="button" class="b" onClick={() => void page.change()}>
              Sign in again
            </button>
          )}
        </div>
      )}
      {mine ? (
        <>
          <PasskeyList passkeys={mine.passkeys} act={act} page={page} shop={shop} why={ways && whyNoPasskeys(ways)} />
          <SecretForm kind={mine.secret} role={mine.role} act={act} />
          <SessionList sessions={mine.sessions} act={act} page={page} shop={shop} />
        </>
      ) : (
        <span class="wait-row long" />
      )}
      <p class="f1 qq">
        All of this is kept on the gateway in this shop. It is {clockTime(page.now.value, shop)} there.
      </p>
    </div>
  );
}

const wayWords = { pin: "PIN", password: "password", passkey: "passkey" };

function NoAccount({ shop }: { shop: Shop }): JSX.Element {
  return (
    <div class="list account">
      <p>
        <a class="b bare back" href="/staff#health">
          Back to Health
        </a>
      </p>
      <h1 class="d f4">Nobody is signed in here.</h1>
      {shop.demo ? (
        <p class="q">
          This is a demo: whoever sits at this computer may look at everything. To try an account, make an invitation in
          a terminal: <code>npm run vitrine staff invite {shop.staff[0]?.id ?? "NAME"} -- --data data/demo</code>
        </p>
      ) : (
        <p class="q">Your session is over. Open the page again and sign in.</p>
      )}
    </div>
  );
}
