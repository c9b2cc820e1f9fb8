import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import type { Device, DeviceDetail, DeviceMapping, Shop } from "#wire/views.ts";
import { Icon } from "../../look/icons.tsx";
import type { Page } from "../page.ts";
import { devicePath, useAsk, usePolled } from "./asking.ts";
import { withUnit } from "./chart-line.ts";
import { healthLine } from "./condition.ts";
import { DevicePlan, kindIcon } from "./device-plan.tsx";
import { kindName, nameOf, placeOf, placeWords } from "./naming.ts";
import { requestWords } from "./request-words.ts";
import { Doing, Refused, Screen, Title } from "./screen.tsx";
import { hrefOf } from "./where.ts";

type Props = { page: Page; shop: Shop; device: Device; devices: Device[] };

/** One question about a device, asked before it is done: what will happen, and two ways out. */
export function Question(props: Props & { title: string; children: ComponentChildren; foot: ComponentChildren }) {
  const { page, shop, device, devices, title, children, foot } = props;
  return (
    <Screen
      page={page}
      shop={shop}
      back={{ href: hrefOf({ page: "device", id: device.id }), name: nameOf(device, shop) }}
      paneSize="low"
      asking
      pane={
        <div class="plan-room">
          <DevicePlan page={page} shop={shop} devices={devices} framed={placeOf(device, shop)} />
        </div>
      }
      foot={foot}
    >
      <div class="list one">
        <Title big>{title}</Title>
        {children}
      </div>
    </Screen>
  );
}

function Keep({ device, words }: { device: Device; words: string }): JSX.Element {
  return (
    <a class="b" href={hrefOf({ page: "device", id: device.id })}>
      {words}
    </a>
  );
}

/** Sends a command and goes back to the device, whose page tells how it went. */
function useCommand(page: Page, device: Device, request: { command: "tare"; empty: true } | { command: "reboot" }) {
  const { busy, trouble, ask } = useAsk();
  return {
    busy: busy !== undefined,
    trouble,
    async send() {
      const sent = await ask(request.command, "POST", devicePath(device.id, "commands"), request);
      if (sent.ok) page.go(hrefOf({ page: "device", id: device.id }), true);
    },
  };
}

export function TareAsk(props: Props): JSX.Element {
  const { page, shop, device } = props;
  const [empty, setEmpty] = useState(false);
  const { busy, trouble, send } = useCommand(page, device, { command: "tare", empty: true });
  const detail = usePolled<DeviceDetail>(devicePath(device.id), 1_000);
  const plates = detail.value?.values.filter(({ unit }) => unit === "g") ?? [];
  return (
    <Question
      {...props}
      title="Is everything off it?"
      foot={
        <>
          <Refused trouble={trouble} />
          <div class="fit">
            <Doing busy={busy} doing="Setting to zero" disabled={!empty} onClick={() => void send()}>
              Set it to zero
            </Doing>
            <Keep device={device} words="Leave it" />
          </div>
        </>
      }
    >
      <p class="q">
        What the scale feels now will count as nothing. With goods still on it every count after this would be wrong, so
        take them all off first.
      </p>
      <ul class="rows f1 n">
        {plates.map(({ name, unit, points }) => (
          <li key={name}>
            <div>
              <span class="grow">{name}</span>
              <b>{withUnit(points.at(-1)?.[1] ?? 0, unit, shop.locale)}</b>
            </div>
          </li>
        ))}
      </ul>
      <label class="tick">
        <input type="checkbox" checked={empty} onChange={(event) => setEmpty(event.currentTarget.checked)} />
        <span>I have taken everything off.</span>
      </label>
    </Question>
  );
}

export function RebootAsk(props: Props): JSX.Element {
  const { busy, trouble, send } = useCommand(props.page, props.device, { command: "reboot" });
  return (
    <Question
      {...props}
      title="Restart it?"
      foot={
        <>
          <Refused trouble={trouble} />
          <div class="fit">
            <Doing busy={busy} doing="Asking it" onClick={() => void send()}>
              Restart it
            </Doing>
            <Keep device={props.device} words="Leave it" />
          </div>
        </>
      }
    >
      <p class="q">
        It is away for half a minute or so. What it measured so far is kept, and nobody is told that it is silent unless
        it stays away.
      </p>
    </Question>
  );
}

