import type { Offer } from "#wire/views.ts";
import { clockTime } from "../look/time.ts";
import type { Phone } from "./phone.ts";
import { QrCode } from "./qr-code.tsx";
import { amount, codeGroups, endedWhen, fullName, standing, untilWhen } from "./words.ts";

/** What the till needs: the code to scan, the same code to say, and the sum. Once used or over it says when. */
export function CodeView({ phone }: { phone: Phone }) {
  const offer = phone.coded.value;
  if (!offer) {
    return (
      <main class="sill first">
        <h1 class="d f6" tabIndex={-1}>
          No code is waiting.
        </h1>
        <p class="q lead">The offer may have been put away.</p>
      </main>
    );
  }
  const works = standing(offer, phone.now.value) === "fresh";
  const groups = codeGroups(offer.code);
  return (
    <>
      <div class={works ? "pane paper" : "pane ended"}>
        {works ? <QrCode text={offer.code} /> : <Ended phone={phone} offer={offer} />}
      </div>
      <div class="edge" />
      <main class="sill second">
        <h1 class="unseen-text" tabIndex={-1}>
          {works ? "Your code" : endedWhen(offer, phone.manners.value, phone.now.value)}
        </h1>
        <p class="f1 q">{works ? "If the scanner fails, say this" : "The code was"}</p>
        <p
          class={`d n code ${works ? "" : "gone"} ${groups.length > 2 ? "long" : ""}`}
          role="img"
          aria-label={[...groups.join("")].join(" ")}
        >
          {groups.map((group) => (
            <span key={group}>{group}</span>
          ))}
        </p>
        <Sum phone={phone} offer={offer} />
        <p class="f1 q n">{works ? footer(phone, offer) : after(offer)}</p>
      </main>
    </>
  );
}

function Ended({ phone, offer }: { phone: Phone; offer: Offer }) {
  return <p class="d f5 n">{endedWhen(offer, phone.manners.value, phone.now.value)}</p>;
}

function footer(phone: Phone, offer: Offer): string {
  const when = untilWhen(offer, phone.manners.value, phone.now.value).replace(
    /^until the shop closes at .*/,
    `until ${clockTime(offer.expiresAt, phone.manners.value)}`,
  );
  return `Works once, ${when}. The till needs no signal from this phone.`;
}

function after(offer: Offer): string {
  return offer.state === "used" ? "It worked once and is done." : "Ask, we are not strict.";
}

function Sum({ phone, offer }: { phone: Phone; offer: Offer }) {
  const manners = phone.manners.value;
  return (
    <table class="sum n">
      <tbody>
        <tr>
          <th scope="row">{fullName(offer)}</th>
          <td class="q">{amount(offer.price, manners)}</td>
        </tr>
        <tr>
          <th scope="row">Your offer</th>
          <td class="q">
            <bdi>−{amount(offer.price - offer.offerPrice, manners)}</bdi>
          </td>
        </tr>
        <tr>
          <th scope="row">
            <b>At the till</b>
          </th>
          <td>
            <b>{amount(offer.offerPrice, manners)}</b>
          </td>
        </tr>
      </tbody>
    </table>
  );
}
