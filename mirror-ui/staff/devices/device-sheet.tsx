import type { JSX } from "preact";
import type { Device, DeviceDetail, Shop } from "#wire/views.ts";
import { Icon, type IconName } from "../../look/icons.tsx";
import type { Page } from "../page.ts";
import { devicePath, useAsk, usePolled } from "./asking.ts";
import { Charts } from "./charts.tsx";
import { ailments, conditionName, healthSentences, markOf } from "./condition.ts";
import { CredentialsAsk } from "./credentials.tsx";
import { DevicePlan } from "./device-plan.tsx";
import { RebootAsk, ReplaceAsk, RetireAsk, TareAsk } from "./device-questions.tsx";
import type { Adoption } from "./drafts.ts";
import { formatWords, kindName, nameOf, placeBelow, placeOf } from "./naming.ts";
import { requestWords } from "./request-words.ts";
import { Doing, Refused, Screen, Title, Waiting } from "./screen.tsx";
import { hrefOf } from "./where.ts";

export type DeviceProps = { page: Page; shop: Shop; device: Device; devices: Device[]; engineer: boolean };

/** A device and what can be done with it. The hash says which question is being asked. */
export function DevicePage(props: DeviceProps & { step: string; adoption: Adoption | undefined }): JSX.Element {
  const { step, engineer, adoption } = props;
  if (engineer && step === "tare") return <TareAsk {...props} />;
  if (engineer && step === "reboot") return <RebootAsk {...props} />;
  if (engineer && step === "retire") return <RetireAsk {...props} />;
  if (engineer && /^replace(:|$)/.test(step)) {
    const first = step === "replace" ? undefined : step.slice("replace:".length);
    const mapping = adoption?.id === first ? adoption?.mapping : undefined;
    return <ReplaceAsk {...props} first={first} mapped={first && mapping ? { id: first, mapping } : undefined} />;
  }
  if (engineer && step === "password") return <CredentialsAsk {...props} />;
  return <Sheet {...props} />;
}

const refreshMs = 5_000;

function Sheet({ page, shop, device, devices, engineer }: DeviceProps): JSX.Element {
  const detail = usePolled<DeviceDetail>(devicePath(device.id), refreshMs);
  const now = page.now.value;
  const place = placeOf(device, shop);
  const lastHour = detail.value ? (
    <Charts detail={detail.value} now={now} shop={shop} />
  ) : detail.trouble ? (
    <Refused trouble={detail.trouble} />
  ) : (
    <Waiting words="The last hour is on its way." />
  );
  const { wide } = page;
  return (
    <Screen
      page={page}
      shop={shop}
      back={{ href: hrefOf({ page: "fleet" }), name: "Devices" }}
      paneSize="low"
      pane={
        wide.value ? (
          <div class="scroll hour">
            <h2 class="d f4">The last hour</h2>
            {lastHour}
          </div>
        ) : (
          <div class="plan-room">
            <DevicePlan page={page} shop={shop} devices={devices} framed={place} />
          </div>
        )
      }
      foot={device.state !== "retired" && <Blink page={page} shop={shop} device={device} />}
    >
      <div class="list one">
        <Title big>{nameOf(device, shop)}</Title>
        <p class="q">{place ? placeBelow(place, nameOf(device, shop), shop) : "It belongs nowhere."}</p>
        <Health page={page} shop={shop} device={device} />
        {!wide.value && (
          <>
            <h2 class="sub-title">
              <b>The last hour</b>
            </h2>
            {lastHour}
          </>
        )}
        <Facts device={device} shop={shop} />
        {engineer ? <Ways device={device} /> : <p class="f1 qq">Ask an engineer to change more than this.</p>}
      </div>
    </Screen>
  );
}

function Health({ page, shop, device }: Pick<DeviceProps, "page" | "shop" | "device">): JSX.Element {
  const sentences = healthSentences(device, { now: page.now.value, shop });
  const found = ailments(device);
  return (
    <ul class="health-lines">
      {found.map((condition, index) => (
        <li key={condition} class="row">
          <span class={`mark ${markOf[condition]}`} role="img" aria-label={conditionName[condition]} />
          <span>{sentences[index]}</span>
        </li>
      ))}
    </ul>
  );
}

function Blink({ page, shop, device }: Pick<DeviceProps, "page" | "shop" | "device">): JSX.Element {
  const { busy, trouble, ask } = useAsk();
  const waits = busy !== undefined || (device.request?.command === "identify" && device.request.state === "sent");
  return (
    <>
      <Answer device={device} now={page.now.value} shop={shop} />
      <Refused trouble={trouble} />
      <Doing
        busy={waits}
        doing="Asking it to blink"
        onClick={() => void ask("identify", "POST", devicePath(device.id, "commands"), { command: "identify" })}
      >
        Make it blink
      </Doing>
    </>
  );
}

/** How the newest request went; said aloud when it changes. */
export function Answer({ device, now, shop }: { device: Device; now: number; shop: Shop }): JSX.Element {
  const answer = requestWords(device, now, shop);
  return (
    <p class={`answer f1${answer ? " row" : ""}`} role="status">
      {answer && <span class={`mark ${answer.mark}`} />}
      {answer?.words}
    </p>
  );
}

function Facts({ device, shop }: { device: Device; shop: Shop }): JSX.Element {
  const write = (value: number) => new Intl.NumberFormat(shop.locale).format(value);
  const facts: [string, string | undefined][] = [
    ["Kind", kindName(device.kind)],
    ["Maker", formatWords(device.format)],
    ["Firmware", device.firmware],
    ["Hardware", device.id],
    [
      "Battery",
      device.health?.batteryPercent === undefined ? undefined : `${Math.round(device.health.batteryPercent)} %`,
    ],
    ["Messages", device.health && `${write(device.health.received)} heard, ${write(device.health.lost)} lost`],
    ["Restarts", device.health && write(device.health.restarts)],
  ];
  return (
    <dl class="facts f1 n">
      {facts.map(
        ([name, value]) =>
          value !== undefined && (
            <div key={name}>
              <dt class="q">{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

type Way = { href: string; icon: IconName; name: string };

function Ways({ device }: { device: Device }): JSX.Element {
  const to = (step: string) => hrefOf({ page: "device", id: device.id }, step);
  const password: Way = { href: to("password"), icon: "shield", name: "Its password" };
  const again: Way = { href: hrefOf({ page: "adopt", id: device.id }), icon: "map-pin", name: "Put it to use again" };
  const inUse: Way[] = [
    ...(device.kind === "shelf" ? [{ href: to("tare"), icon: "weight" as const, name: "Set it to zero" }] : []),
    { href: to("reboot"), icon: "turn", name: "Restart it" },
    { href: hrefOf({ page: "adopt", id: device.id }), icon: "map-pin", name: "Rename or move it" },
    { href: to("replace"), icon: "swap", name: "Put another in its place" },
    password,
    { href: to("retire"), icon: "x", name: "Retire it" },
  ];
  const ways = device.state === "retired" ? [again, password] : inUse;
  return (
    <ul class="rows ways">
      {ways.map(({ href, icon, name }) => (
        <li key={href}>
          <a href={href}>
            <Icon name={icon} />
            <span class="grow">{name}</span>
            <Icon name="chevron-right" />
          </a>
        </li>
      ))}
    </ul>
  );
}