export function RetireAsk(props: Props): JSX.Element {
  const { page, shop, device } = props;
  const { busy, trouble, ask } = useAsk();
  const place = placeOf(device, shop);
  const retire = async () => {
    const done = await ask("retire", "POST", devicePath(device.id, "retire"), {});
    if (done.ok) page.go(hrefOf({ page: "fleet" }), true);
  };
  return (
    <Question
      {...props}
      title={`Retire ${nameOf(device, shop)}?`}
      foot={
        <>
          <Refused trouble={trouble} />
          <div class="fit">
            <Doing kind="danger" busy={busy !== undefined} doing="Retiring it" onClick={() => void retire()}>
              Retire it
            </Doing>
            <Keep device={device} words="Keep it" />
          </div>
        </>
      }
    >
      <p class="q">
        Nothing it says will count any more.{" "}
        {place
          ? `${placeWords(place, shop)} stays without a ${kindName(device.kind).toLowerCase()} until another is put there.`
          : ""}{" "}
        What it counted until now is kept.
      </p>
      <p class="q">
        If another takes its place, choose “Put another in its place” instead. If it leaves the shop, take its password
        away as well: it works until then.
      </p>
    </Question>
  );
}

/** `first`: the hardware that is chosen already. `mapped`: one that only the inbox knows, and how it is read. */
export function ReplaceAsk(
  props: Props & { first: string | undefined; mapped?: { id: string; mapping: DeviceMapping } | undefined },
): JSX.Element {
  const { page, shop, device, devices, mapped } = props;
  const [wanted, setWanted] = useState(props.first);
  const { busy, trouble, ask } = useAsk();
  const waiting = devices.filter(
    ({ id, state, kind }) => state === "pending" && kind === device.kind && id !== mapped?.id,
  );
  const successor = [...(mapped ? [mapped.id] : []), ...waiting.map(({ id }) => id)].find((id) => id === wanted);
  const replace = async () => {
    const withMapping = mapped && successor === mapped.id ? { mapping: mapped.mapping } : {};
    const done = await ask("replace", "POST", devicePath(device.id, "replace"), { successor, ...withMapping });
    if (done.ok && successor !== undefined) page.go(hrefOf({ page: "device", id: successor }), true);
  };
  return (
    <Question
      {...props}
      title="Which one takes its place?"
      foot={
        <>
          <Refused trouble={trouble} />
          <div class="fit">
            <Doing busy={busy !== undefined} doing="Replacing" disabled={!successor} onClick={() => void replace()}>
              Replace it
            </Doing>
            <Keep device={device} words="Leave it" />
          </div>
        </>
      }
    >
      <p class="q">
        {successor
          ? `${successor} takes the place, the name and the plates of ${nameOf(device, shop)}. The old one is retired.`
          : "Switch the new one on. As soon as it speaks it stands here."}
      </p>
      <fieldset class="plain-set" aria-label="New devices">
        <ul class="rows picks">
          {mapped && (
            <Successor
              {...{ id: mapped.id, kind: device.kind, about: `Speaks on ${mapped.mapping.topic}.` }}
              checked={successor === mapped.id}
              choose={() => setWanted(mapped.id)}
            />
          )}
          {waiting.map((one) => (
            <Successor
              key={one.id}
              {...{ id: one.id, kind: one.kind }}
              about={requestWords(one, page.now.value, shop)?.words ?? healthLine(one, { now: page.now.value, shop })}
              checked={successor === one.id}
              choose={() => setWanted(one.id)}
            />
          ))}
        </ul>
      </fieldset>
      {waiting.length === 0 && !mapped && (
        <p class="none">No new {kindName(device.kind).toLowerCase()} has spoken yet.</p>
      )}
    </Question>
  );
}

function Successor(props: { id: string; kind: Device["kind"]; about: string; checked: boolean; choose(): void }) {
  const { id, kind, about, checked, choose } = props;
  return (
    <li>
      <label>
        <input type="radio" name="successor" checked={checked} onChange={choose} />
        <Icon name={kindIcon[kind]} />
        <span class="grow">
          <b>{id}</b>
          <span class="line f1 q">{about}</span>
        </span>
      </label>
    </li>
  );
}
