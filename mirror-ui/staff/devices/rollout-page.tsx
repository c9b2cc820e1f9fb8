import type { JSX } from "preact";
import type { Device, Rollout, Shop } from "#wire/views.ts";
import { dayAndTime } from "../../look/time.ts";
import type { Page } from "../page.ts";
import { useAsk } from "./asking.ts";
import { DevicePlan } from "./device-plan.tsx";
import { nameOf } from "./naming.ts";
import { byTrouble, deviceMark, deviceWords, rolloutMark, rolloutTitle, rolloutWords } from "./rollout-words.ts";
import { useRollouts } from "./rollouts.tsx";
import { Doing, Refused, Screen, Title, Waiting } from "./screen.tsx";
import { hrefOf } from "./where.ts";

type Props = { page: Page; shop: Shop; devices: Device[]; id: string };

/** How far a roll-out is, stage by stage and device by device. */
export function RolloutPage({ page, shop, devices, id }: Props): JSX.Element {
  const { list, isKnown, trouble } = useRollouts(page);
  const rollout = list.find((one) => one.id === id);
  const taking = new Set(rollout?.devices.map((one) => one.id));
  return (
    <Screen
      page={page}
      shop={shop}
      back={{ href: hrefOf({ page: "rollouts" }), name: "New firmware" }}
      paneSize="low"
      pane={
        <div class="plan-room">
          <DevicePlan page={page} shop={shop} devices={devices.filter((one) => taking.has(one.id))} />
        </div>
      }
      foot={rollout && ["running", "halted", "done"].includes(rollout.state) && <Halt rollout={rollout} />}
    >
      <div class="list one">
        <Refused trouble={trouble} />
        {rollout ? (
          <>
            <Title big>{rolloutTitle(rollout)}</Title>
            <p class="q">Started {dayAndTime(rollout.startedAt, page.now.value, shop)}.</p>
            <p class="row say" role="status">
              <span class={`mark ${rolloutMark[rollout.state]}`} />
              <span>{rolloutWords(rollout)}</span>
            </p>
            <Stages rollout={rollout} />
            <Takers rollout={rollout} devices={devices} shop={shop} />
          </>
        ) : isKnown ? (
          <Title big>This roll-out is not known any more.</Title>
        ) : (
          <Waiting words="The roll-out is on its way." />
        )}
      </div>
    </Screen>
  );
}

function Stages({ rollout: { stages, stage, state } }: { rollout: Rollout }): JSX.Element {
  const reached = state === "done" ? stages.length : stage;
  return (
    <ol class="stages f1 n">
      {stages.map((percent, index) => (
        <li
          key={percent}
          class={index < reached ? "past" : index === reached ? "now" : ""}
          aria-current={index === reached ? "step" : undefined}
        >
          {percent} %
        </li>
      ))}
    </ol>
  );
}

function Takers({ rollout, devices, shop }: { rollout: Rollout; devices: Device[]; shop: Shop }): JSX.Element {
  return (
    <ul class="rows devs n">
      {[...rollout.devices].sort(byTrouble).map(({ id, state, detail }) => {
        const device = devices.find((one) => one.id === id);
        return (
          <li key={id}>
            <a href={hrefOf({ page: "device", id })}>
              <span class={`mark ${deviceMark[state]}`} />
              <span class="grow">
                <b>{device ? nameOf(device, shop) : id}</b>
                <span class="line f1 q">
                  {deviceWords[state]}
                  {detail && `: ${detail}`}
                </span>
              </span>
            </a>
          </li>
        );
      })}
    </ul>
  );
}

function Halt({ rollout }: { rollout: Rollout }): JSX.Element {
  const { busy, trouble, ask } = useAsk();
  const halt = (rollBack: boolean) =>
    void ask(rollBack ? "back" : "halt", "POST", `/api/v1/rollouts/${encodeURIComponent(rollout.id)}/halt`, {
      rollBack,
    });
  return (
    <>
      <Refused trouble={trouble} />
      <div class="fit">
        {rollout.state === "running" && (
          <Doing kind="danger" busy={busy === "halt"} doing="Halting" onClick={() => halt(false)}>
            Halt it
          </Doing>
        )}
        <Doing kind="danger" busy={busy === "back"} doing="Taking it back" onClick={() => halt(true)}>
          {rollout.state === "running" ? "Halt and take it back" : "Take it back"}
        </Doing>
      </div>
    </>
  );
}
