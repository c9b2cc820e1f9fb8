import { useSignal } from "@preact/signals";
import { consentTexts, noConsents } from "./consent-text.ts";
import type { Phone } from "./phone.ts";
import { Switch } from "./switch.tsx";

/** The three questions after joining. All stand on "off" until the shopper moves them; nothing is sent before the button. */
export function ConsentView({ phone }: { phone: Phone }) {
  const draft = useSignal(noConsents);
  const saving = phone.busy.value === "consent";
  const some = Object.values(draft.value).includes(true);
  return (
    <main class="sill first">
      <h1 class="d f6" tabIndex={-1}>
        What may the
        <br />
        shop know?
      </h1>
      <p class="q lead">All off is fine. The mirror and the till work just the same.</p>
      <ul class="sws">
        {consentTexts.map(({ name, title, sentence }) => (
          <Switch
            key={name}
            title={title}
            sentence={sentence}
            on={draft.value[name]}
            onTurn={(on) => {
              draft.value = { ...draft.value, [name]: on };
            }}
          />
        ))}
      </ul>
      <p class="f1 q after">You can change each of them at any time, under Privacy.</p>
      <div class="ways">
        <button
          type="button"
          class="b go wide tall"
          aria-disabled={saving}
          onClick={() => void phone.consent(draft.value)}
        >
          {saving ? "Saving" : some ? "Save and go on" : "Go on with all off"}
        </button>
      </div>
    </main>
  );
}
