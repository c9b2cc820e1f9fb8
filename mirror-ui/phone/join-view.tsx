import { EmptyRail } from "../look/empty-rail.tsx";
import type { Phone } from "./phone.ts";
import { FullRail, Room } from "./scenes.tsx";

/** The door: what joining means, with and without a basket, and why the visitor is here again. */
export function JoinView({ phone }: { phone: Phone }) {
  const { basket, busy, farewell } = phone;
  const joining = busy.value === "join";
  const [first, second] = title(farewell.value);
  return (
    <>
      <Room>{farewell.value ? <EmptyRail railY={58} floorY={262} height={312} /> : <FullRail />}</Room>
      <div class="edge" />
      <main class="sill">
        <h1 class="d f6" tabIndex={-1}>
          {first}
          <br />
          {second}
        </h1>
        <p class="q lead">{lead(farewell.value)}</p>
        <div class="why f1">
          {basket.value ? (
            <>
              <b>Basket {basket.value.number} is yours for this visit.</b>{" "}
              <span class="q">An offer can come when the basket is near a thing. First you say whether it may.</span>
            </>
          ) : (
            <>
              <b>No basket is with this phone.</b>{" "}
              <span class="q">
                You can join, but the shop will not know where you are, so no offer comes for where you stand. Scan the
                code on a basket to change that.
              </span>
            </>
          )}
        </div>
        <div class="ways">
          <button type="button" class="b go wide tall" aria-disabled={joining} onClick={() => void phone.join()}>
            {joining ? "Joining" : farewell.value ? "Join again" : "Join for this visit"}
          </button>
        </div>
      </main>
    </>
  );
}

function title(farewell: Phone["farewell"]["value"]): [string, string] {
  if (farewell === "erased") return ["Forgotten,", "as you asked"];
  if (farewell === "unknown") return ["This visit", "is over"];
  return ["Be a number,", "not a name"];
}

function lead(farewell: Phone["farewell"]["value"]): string {
  if (farewell === "erased")
    return "Your answers, your basket and your offers are gone, here and in the shop. What stays is a number that leads nowhere.";
  if (farewell === "unknown")
    return "The shop no longer knows this phone, so there is nothing to show. You can join again.";
  return "The shop gives this phone a number for the visit. No name, no account, no app. You can leave at any time.";
}

/** A basket's code was scanned by a phone that has joined already. */
export function BasketView({ phone }: { phone: Phone }) {
  const number = phone.basket.value?.number;
  const old = phone.basketShown.value;
  const working = phone.busy.value !== undefined;
  return (
    <>
      <Room>
        <FullRail />
      </Room>
      <div class="edge" />
      <main class="sill">
        <h1 class="d f6" tabIndex={-1}>
          Take basket {number}?
        </h1>
        <p class="q lead">
          This phone {old ? `is with basket ${old}` : "has no basket yet"}. To take basket {number} the shop forgets
          this number, with its answers and offers, and gives you a new one.
        </p>
        <div class="ways">
          <button type="button" class="b go wide tall" aria-disabled={working} onClick={() => void phone.startAgain()}>
            {working ? "Changing" : `Start again with basket ${number}`}
          </button>
          <button type="button" class="b bare wide" onClick={() => phone.leaveBasket()}>
            Stay as I am
          </button>
        </div>
      </main>
    </>
  );
}
