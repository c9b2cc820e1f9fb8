import type { JSX } from "preact";
import { Icon } from "../look/icons.tsx";
import type { Mirror } from "./mirror.ts";
import { sayHelp } from "./words.ts";

/** Asking for a person: one touch, then who is coming, and a way to take it back. */
export function Call({ mirror }: { mirror: Mirror }): JSX.Element {
  const helping = mirror.helping.value;
  const chosen = mirror.mode.value.name === "trying" ? mirror.chosen.value : undefined;
  const words = sayHelp(helping);
  const canAsk = helping.state === "none" || helping.state === "failed";
  return (
    <div class="call">
      <p class="f2" role="status">
        {words}
      </p>
      {canAsk ? (
        <>
          <button type="button" class="b bare" onClick={() => mirror.askHelp()}>
            <Icon name="user" />
            Ask for someone
          </button>
          {chosen ? (
            <button
              type="button"
              class="b bare"
              onClick={() => mirror.askHelp({ sku: chosen.sku, note: "in another size" })}
            >
              In another size
            </button>
          ) : null}
        </>
      ) : (
        <button type="button" class="b" onClick={() => mirror.endHelp()}>
          Never mind
        </button>
      )}
    </div>
  );
}
