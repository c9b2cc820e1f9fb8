import type { JSX } from "preact";
import type { Device, MediaStatus, Shop } from "#wire/views.ts";
import { ago, clockTime } from "../look/time.ts";
import type { Page } from "./page.ts";
import { calledBy, countAnswering, displaced, staffName } from "./words.ts";

type Props = { page: Page; shop: Shop };

const markOf = { online: "fine", offline: "stop", unseen: "unseen", pending: "wait", retired: "unseen" } as const;

/** Which devices answer. Those that do not come first. */
export function DeviceList({ page, shop }: Props): JSX.Element {
  const gone = displaced(page.devices.value.values());
  const order: Device["state"][] = ["offline", "pending", "unseen", "online", "retired"];
  const devices = [...page.devices.value.values()]
    .filter(({ id, state }) => state !== "retired" && !gone.has(id))
    .sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || a.id.localeCompare(b.id));
  return (
    <section class="list">
      <h1 class="d f4">{answering(page)}</h1>
      <p class="part">
        <a class="b" href="/staff/devices">
          On the plan, and what is new
        </a>
      </p>
      <ul class="rows f1 n">
        {devices.map((device) => (
          <li key={device.id}>
            <div>
              <span class={`mark ${markOf[device.state]}`} />
              <b class="grow">{calledBy(device, shop)}</b>
              <span class="q">{deviceWords(device, page.now.value, shop)}</span>
            </div>
          </li>
        ))}
      </ul>
      {devices.length === 0 && <p class="q">No device is known yet. Switch one on and it will stand here.</p>}
    </section>
  );
}

function deviceWords(device: Device, now: number, shop: Shop): string {
  if (device.state === "unseen") return "not heard yet";
  if (device.state === "pending") return "new, belongs nowhere yet";
  if (device.state === "online") return device.lastSeenAt ? ago(device.lastSeenAt, now, shop.locale) : "answers";
  return device.lastSeenAt ? `silent since ${clockTime(device.lastSeenAt, shop)}` : "silent";
}

/** "14 of 15 devices answer". */
export function answering(page: Page): string {
  const { online, all } = countAnswering(page.devices.value.values());
  return `${online} of ${all} devices answer`;
}

/** The video, this page's line and who holds the page. */
export function HealthSheet({ page, shop }: Props): JSX.Element {
  const me = page.me.value;
  return (
    <div class="list">
      {page.wide.value && <h2 class="d f4">The rest</h2>}
      <section class="part">
        <h2>
          <b>Video from the mirrors</b>
        </h2>
        <Media page={page} />
        <MirrorLines page={page} shop={shop} />
      </section>
      <section class="part">
        <h2>
          <b>This page</b>
        </h2>
        <p class="q">{lineWords(page, shop)}</p>
        <BellSwitches page={page} />
      </section>
      <section class="part row sp">
        <p>
          <b>You are {me ? staffName(me, shop) : "not chosen"}.</b>
          <span class="q line">What you take carries this name.</span>
        </p>
        <p class="row">
          <a class="b" href="/staff#account">
            Your account
          </a>
          <button type="button" class="b" onClick={() => void page.change()}>
            Change
          </button>
        </p>
      </section>
    </div>
  );
}

/** Off by default; only for what cannot wait, and for what nobody looks at. */
function BellSwitches({ page: { bell } }: { page: Page }): JSX.Element {
  return (
    <ul class="switches">
      <BellSwitch name="Sound" on={bell.sound.value} says="Two soft notes" turn={(on) => bell.turn("sound", on)} />
      {bell.canVibrate && (
        <BellSwitch
          name="Vibration"
          on={bell.vibration.value}
          says="Two short ones"
          turn={(on) => bell.turn("vibration", on)}
        />
      )}
    </ul>
  );
}

