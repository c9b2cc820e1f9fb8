import type { ComponentChildren, JSX } from "preact";
import type { Shop } from "#wire/views.ts";
import { Icon } from "../../look/icons.tsx";
import type { QuestionProps } from "./adopt.tsx";
import { assign, type Choice, choicesOf, placeKind, platesFor, suggestPlates } from "./adoption.ts";
import { devicePath, useAsk } from "./asking.ts";
import { DevicePlan, kindIcon } from "./device-plan.tsx";
import { kindName, kinds, nameOf, placeWords, suggestName } from "./naming.ts";
import { LiveRow, PlateRows, usePlateShelf } from "./plate-rows.tsx";
import { Doing, Refused, Screen, Title } from "./screen.tsx";
import { hrefOf } from "./where.ts";

type AskedProps = QuestionProps & {
  title: string;
  pane?: ComponentChildren;
  paneSize?: "high" | "tall";
  foot: ComponentChildren;
  children: ComponentChildren;
};

function Asked({ page, shop, back, progress, title, pane, paneSize, foot, children, adoption }: AskedProps) {
  return (
    <Screen page={page} shop={shop} back={back} pane={pane} {...(paneSize ? { paneSize } : {})} foot={foot} asking>
      <div class="list one">
        <Progress {...progress} />
        <Title key={title} big>
          {title}
        </Title>
        <p class="f1 qq">
          <code>{adoption.mapping?.topic ?? adoption.id}</code>
        </p>
        {children}
      </div>
    </Screen>
  );
}

function Progress({ nth, of }: { nth: number; of: number }): JSX.Element {
  return (
    <div class="progress f1 q n">
      <span>
        {nth} of {of}
      </span>
      <span class="bars" aria-hidden="true">
        {Array.from({ length: of }, (_, index) => (
          <i key={index} class={index < nth ? "on" : ""} />
        ))}
      </span>
    </div>
  );
}

function Next({ disabled = false, onClick }: { disabled?: boolean; onClick(): void }): JSX.Element {
  return (
    <button type="button" class="b go" disabled={disabled} onClick={onClick}>
      Next
    </button>
  );
}

export function AskKind(props: QuestionProps): JSX.Element {
  const { page, shop, devices, adoption, change, next } = props;
  // What it speaks says what it is; the gateway takes it for nothing else.
  const spoken = devices.find(({ id }) => id === adoption.id)?.kind;
  return (
    <Asked
      {...props}
      title="What is it?"
      pane={
        page.wide.value && (
          <div class="plan-room">
            <DevicePlan page={page} shop={shop} devices={devices} />
          </div>
        )
      }
      foot={<Next disabled={!adoption.kind} onClick={next} />}
    >
      <fieldset class="plain-set" aria-label="What is it?">
        <ul class="rows picks">
          {kinds.map(({ kind, one, about }) => (
            <li key={kind}>
              <label class={spoken && spoken !== kind ? "taken" : ""}>
                <input
                  type="radio"
                  name="kind"
                  disabled={spoken !== undefined && spoken !== kind}
                  checked={adoption.kind === kind}
                  onChange={() => change({ kind, place: undefined, plates: undefined })}
                />
                <Icon name={kindIcon[kind]} />
                <span class="grow">
                  <b>{one}</b>
                  <span class="line f1 q">{spoken === kind ? `It speaks as one. ${about}` : about}</span>
                </span>
              </label>
            </li>
          ))}
        </ul>
      </fieldset>
      <Dismiss page={page} id={adoption.id} />
    </Asked>
  );
}

/** Somebody else's device, heard through the wall: the gateway does not offer it again for a day. */
function Dismiss({ page, id }: { page: QuestionProps["page"]; id: string }): JSX.Element {
  const { busy, trouble, ask } = useAsk();
  const dismiss = async () => {
    const gone = await ask("dismiss", "POST", devicePath(id, "dismiss"), {});
    if (gone.ok) page.go(hrefOf({ page: "fleet" }), true);
  };
  return (
    <div class="after">
      <Refused trouble={trouble} />
      <Doing kind="bare" busy={busy !== undefined} doing="Forgetting it" onClick={() => void dismiss()}>
        It is not ours, forget it
      </Doing>
    </div>
  );
}

