import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Device, Shop } from "#wire/views.ts";
import type { Page } from "../page.ts";
import { devicePath, useAsk } from "./asking.ts";
import { Question } from "./device-questions.tsx";
import { nameOf } from "./naming.ts";
import { Doing, Refused } from "./screen.tsx";
import { hrefOf } from "./where.ts";

type Props = { page: Page; shop: Shop; device: Device; devices: Device[] };
type Credentials = { username: string; password: string; url: string; qr?: string; topics?: Topics; advice?: string };
type Topics = string[] | { publish?: string[]; subscribe?: string[] };

/** A password of its own for a device: shown once, because the gateway keeps only its hash. */
export function CredentialsAsk(props: Props): JSX.Element {
  const { shop, device } = props;
  const [given, setGiven] = useState<Credentials | undefined>(undefined);
  const [gone, setGone] = useState(false);
  const { busy, trouble, ask } = useAsk();
  const make = async () => {
    const made = await ask<Credentials>("make", "POST", devicePath(device.id, "credentials"), {});
    if (made.ok) setGiven(made.answer);
  };
  const takeAway = async () => {
    const taken = await ask("take", "DELETE", devicePath(device.id, "credentials"));
    setGone(taken.ok);
  };
  if (given) return <Given {...props} given={given} />;
  return (
    <Question
      {...props}
      title={`A password for ${nameOf(device, shop)}`}
      foot={
        <>
          <Refused trouble={trouble} />
          <div class="fit">
            <Doing busy={busy === "make"} doing="Making it" onClick={() => void make()}>
              Make a new password
            </Doing>
            <Doing kind="danger" busy={busy === "take"} doing="Taking it away" onClick={() => void takeAway()}>
              Take it away
            </Doing>
          </div>
        </>
      }
    >
      <p class="q">
        With it the device may say what it measures, and nothing else. The new password is shown once, and an old one
        stops working at that moment: have the device’s settings open.
      </p>
      {gone && (
        <p class="note f1" role="status">
          <b>It has no password now.</b> <span class="q">It cannot speak until it gets a new one.</span>
        </p>
      )}
      <p>
        <a class="b bare back" href={hrefOf({ page: "device", id: device.id })}>
          Leave it as it is
        </a>
      </p>
    </Question>
  );
}

function Given({ given, ...props }: Props & { given: Credentials }): JSX.Element {
  const { device, page } = props;
  const lines: [string, string][] = [
    // The code carries name and password with it; to read, they stand below.
    ["Broker", given.url.replace(/\/\/[^@/]*@/, "//")],
    ["User name", given.username],
    ["Password", given.password],
  ];
  return (
    <Question
      {...props}
      title="Write this down now"
      foot={
        <button
          type="button"
          class="b go wide"
          onClick={() => page.go(hrefOf({ page: "device", id: device.id }), true)}
        >
          I have written it down
        </button>
      }
    >
      <p class="q">It is not shown again. If it is lost, make a new one.</p>
      <ul class="rows given">
        {lines.map(([name, value]) => (
          <li key={name}>
            <div>
              <span class="grow">
                <span class="f1 q line">{name}</span>
                <code>{value}</code>
              </span>
              <Copy name={name} value={value} />
            </div>
          </li>
        ))}
      </ul>
      {given.qr && (
        <img
          class="qr"
          alt="The same as a code, for a device with a camera or an app"
          src={`data:image/svg+xml,${encodeURIComponent(given.qr)}`}
        />
      )}
      {given.advice && <p class="q">{given.advice}</p>}
      <TopicLines topics={given.topics} />
    </Question>
  );
}

function TopicLines({ topics }: { topics: Topics | undefined }): JSX.Element | null {
  if (!topics) return null;
  const [may, hears] = Array.isArray(topics) ? [topics, []] : [topics.publish ?? [], topics.subscribe ?? []];
  const rights: [string, string[]][] = [
    ["It may say", may],
    ["It may hear", hears],
  ];
  return (
    <dl class="facts f1">
      {rights.map(([name, list]) =>
        list.length === 0 ? null : (
          <div key={name}>
            <dt class="q">{name}</dt>
            <dd>
              {list.map((topic) => (
                <code key={topic} class="line">
                  {topic}
                </code>
              ))}
            </dd>
          </div>
        ),
      )}
    </dl>
  );
}

function Copy({ name, value }: { name: string; value: string }): JSX.Element | null {
  const [said, setSaid] = useState("Copy");
  // Without TLS a browser gives pages no clipboard; the text can still be marked by hand.
  if (!navigator.clipboard) return null;
  const copy = () =>
    navigator.clipboard.writeText(value).then(
      () => setSaid("Copied"),
      () => setSaid("Mark it by hand"),
    );
  return (
    <button type="button" class="b" aria-label={`${said} ${name.toLowerCase()}`} onClick={() => void copy()}>
      {said}
    </button>
  );
}
