import { distance, type Point } from "./floor-paths.ts";
import type { Random } from "./random.ts";
import type { Person, Plate, Shop, ShopItem } from "./shop.ts";

/** What a person does next. An errand is a list of these, worked off one after the other. */
export type Action =
  | { do: "walk"; to: Point }
  | { do: "wait"; ms: number }
  | { do: "face"; to: Point }
  | { do: "pick"; plate: Plate }
  | { do: "snatch"; plate: Plate }
  | { do: "pick-up"; plate: Plate; item: ShopItem }
  | { do: "put-back"; plate: Plate }
  | { do: "restock"; plate: Plate; handful: number }
  | { do: "take-basket"; minor: number }
  | { do: "return-basket" }
  | { do: "mirror"; mirror: string; sku?: string; ms: number }
  | { do: "leave-mirror" }
  | { do: "pay" }
  | { do: "leave" };

/** A person on an errand; `done` once the list is empty. */
export type Walker = { person: Person; step(ms: number): void; add(actions: Action[]): void; done(): boolean };

/** Of those who reach into a shelf so many rest an arm on it. */
const leansShare = 0.06;

/** People stroll at about a metre a second, each at a pace of their own. */
export function createWalker(shop: Shop, person: Person, random: Random): Walker {
  const metresPerSecond = Math.min(1.4, Math.max(0.6, random.normal(1, 0.15)));
  const queue: Action[] = [];
  let corners: Point[] | undefined;
  let busyMs = 0;
  /** What happens in the middle of a touch: the item leaves or lands while the hand is still there. */
  let inMidTouch: (() => void) | undefined;

  function walk(to: Point, ms: number) {
    corners ??= shop.world.paths.walk(person.at, to);
    let left = (metresPerSecond * ms) / 1000;
    let at = person.at;
    while (left > 0 && corners.length > 0) {
      const corner = corners[0]!;
      const far = distance(at, corner);
      if (far <= left) {
        at = corner;
        corners.shift();
      } else {
        at = [at[0] + ((corner[0] - at[0]) * left) / far, at[1] + ((corner[1] - at[1]) * left) / far];
      }
      left -= far;
    }
    shop.moveTo(person, at);
    if (corners.length > 0) return;
    corners = undefined;
    queue.shift();
  }
  function reach(plate: Plate, move: () => void, [least, most] = [700, 1_800]) {
    const touchMs = random.between(least, most);
    if (random.chance(leansShare)) shop.lean(plate);
    shop.touch(plate, touchMs);
    busyMs = touchMs * 0.55;
    inMidTouch = () => {
      move();
      busyMs = touchMs * 0.45;
    };
  }
  function begin(action: Exclude<Action, { do: "walk" }>) {
    queue.shift();
    switch (action.do) {
      case "wait":
        busyMs = action.ms;
        return;
      case "face":
        person.headingRad = Math.atan2(action.to[1] - person.at[1], action.to[0] - person.at[0]);
        return;
      case "pick":
        return reach(action.plate, () => shop.pick(person, action.plate));
      case "snatch":
        return reach(action.plate, () => shop.pick(person, action.plate), [350, 600]);
      case "pick-up":
        return reach(action.plate, () => shop.pick(person, action.plate, action.item));
      case "put-back": {
        const item = person.carrying.at(-1);
        if (item) reach(action.plate, () => shop.putBack(person, action.plate, item));
        return;
      }
      case "restock": {
        const room = action.plate.capacity - action.plate.items.length;
        const quantity = Math.min(action.handful, room);
        if (quantity > 0) reach(action.plate, () => shop.restock(person, action.plate, quantity));
        return;
      }
      case "take-basket":
        return shop.takeBasket(person, action.minor);
      case "return-basket":
        return shop.returnBasket(person);
      case "mirror":
        busyMs = action.ms;
        return shop.standAtMirror(person, action.mirror, action.sku);
      case "leave-mirror":
        return shop.leaveMirror(person);
      case "pay":
        return shop.pay(person);
      case "leave":
        return shop.leave(person);
    }
  }
  return {
    person,
    add: (actions) => queue.push(...actions),
    done: () => queue.length === 0 && busyMs <= 0 && !inMidTouch,
    step(ms) {
      if (busyMs > 0) {
        busyMs -= ms;
        if (busyMs > 0) return;
        const move = inMidTouch;
        inMidTouch = undefined;
        move?.();
        return;
      }
      const action = queue[0];
      if (action?.do === "walk") walk(action.to, ms);
      else if (action) begin(action);
    },
  };
}