export function AskPlace(props: QuestionProps): JSX.Element {
  const { page, shop, devices, adoption, change, next, live, hint, isMoved } = props;
  const choices = choicesOf(adoption, hint, { shop, devices });
  const chosen = choices.find(({ place }) => place.id === adoption.place?.id);
  // What is new can take another's place; what has a place already cannot.
  const isHeard = devices.some(({ id, kind }) => id === adoption.id && kind === adoption.kind);
  const mayReplace = !isMoved && (isHeard || adoption.mapping !== undefined);
  const choose = ({ place, taken }: Choice) => {
    if (place.id === adoption.place?.id || (taken && !mayReplace)) return;
    change({ place, plates: undefined, ...(isMoved ? {} : { name: undefined }) });
  };
  const onPlan = (id: string) => {
    const choice = choices.find(({ place }) => place.id === id);
    if (choice) choose(choice);
  };
  const goOn = () => {
    if (!chosen?.taken) return next();
    page.go(hrefOf({ page: "device", id: chosen.taken.id }, `replace:${adoption.id}`));
  };
  const pick = { what: placeKind[adoption.kind ?? "shelf"], chosen: onPlan };
  return (
    <Asked
      {...props}
      title="Where does it stand?"
      pane={
        <div class="plan-room">
          <DevicePlan page={page} shop={shop} devices={devices} framed={adoption.place} pick={pick} />
        </div>
      }
      foot={
        <>
          <p class="answer f1" role="status">
            {chosen ? placeWords(chosen.place, shop) : "Touch it on the plan, or choose it from the list."}
          </p>
          <Next disabled={!chosen} onClick={goOn} />
        </>
      }
    >
      {adoption.kind === "shelf" && <LiveRow live={live} shop={shop} />}
      <fieldset class="plain-set" aria-label="Where does it stand?">
        <ul class="rows picks">
          {choices.map((choice) => (
            <PlaceRow
              key={choice.place.id}
              choice={choice}
              shop={shop}
              checked={choice === chosen}
              mayReplace={mayReplace}
              choose={() => choose(choice)}
            />
          ))}
        </ul>
      </fieldset>
    </Asked>
  );
}

function PlaceRow(props: { choice: Choice; shop: Shop; checked: boolean; mayReplace: boolean; choose(): void }) {
  const { choice, shop, checked, mayReplace, choose } = props;
  const { name, about, taken, likely } = choice;
  const there = taken && `${nameOf(taken, shop)} speaks there${taken.state === "offline" ? " no more" : ""}.`;
  const closed = taken !== undefined && !mayReplace;
  return (
    <li>
      <label class={closed ? "taken" : ""}>
        <input type="radio" name="place" disabled={closed} checked={checked} onChange={choose} />
        <span class="grow">
          <b>{name}</b>
          <span class="line f1 q">
            {there ? `${there} ${closed ? "Retire it first." : "This one can take its place."}` : about}
          </span>
        </span>
        {likely && !taken && <span class="f1 q">by its name</span>}
      </label>
    </li>
  );
}

export function AskPlates(props: QuestionProps): JSX.Element {
  const { page, shop, devices, adoption, change, next, live } = props;
  const shelfId = adoption.place?.id ?? "";
  const free = platesFor(shelfId, adoption.id, { shop, devices });
  const own = live.plates.map(({ plate }) => plate);
  const plates = adoption.plates ?? suggestPlates(own, free);
  const shelf = usePlateShelf(page, shelfId);
  const none = own.length > 0 && Object.keys(plates).length === 0;
  return (
    <Asked
      {...props}
      title="Which plate is which?"
      paneSize="tall"
      pane={shelf?.picture(live.moved === undefined ? undefined : plates[live.moved])}
      foot={
        <Next
          disabled={none}
          onClick={() => {
            if (own.length > 0) change({ plates });
            next();
          }}
        />
      }
    >
      <p class="q">
        {own.length === 0
          ? "It has not weighed anything yet, so its plates are taken as they are numbered. They can be changed later."
          : "Press on one plate of the shelf. The one that moves here is that plate."}
      </p>
      <PlateRows
        live={live}
        shop={shop}
        plates={plates}
        choices={(shelf?.names ?? []).filter(({ plate }) => free.includes(plate))}
        change={(plate, to) => change({ plates: assign(plates, plate, to) })}
      />
    </Asked>
  );
}

export function AskName(props: QuestionProps): JSX.Element {
  const { page, shop, adoption, change, next, devices, isMoved } = props;
  const { busy, trouble, ask } = useAsk();
  const { kind = "shelf", place } = adoption;
  const suggested = place ? suggestName(kind, place, shop) : kindName(kind);
  const name = adoption.name ?? suggested;
  const adopt = async () => {
    if (!place) return;
    const { plates, mapping, id } = adoption;
    const withPlates = kind === "shelf" && plates && Object.keys(plates).length > 0 ? { plates } : {};
    const body = { name: name.trim(), kind, place, ...withPlates, ...(mapping ? { mapping } : {}) };
    const done = await ask("adopt", "POST", devicePath(id, "adopt"), body);
    if (!done.ok) return;
    change({ name: name.trim() });
    next();
  };
  return (
    <Asked
      {...props}
      title="What is it called?"
      paneSize="high"
      pane={
        <div class="plan-room">
          <DevicePlan page={page} shop={shop} devices={devices} framed={place} />
        </div>
      }
      foot={
        <>
          <Refused trouble={trouble} />
          <Doing
            busy={busy !== undefined}
            doing="Adopting it"
            disabled={name.trim() === ""}
            onClick={() => void adopt()}
          >
            {isMoved ? "Keep it so" : "Adopt it"}
          </Doing>
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void adopt();
        }}
      >
        <label class="fields">
          <span class="f1 q">People will read this when it needs a hand.</span>
          <input
            class="fld"
            aria-label="Its name"
            value={name}
            maxLength={60}
            enterKeyHint="done"
            onInput={(event) => change({ name: event.currentTarget.value })}
          />
        </label>
      </form>
      {place && <p class="q after">It stands at {placeWords(place, shop)}.</p>}
    </Asked>
  );
}
