import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

type Props<Parts> = {
  /** One function for the life of the page: it is called once. */
  load(): Promise<Parts>;
  /** What is said while it comes. */
  opening?: string;
  /** Another part beside it says all that already. */
  quiet?: boolean;
  children(parts: Parts): JSX.Element | null;
};

/** A part of the page that is loaded when somebody opens it: most never do. */
export function Lazy<Parts>({
  load,
  opening = "One moment.",
  quiet = false,
  children,
}: Props<Parts>): JSX.Element | null {
  const [state, setState] = useState<{ parts: Parts } | "missing" | undefined>(undefined);
  useEffect(() => {
    load().then(
      (parts) => setState({ parts }),
      () => setState("missing"),
    );
  }, [load]);
  if (quiet && typeof state !== "object") return <div aria-busy={state === undefined} />;
  if (state === "missing") {
    return (
      <div class="opening">
        <h1 class="d f4">This part of the page did not arrive.</h1>
        <p class="q">The gateway may just be restarting.</p>
        <button type="button" class="b go" onClick={() => location.reload()}>
          Try again
        </button>
      </div>
    );
  }
  if (state) return children(state.parts);
  return (
    <div class="opening" aria-busy="true">
      <h1 class="d f4">{opening}</h1>
      <span class="wait-row long" />
      <span class="wait-row" />
    </div>
  );
}
