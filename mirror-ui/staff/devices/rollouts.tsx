import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { FirmwareImage, Rollout, Shop } from "#wire/views.ts";
import { Icon } from "../../look/icons.tsx";
import { dayAndTime } from "../../look/time.ts";
import type { Page } from "../page.ts";
import { useAsk, usePolled } from "./asking.ts";
import { rolloutMark, rolloutTitle, rolloutWords } from "./rollout-words.ts";
import { Doing, Refused, Screen, Title, Waiting } from "./screen.tsx";
import { hrefOf } from "./where.ts";

type Props = { page: Page; shop: Shop };

const refreshMs = 15_000;

/** All that are known: what was asked for once, and what the live stream has told since. */
export function useRollouts(page: Page) {
  const asked = usePolled<Rollout[]>("/api/v1/rollouts", refreshMs);
  const known = new Map((asked.value ?? []).map((one) => [one.id, one]));
  for (const one of page.rollouts.value.values()) {
    if ((known.get(one.id)?.at ?? 0) <= one.at) known.set(one.id, one);
  }
  const list = [...known.values()].sort((a, b) => b.startedAt - a.startedAt);
  return { list, isKnown: asked.value !== undefined, trouble: asked.trouble };
}

/** Every roll-out, the newest first, and the way to start one. */
export function Rollouts({ page, shop, step }: Props & { step: string }): JSX.Element {
  const { list, isKnown, trouble } = useRollouts(page);
  const firmware = usePolled<FirmwareImage[]>("/api/v1/firmware", refreshMs);
  if (step === "start") return <Start page={page} shop={shop} images={firmware.value ?? []} />;
  const rows = (
    <>
      <Refused trouble={trouble} />
      {!isKnown && !trouble && <Waiting words="The roll-outs are on their way." />}
      <ul class="rows devs n">
        {list.map((rollout) => (
          <li key={rollout.id}>
            <a href={hrefOf({ page: "rollout", id: rollout.id })}>
              <span class={`mark ${rolloutMark[rollout.state]}`} />
              <span class="grow">
                <b>{rolloutTitle(rollout)}</b>
                <span class="line f1 q">
                  {dayAndTime(rollout.startedAt, page.now.value, shop)}. {rolloutWords(rollout)}
                </span>
              </span>
              <Icon name="chevron-right" />
            </a>
          </li>
        ))}
      </ul>
      {isKnown && list.length === 0 && <p class="q none">No firmware has been rolled out from here yet.</p>}
    </>
  );
  const { wide } = page;
  const none = firmware.value?.length === 0;
  return (
    <Screen
      page={page}
      shop={shop}
      back={{ href: hrefOf({ page: "fleet" }), name: "Devices" }}
      pane={wide.value ? <div class="scroll hour">{rows}</div> : undefined}
      foot={
        none || !firmware.value ? undefined : (
          <a class="b go" href={hrefOf({ page: "rollouts" }, "start")}>
            Roll one out
          </a>
        )
      }
    >
      <div class="list one">
        <Title big>New firmware</Title>
        <p class="q">
          It goes to a few devices first. If they are well after it, to more. If one is not, it halts by itself and goes
          back.
        </p>
        {!wide.value && rows}
        <HowTo first={none} />
      </div>
    </Screen>
  );
}

function HowTo({ first }: { first: boolean }): JSX.Element {
  return (
    <p class="f1 q after">
      {first && <b>There is no firmware to roll out yet. </b>}
      Images come in on the gateway’s own command line, signed: <code>npx vitrine firmware add FILE</code>
    </p>
  );
}

const paces = [
  { name: "With care", about: "One in twenty, then a quarter, then all.", stages: [5, 25, 100] },
  { name: "In two steps", about: "Half of them, then all.", stages: [50, 100] },
  { name: "All at once", about: "When there is only one, or no time.", stages: [100] },
];

function Start({ page, shop, images }: Props & { images: FirmwareImage[] }): JSX.Element {
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const [pace, setPace] = useState(0);
  const { busy, trouble, ask } = useAsk();
  const keyOf = ({ kind, version }: FirmwareImage) => `${kind} ${version}`;
  const image = images.find((one) => keyOf(one) === chosen) ?? images[0];
  const start = async () => {
    if (!image) return;
    const { version, kind } = image;
    const body = { version, kind, stages: paces[pace]?.stages };
    const started = await ask<{ id: string }>("start", "POST", "/api/v1/rollouts", body);
    if (started.ok) page.go(hrefOf({ page: "rollout", id: started.answer.id }), true);
  };
  return (
    <Screen
      page={page}
      shop={shop}
      back={{ href: hrefOf({ page: "rollouts" }), name: "New firmware" }}
      asking
      foot={
        <>
          <Refused trouble={trouble} />
          <Doing busy={busy !== undefined} doing="Starting" disabled={!image} onClick={() => void start()}>
            {image ? `Roll ${rolloutTitle(image)} out` : "Roll it out"}
          </Doing>
        </>
      }
    >
      <div class="list one">
        <Title big>Which one, and how fast?</Title>
        <fieldset class="plain-set" aria-label="Which firmware">
          <ul class="rows picks">
            {images.map((one) => (
              <li key={keyOf(one)}>
                <label>
                  <input type="radio" name="image" checked={one === image} onChange={() => setChosen(keyOf(one))} />
                  <span class="grow">
                    <b>{rolloutTitle(one)}</b>
                    <span class="line f1 q">
                      {Math.ceil(one.sizeBytes / 1_000)} kB, came in at {dayAndTime(one.addedAt, page.now.value, shop)}
                    </span>
                  </span>
                </label>
              </li>
            ))}
          </ul>
        </fieldset>
        <fieldset class="plain-set after" aria-label="How fast">
          <ul class="rows picks">
            {paces.map(({ name, about }, index) => (
              <li key={name}>
                <label>
                  <input type="radio" name="pace" checked={index === pace} onChange={() => setPace(index)} />
                  <span class="grow">
                    <b>{name}</b>
                    <span class="line f1 q">{about}</span>
                  </span>
                </label>
              </li>
            ))}
          </ul>
        </fieldset>
      </div>
    </Screen>
  );
}
