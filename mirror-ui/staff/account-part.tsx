import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Shop } from "#wire/views.ts";
import type { Page } from "./page.ts";

type Parts = typeof import("./account/account.tsx");

/** My passkeys and sessions, loaded when somebody looks: most who open the staff page never do. */
export function AccountPart(props: { page: Page; shop: Shop }): JSX.Element {
  const parts = useParts();
  return typeof parts === "object" ? <parts.Account {...props} /> : <Waiting missing={parts === "missing"} />;
}

/** The first way in, from an invitation's link. */
export function InvitationPart(props: { page: Page; token: string }): JSX.Element {
  const parts = useParts();
  return typeof parts === "object" ? <parts.Invitation {...props} /> : <Waiting missing={parts === "missing"} />;
}

function useParts(): Parts | "missing" | undefined {
  const [parts, setParts] = useState<Parts | "missing" | undefined>(undefined);
  useEffect(() => {
    import("./account/account.tsx").then(setParts, () => setParts("missing"));
  }, []);
  return parts;
}

function Waiting({ missing }: { missing: boolean }): JSX.Element {
  if (!missing) {
    return (
      <div class="opening" aria-busy="true">
        <h1 class="d f4">One moment.</h1>
        <span class="wait-row long" />
      </div>
    );
  }
  return (
    <div class="opening">
      <h1 class="d f4">This part of the page did not arrive.</h1>
      <button type="button" class="b go" onClick={() => location.reload()}>
        Try again
      </button>
    </div>
  );
}
