import type { JSX } from "preact";
import type { Device, Shop } from "#wire/views.ts";
import type { Page } from "../page.ts";
import { AdoptDone } from "./adopt-done.tsx";
import { AskKind, AskName, AskPlace, AskPlates } from "./adopt-questions.tsx";
import { begin, type Step, stepAt, stepsOf } from "./adoption.ts";
import type { Adoption, Drafts } from "./drafts.ts";
import { useLivePlates } from "./live-plates.ts";
import { Screen, Title } from "./screen.tsx";
import { hrefOf } from "./where.ts";

type Props = { page: Page; shop: Shop; devices: Device[]; id: string; step: string; drafts: Drafts };
export type QuestionProps = {
  page: Page;
  shop: Shop;
  devices: Device[];
  adoption: Adoption;
  change(more: Partial<Adoption>): void;
  progress: { nth: number; of: number };
  back: { href: string; name: string };
  next(): void;
  live: ReturnType<typeof useLivePlates>;
  /** What may tell where it stands: its hardware name, its topic. */
  hint: string;
  isMoved: boolean;
};

/** Adopts a new device, or renames and moves one: one question a screen, held next to the shelf. */
export function Adopt({ page, shop, devices, id, step, drafts }: Props): JSX.Element {
  const device = devices.find((one) => one.id === id);
  const draft = drafts.adoption.value?.id === id ? drafts.adoption.value : undefined;
  const adoption = draft ?? (device && begin(device, shop));
  const live = useLivePlates(id, adoption?.mapping, device !== undefined);
  if (!adoption) return <Unknown page={page} shop={shop} id={id} />;
  const isMoved = device !== undefined && device.state !== "pending" && step !== "done";
  const asked = stepsOf(adoption, isMoved);
  const at = stepAt(step, asked, adoption);
  const index = asked.indexOf(at);
  const toStep = (which: Step | undefined) => hrefOf({ page: "adopt", id }, which);
  if (at === "done") return <AdoptDone {...{ page, shop, devices, adoption, live }} />;
  const props: QuestionProps = {
    ...{ page, shop, devices, adoption, live, isMoved },
    hint: `${id} ${device?.topic ?? ""} ${adoption.mapping?.topic ?? ""}`,
    progress: { nth: index + 1, of: asked.length - 1 },
    back: index > 0 ? { href: toStep(asked[index - 1]), name: "Back" } : backOf(adoption, isMoved),
    change(more) {
      drafts.adoption.value = { ...adoption, ...more };
    },
    next: () => page.go(toStep(asked[index + 1])),
  };
  if (at === "kind") return <AskKind {...props} />;
  if (at === "place") return <AskPlace {...props} />;
  return at === "plates" ? <AskPlates {...props} /> : <AskName {...props} />;
}

function backOf({ id, mapping }: Adoption, isMoved: boolean): { href: string; name: string } {
  if (isMoved) return { href: hrefOf({ page: "device", id }), name: "The device" };
  if (mapping) return { href: hrefOf({ page: "topic", topic: mapping.topic }), name: "The message" };
  return { href: hrefOf({ page: "fleet" }), name: "Devices" };
}

function Unknown({ page, shop, id }: { page: Page; shop: Shop; id: string }): JSX.Element {
  return (
    <Screen page={page} shop={shop} back={{ href: hrefOf({ page: "fleet" }), name: "Devices" }}>
      <div class="list one">
        <Title big>Nothing waits under the name {id}.</Title>
        <p class="q">
          It may have been forgotten because it fell silent. Switch it on and it stands with the devices again.
        </p>
        <p>
          <a class="b" href={hrefOf({ page: "inbox" })}>
            Look into the inbox
          </a>
        </p>
      </div>
    </Screen>
  );
}
