import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { dayAndTime } from "../look/time.ts";
import { type ConsentName, consentTexts } from "./consent-text.ts";
import type { Phone } from "./phone.ts";
import { Switch } from "./switch.tsx";

/** What the shop knows of this phone, every answer to take back, and the way out. */
export function PrivacyView({ phone }: { phone: Phone }) {
  const turning = useSignal<ConsentName | undefined>(undefined);
  const turn = async (name: ConsentName, on: boolean) => {
    if (turning.value) return;
    turning.value = name;
    await phone.setConsent(name, on);
    turning.value = undefined;
  };
  return (
    <main class="sill first">
      <h1 class="d f6" tabIndex={-1}>
        What the shop
        <br />
        may know
      </h1>
      <p class="q lead">All off is fine. The mirror and the till work just the same.</p>
      <ul class="sws">
        {consentTexts.map(({ name, title, sentence }) => (
          <Switch
            key={name}
            title={title}
            sentence={sentence}
            on={phone.me.value?.consents[name] ?? false}
            saving={turning.value === name}
            onTurn={(on) => void turn(name, on)}
          />
        ))}
      </ul>
      <Known phone={phone} />
      <Forget phone={phone} />
    </main>
  );
}

function Known({ phone }: { phone: Phone }) {
  const me = phone.me.value;
  const number = phone.session.value?.shopperId ?? "";
  return (
    <dl class="known f1 n">
      <dt class="q">Your number</dt>
      <dd>{number}</dd>
      <dt class="q">Your basket</dt>
      <dd>{phone.basketShown.value ?? "none"}</dd>
      {me && (
        <>
          <dt class="q">Joined</dt>
          <dd>{dayAndTime(me.joinedAt, phone.now.value, phone.manners.value)}</dd>
        </>
      )}
      <dt class="q">Offers you got</dt>
      <dd>{phone.known.value.size}</dd>
    </dl>
  );
}

function Forget({ phone }: { phone: Phone }) {
  const asking = useSignal(false);
  const sure = useRef<HTMLButtonElement>(null);
  const first = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (asking.value) sure.current?.focus();
  }, [asking.value]);
  const working = phone.busy.value === "forget";
  if (!asking.value) {
    return (
      <div class="ways">
        <button ref={first} type="button" class="b wide danger" onClick={() => (asking.value = true)}>
          Forget me now
        </button>
      </div>
    );
  }
  return (
    <section class="ask" aria-labelledby="sure">
      <b id="sure">Forget this phone?</b>
      <p class="f1 q">Your answers, your basket, your offers and their codes go. Nobody can bring them back.</p>
      <div class="fit after">
        <button ref={sure} type="button" class="b danger" aria-disabled={working} onClick={() => void phone.forgetMe()}>
          {working ? "Forgetting" : "Forget me"}
        </button>
        <button
          type="button"
          class="b"
          onClick={() => {
            asking.value = false;
            requestAnimationFrame(() => first.current?.focus());
          }}
        >
          Keep me
        </button>
      </div>
    </section>
  );
}
