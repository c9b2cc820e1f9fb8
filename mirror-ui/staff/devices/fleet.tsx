import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Device, Shop } from "#wire/views.ts";
import { Icon } from "../../look/icons.tsx";
import type { Page } from "../page.ts";
import { countAnswering } from "../words.ts";
import { byNeed, type Condition, conditionName, conditionOf, healthLine, markOf, needsAHand } from "./condition.ts";
import { DevicePlan, kindIcon } from "./device-plan.tsx";
import { type DeviceKind, kinds, nameOf, placeOf, placeWords } from "./naming.ts";
import { Screen, Title } from "./screen.tsx";
import { hrefOf } from "./where.ts";

type Props = { page: Page; shop: Shop; devices: Device[]; engineer: boolean };

/** More rows than this are found by searching. */
const mostRows = 120;

/** Every device on the plan, and as a list with those first that need a hand. */
export function Fleet({ page, shop, devices, engineer }: Props): JSX.Element {
  const [kind, setKind] = useState<DeviceKind | undefined>(undefined);
  const [words, setWords] = useState("");
  const ours = devices.filter(({ state }) => state !== "retired");
  const shown = ours.filter((device) => (kind === undefined || device.kind === kind) && isFound(device, words, shop));
  const open = (id: string) => page.go(linkOf(devices.find((one) => one.id === id) ?? { id, state: "online" }));
  return (
    <Screen
      page={page}
      shop={shop}
      back={{ href: "/staff#health", name: "Health" }}
      pane={
        <>
          {page.wide.value && <p class="phead d f4">{answeringWords(ours)}</p>}
          <div class="plan-room">
            <DevicePlan page={page} shop={shop} devices={shown} pick={{ what: "device", chosen: open }} />
          </div>
          <Tray
            devices={ours.filter(({ state }) => state === "pending")}
            topics={engineer ? (page.inbox.value?.topics ?? 0) : 0}
            shop={shop}
          />
          {page.wide.value && <Legend />}
        </>
      }
    >
      <div class="list fleet">
        <Title>{titleWords(ours)}</Title>
        {!page.wide.value && <p class="q">{answeringWords(ours)}.</p>}
        <Find kinds={kindsIn(ours)} kind={kind} setKind={setKind} words={words} setWords={setWords} />
        <Rows devices={shown} page={page} shop={shop} />
        {shown.length === 0 && <p class="q none">{noneWords(ours.length)}</p>}
        <Elsewhere page={page} engineer={engineer} />
      </div>
    </Screen>
  );
}

function titleWords(devices: Device[]): string {
  const count = devices.filter(needsAHand).length;
  if (count === 0) return "Nothing needs a hand";
  return count === 1 ? "One needs a hand" : `${count} need a hand`;
}

function answeringWords(devices: Device[]): string {
  const { online, all } = countAnswering(devices);
  return `${online} of ${all} devices answer`;
}

function noneWords(all: number): string {
  return all === 0
    ? "No device is known yet. Switch one on and it will stand here."
    : "None of the devices is called that. Try fewer letters, or another kind.";
}