function BellSwitch(props: { name: string; on: boolean; says: string; turn(on: boolean): void }): JSX.Element {
  const { name, on, says, turn } = props;
  return (
    <li>
      <span class="grow">
        {name}
        <span class="f1 q line">
          {on ? `${says} when something cannot wait, or nobody looks. On this device only.` : "Off on this device."}
        </span>
      </span>
      <button type="button" role="switch" class="turn" aria-checked={on} aria-label={name} onClick={() => turn(!on)}>
        <span class={on ? "sw on" : "sw"} />
      </button>
    </li>
  );
}

function Media({ page }: { page: Page }): JSX.Element {
  const media = page.media.value;
  if (!media) return <p class="q">Nothing is known of it yet.</p>;
  const percent = Math.round(media.progress * 100);
  return (
    <>
      <p class="row q">
        <span class={`mark ${{ preparing: "wait", ready: "fine", failed: "stop" }[media.state]}`} />
        {mediaWords(media.state)} {media.step}
      </p>
      {media.state === "preparing" && (
        <progress class="bar" max={100} value={percent} aria-label={`Preparing the video, ${percent} %`} />
      )}
    </>
  );
}

function mediaWords(state: "preparing" | "ready" | "failed"): string {
  if (state === "preparing") return "Being prepared.";
  return state === "ready" ? "Ready." : "It did not start.";
}

function MirrorLines({ page, shop }: Props): JSX.Element {
  return (
    <ul class="f1 q n">
      {shop.mirrors.map(({ id, name }) => {
        const mirror = page.mirrors.value.get(id);
        const watching = mirror?.viewers === 1 ? "one friend watches" : `${mirror?.viewers ?? 0} friends watch`;
        return (
          <li key={id}>
            {name}: {mirror?.sharing ? `shared, ${watching}` : "shared with no one"}
          </li>
        );
      })}
    </ul>
  );
}

function lineWords(page: Page, shop: Shop): string {
  const line = page.connection.value;
  if (line.state === "live") return `Live since ${clockTime(line.since, shop)}.`;
  if (line.state === "lost") return `Lost since ${clockTime(line.since, shop)}. It is trying again by itself.`;
  return "Connecting.";
}

function videoWords(media: MediaStatus | undefined): string {
  if (!media) return "not known yet";
  if (media.state === "preparing") return `${Math.round(media.progress * 100)} % prepared`;
  return media.state === "ready" ? "ready" : "did not start";
}

/** The strip along the bottom of a wide page. */
export function HealthStrip({ page, shop }: Props): JSX.Element {
  const media = page.media.value;
  const shelves = page.shelves.value;
  const seen = shelves.filter(({ answers }) => answers).length;
  const { online, all } = countAnswering(page.devices.value.values());
  const sharing = shop.mirrors.filter(({ id }) => page.mirrors.value.get(id)?.sharing).length;
  const mirrorsUp = shop.mirrors.filter(({ id }) => page.devices.value.get(id)?.state !== "offline").length;
  const cells = [
    {
      name: "Devices",
      mark: online === all ? "fine" : "stop",
      says: `${online} of ${all} answer`,
    },
    { name: "Shelves", mark: seen === shelves.length ? "fine" : "unseen", says: `${seen} of ${shelves.length} count` },
    {
      name: "Mirrors",
      mark: mirrorsUp === shop.mirrors.length ? "fine" : "stop",
      says:
        mirrorsUp < shop.mirrors.length
          ? `${mirrorsUp} of ${shop.mirrors.length} answer`
          : `${sharing || "none"} shared`,
    },
    {
      name: "Video",
      mark: media?.state === "ready" ? "fine" : media?.state === "failed" ? "stop" : "wait",
      says: videoWords(media),
    },
  ];
  return (
    <footer class="health f1 n">
      {cells.map(({ name, mark, says }) => (
        <div key={name}>
          <span class="row">
            <span class={`mark ${mark}`} />
            <b>{name}</b>
          </span>
          <span class="q">{says}</span>
        </div>
      ))}
    </footer>
  );
}
