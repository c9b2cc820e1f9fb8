import { expect, test } from "vitest";
import { ApiError } from "../link.ts";
import { createOutbox, type Deed } from "./outbox.ts";

const lost = new ApiError(0, "The gateway does not answer.", undefined);

/** A line that is there or not, and a gateway that notes what reached it. */
function line() {
  const arrived: Deed[] = [];
  const state = { up: true, refuse: (_: Deed): ApiError | undefined => undefined };
  const post = async (deed: Deed) => {
    if (!state.up) throw lost;
    const refused = state.refuse(deed);
    if (refused) throw refused;
    arrived.push(deed);
  };
  return { arrived, state, post };
}

function shelf() {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
}

const tap = (about: string) => ({
  about,
  path: `/api/v1/alerts/${about}/assign`,
  body: { by: "mia" },
  says: `Take ${about}`,
});
const subjects = (deeds: readonly Deed[]) => deeds.map(({ about }) => about);

test("taps of a minute without a line arrive afterwards, in their order, each with a key of its own", async () => {
  const { arrived, state, post } = line();
  const outbox = createOutbox({ post });
  state.up = false;
  expect(await outbox.send(tap("a1"))).toBe("kept");
  expect(await outbox.send(tap("a2"))).toBe("kept");
  await outbox.retry();
  expect(subjects(outbox.waiting.value)).toEqual(["a1", "a2"]);
  state.up = true;
  await outbox.retry();
  expect(subjects(arrived)).toEqual(["a1", "a2"]);
  expect(new Set(arrived.map(({ key }) => key)).size).toBe(2);
  expect(outbox.waiting.value).toEqual([]);
});

test("what somebody else did meanwhile is dropped with the gateway’s word, and the rest goes on", async () => {
  const { arrived, state, post } = line();
  const outbox = createOutbox({ post });
  const ended: [string, boolean][] = [];
  outbox.onEnd(({ about }, refused) => ended.push([about, refused !== undefined]));
  state.up = false;
  await outbox.send(tap("a1"));
  await outbox.send(tap("a2"));
  state.up = true;
  state.refuse = ({ about }) => (about === "a1" ? new ApiError(409, "Taken by Jonas.", undefined) : undefined);
  await outbox.retry();
  expect(subjects(arrived)).toEqual(["a2"]);
  expect(outbox.dropped.value).toEqual([{ says: "Take a1", title: "Taken by Jonas.", detail: undefined }]);
  expect(ended).toEqual([
    ["a1", true],
    ["a2", false],
  ]);
});

test("a page that is loaded anew still knows what it has to send, unless that is long ago", async () => {
  const { arrived, state, post } = line();
  const drawer = shelf();
  let now = 1_000_000;
  state.up = false;
  await createOutbox({ post, shelf: drawer, now: () => now }).send(tap("a1"));
  state.up = true;
  const again = createOutbox({ post, shelf: drawer, now: () => now });
  await again.retry();
  expect(subjects(arrived)).toEqual(["a1"]);
  expect(createOutbox({ post, shelf: drawer, now: () => now }).waiting.value).toEqual([]);

  state.up = false;
  await again.send(tap("a2"));
  now += 11 * 60_000;
  state.up = true;
  await again.retry();
  expect(subjects(arrived)).toEqual(["a1"]);
  expect(again.dropped.value.map(({ title }) => title)).toEqual(["It waited too long for the line."]);
});

test("a pocket of taps is bounded, and says so", async () => {
  const { state, post } = line();
  const outbox = createOutbox({ post });
  state.up = false;
  for (let i = 0; i < 20; i++) await outbox.send(tap(`a${i}`));
  await expect(outbox.send(tap("one too many"))).rejects.toThrow("Too much waits for the line already.");
  outbox.forget("a3");
  expect(outbox.waiting.value.length).toBe(19);
});

test("what the gateway refuses while there is a line is said at once and not tried again", async () => {
  const { state, post } = line();
  const outbox = createOutbox({ post });
  state.refuse = () => new ApiError(409, "Taken by Jonas.", undefined);
  await expect(outbox.send(tap("a1"))).rejects.toThrow("Taken by Jonas.");
  expect(outbox.waiting.value).toEqual([]);
});
