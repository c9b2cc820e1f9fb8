import type { Offer } from "#wire/views.ts";
import { EmptyRail } from "../look/empty-rail.tsx";
import { OfferRows } from "./offer-rows.tsx";
import type { Phone } from "./phone.ts";
import { Room, ThingInRoom } from "./scenes.tsx";
import { noAnswer } from "./visit.ts";
import { amount, fullName, headline, untilWhen } from "./words.ts";

/** Characters of the headline that fit the narrowest usual phone in full size. */
const oneLine = 18;

/** The offer that stands now, or the sentence that says why none does. */
export function OffersView({ phone }: { phone: Phone }) {
  const offer = phone.shown.value;
  return offer ? <OfferView phone={phone} offer={offer} /> : <EmptyView phone={phone} />;
}

function OfferView({ phone, offer }: { phone: Phone; offer: Offer }) {
  const { now } = phone;
  const manners = phone.manners.value;
  const [first, second] = headline(offer, manners, now.value);
  const others = phone.fresh.value.filter((other) => other.code !== offer.code);
  return (
    <>
      <ThingInRoom picture={offer.picture} colour={offer.colour}>
        <p class="label named n">
          <b>{fullName(offer)}</b>
          {offer.note && <span class="f1 q">{offer.note}</span>}
        </p>
      </ThingInRoom>
      <div class="edge" />
      <main class="sill">
        <h1 class={first.length > oneLine ? "d f6 n long" : "d f6 n"} tabIndex={-1}>
          {first}
          <br />
          {second}
        </h1>
        <p class="q n lead">
          <s class="qq">
            <span class="unseen-text">before </span>
            {amount(offer.price, manners)}
          </s>{" "}
          <b class="price">{amount(offer.offerPrice, manners)}</b> {untilWhen(offer, manners, now.value)}
        </p>
        <div class="why f1">
          <b>Why you get this.</b>{" "}
          <span class="q">{offer.why} The shop knows this phone by a number, not by your name.</span>
        </div>
        <Ways phone={phone} offer={offer} />
        <OfferRows title="Also waiting" phone={phone} offers={others} />
        <OfferRows title="Earlier" phone={phone} offers={phone.past.value} />
      </main>
    </>
  );
}

/** The code, and two ways out of equal width. */
function Ways({ phone, offer }: { phone: Phone; offer: Offer }) {
  return (
    <div class="ways">
      <button type="button" class="b go wide tall" onClick={() => phone.go("code", offer.code)}>
        Show my code
      </button>
      <div class="fit twoways">
        <button
          type="button"
          class="b bare"
          aria-disabled={phone.busy.value === "dismiss"}
          onClick={() => void phone.dismiss(offer)}
        >
          Not for me
        </button>
        {phone.consents.value.offers ? (
          <button
            type="button"
            class="b bare"
            aria-disabled={phone.busy.value === "consent"}
            onClick={() => void phone.stopOffers()}
          >
            Send no more offers
          </button>
        ) : (
          <p class="f1 q still">No more offers will come.</p>
        )}
      </div>
    </div>
  );
}

function EmptyView({ phone }: { phone: Phone }) {
  return (
    <>
      <Room>
        <EmptyRail railY={58} floorY={262} height={312} />
      </Room>
      <div class="edge" />
      <main class="sill">
        <h1 class="d f6" tabIndex={-1}>
          Nothing is waiting.
        </h1>
        <p class="q lead">{whyEmpty(phone)}</p>
        <OfferRows title="Earlier" phone={phone} offers={phone.past.value} />
      </main>
    </>
  );
}

function whyEmpty(phone: Phone): string {
  const { offers, presence } = phone.consents.value;
  if (!phone.me.value) return phone.line.value.state === "lost" ? noAnswer : "Asking the shop.";
  if (!offers) return "Offers are off. That is fine. You can switch them on under Privacy.";
  if (!phone.basketShown.value)
    return "No basket is with this phone, so the shop does not know where you are. Scan the code on a basket to change that.";
  if (!presence) return "Offers are on, but the shop may not know where your basket is. Both are under Privacy.";
  return "Look around. When there is an offer for something near you, it comes here by itself and says why.";
}