function isFound(device: Device, words: string, shop: Shop): boolean {
  const place = placeOf(device, shop);
  const text = [nameOf(device, shop), device.id, device.format, place && placeWords(place, shop)]
    .join(" ")
    .toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

const kindsIn = (devices: Device[]) => kinds.filter(({ kind }) => devices.some((device) => device.kind === kind));

/** A new device opens the question where it belongs; any other its own page. */
export function linkOf({ id, state }: Pick<Device, "id" | "state">): string {
  return hrefOf(state === "pending" ? { page: "adopt", id } : { page: "device", id });
}

function Find(props: {
  kinds: typeof kinds;
  kind: DeviceKind | undefined;
  setKind(kind: DeviceKind | undefined): void;
  words: string;
  setWords(words: string): void;
}): JSX.Element {
  const choices = [{ kind: undefined, many: "All" }, ...props.kinds];
  return (
    <search class="find">
      <fieldset class="seg f1" aria-label="Which kind">
        {choices.map(({ kind, many }) => (
          <button key={many} type="button" aria-pressed={props.kind === kind} onClick={() => props.setKind(kind)}>
            {many}
          </button>
        ))}
      </fieldset>
      <label class="seek">
        <span class="hidden">Find a device</span>
        <Icon name="search" />
        <input
          class="fld"
          type="search"
          placeholder="Name, place or number"
          value={props.words}
          maxLength={60}
          onInput={(event) => props.setWords(event.currentTarget.value)}
        />
      </label>
    </search>
  );
}

function Rows({ devices, page, shop }: { devices: Device[]; page: Page; shop: Shop }): JSX.Element {
  const sorted = [...devices].sort(byNeed);
  return (
    <>
      <ul class="rows devs n">
        {sorted.slice(0, mostRows).map((device) => {
          const condition = conditionOf(device);
          return (
            <li key={device.id} data-condition={condition}>
              <a href={linkOf(device)}>
                <span class={`mark ${markOf[condition]}`} role="img" aria-label={conditionName[condition]} />
                <span class="grow">
                  <b>{device.state === "pending" ? device.id : nameOf(device, shop)}</b>
                  <span class="line f1 q">{healthLine(device, { now: page.now.value, shop })}</span>
                </span>
                <Icon name={kindIcon[device.kind]} class="kind" />
              </a>
            </li>
          );
        })}
      </ul>
      {sorted.length > mostRows && (
        <p class="f1 q">And {sorted.length - mostRows} more that are less urgent. Search to find one.</p>
      )}
    </>
  );
}

/** Those that belong nowhere yet stand beside the plan, not on it. */
function Tray({ devices, topics, shop }: { devices: Device[]; topics: number; shop: Shop }): JSX.Element | null {
  if (devices.length === 0 && topics === 0) return null;
  return (
    <section class="tray" aria-label="New devices">
      <span class="f1 q">New</span>
      <ul>
        {devices.slice(0, 12).map((device) => (
          <li key={device.id}>
            <a class="b" href={linkOf(device)}>
              <Icon name={kindIcon[device.kind]} />
              {nameOf(device, shop)}
            </a>
          </li>
        ))}
        {topics > 0 && (
          <li>
            <a class="b" href={hrefOf({ page: "inbox" })}>
              <Icon name="inbox" />
              {topics === 1 ? "1 that no one can read" : `${topics} that no one can read`}
            </a>
          </li>
        )}
      </ul>
    </section>
  );
}

const told: Condition[] = ["offline", "battery", "fine", "unseen"];

function Legend(): JSX.Element {
  return (
    <div class="legend f1 q">
      {told.map((condition) => (
        <span key={condition}>
          <span class={`mark ${markOf[condition]}`} />
          {condition === "battery" ? "ails" : conditionName[condition]}
        </span>
      ))}
    </div>
  );
}

function Elsewhere({ page, engineer }: { page: Page; engineer: boolean }): JSX.Element {
  if (!engineer) return <p class="f1 qq">Is one of them ill or new? Ask an engineer: only they may change devices.</p>;
  const topics = page.inbox.value?.topics;
  return (
    <>
      <h2 class="f1 qq">Also here</h2>
      <ul class="rows f1 n">
        <li>
          <a href={hrefOf({ page: "inbox" })}>
            <Icon name="inbox" />
            <b class="grow">Inbox</b>
            <span class="q">{topics ? `${topics} that no one could read` : "what no one could read"}</span>
          </a>
        </li>
        <li>
          <a href={hrefOf({ page: "rollouts" })}>
            <Icon name="upload" />
            <b class="grow">New firmware</b>
            <span class="q">roll it out in steps</span>
          </a>
        </li>
        <li>
          <a href={hrefOf({ page: "audit" })}>
            <Icon name="user" />
            <b class="grow">Who did what</b>
          </a>
        </li>
      </ul>
    </>
  );
}
