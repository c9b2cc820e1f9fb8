import type { Offer } from "#wire/views.ts";
import { Icon } from "../look/icons.tsx";
import type { Phone } from "./phone.ts";
import { amount, endedWhen, fullName, thing } from "./words.ts";

/** The other offers, a line each: those that wait too, or those that are used or over. */
export function OfferRows({ title, phone, offers }: { title: string; phone: Phone; offers: Offer[] }) {
  if (offers.length === 0) return null;
  const manners = phone.manners.value;
  const now = phone.now.value;
  return (
    <section class="rows">
      <h2 class="f1 q">{title}</h2>
      <ul>
        {offers.map((offer) => (
          <li key={offer.code}>
            <button type="button" class="line-row" onClick={() => phone.open(offer)}>
              <span class="grow">
                <b>{fullName(offer)}</b>
                <span class="f1 q n">
                  {title === "Earlier"
                    ? endedWhen(offer, manners, now)
                    : `${amount(offer.price - offer.offerPrice, manners)} off ${thing(offer)}`}
                </span>
              </span>
              <Icon name="chevron-right" class="turns" />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
