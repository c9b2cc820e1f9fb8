import type { JSX } from "preact";
import type { Shop } from "#wire/views.ts";
import { Lazy } from "./lazy.tsx";
import type { Page } from "./page.ts";

const load = () => import("./account/account.tsx");

/** My passkeys and sessions. */
export function AccountPart(props: { page: Page; shop: Shop }): JSX.Element {
  return <Lazy load={load}>{({ Account }) => <Account {...props} />}</Lazy>;
}

/** The first way in, from an invitation's link. */
export function InvitationPart(props: { page: Page; token: string }): JSX.Element {
  return <Lazy load={load}>{({ Invitation }) => <Invitation {...props} />}</Lazy>;
}
