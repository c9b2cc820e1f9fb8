import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Shop } from "#wire/views.ts";
import type { Page } from "./page.ts";

type Props = { page: Page; shop: Shop };
type Part = (props: Props) => JSX.Element;

/** The engineer's pages, loaded when somebody opens them: most who open the staff page never do. */
export function DevicesPart(props: Props): JSX.Element {
  const [part, setPart] = useState<{ Devices: Part } | "missing" | undefined>(undefined);
  useEffect(() => {
    import("./devices/devices.tsx").then(
      ({ Devices }) => setPart({ Devices }),
      () => setPart("missing"),
    );
  }, []);
  if (part === "missing") {
    return (
      <main class="opening">
        <h1 class="d f5">This part of the page did not arrive.</h1>
        <p class="q">The gateway may just be restarting.</p>
        <button type="button" class="b go" onClick={() => location.reload()}>
          Try again
        </button>
      </main>
    );
  }
  if (part) return <part.Devices {...props} />;
  return (
    <main class="opening" aria-busy="true">
      <h1 class="d f5">Opening the devices.</h1>
      <span class="wait-row long" />
      <span class="wait-row" />
    </main>
  );
}
