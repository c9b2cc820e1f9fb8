import { expect, test } from "vitest";
import type { FriendHears, MirrorHears, Viewer } from "#wire/share-words.ts";
import { cleanWords, createWords, type Friend } from "./words.ts";

/** A mirror and its friends without a network: what was said to whom. */
function meet(...names: string[]) {
  let nowMs = 0;
  const atMirror: MirrorHears[] = [];
  const friends = names.map((name) => {
    const heard: FriendHears[] = [];
    const viewer: Viewer = { id: name, name: "A friend", since: 0, via: "page" };
    const friend: Friend & { heard: FriendHears[] } = {
      viewer,
      streamId: "M1",
      heard,
      say: (message) => heard.push(structuredClone(message)),
    };
    return friend;
  });
  const room = { open: true };
  const words = createWords({
    mirror: () => (room.open ? (message) => atMirror.push(structuredClone(message)) : undefined),
    friends: () => friends,
    nowMs: () => nowMs,
  });
  return {
    words,
    friends,
    room,
    atMirror,
    pass: (ms: number) => {
      nowMs += ms;
    },
    say: (friend: Friend | undefined, message: unknown) => {
      if (friend) words.hear(friend, typeof message === "string" ? message : JSON.stringify(message));
    },
  };
}

test("a line reaches the mirror under the friend's name, cleaned", () => {
  const { friends, atMirror, say } = meet("anna");
  const [anna] = friends;
  say(anna, { kind: "name", id: 1, name: "  Anna\t\u0007 " });
  say(anna, { kind: "words", id: 2, text: "Yes,\r\nthe \u202egreen\u0000 one" });
  expect(atMirror).toContainEqual({ kind: "words", viewer: "anna", name: "Anna", text: "Yes, the green one" });
  expect(anna?.heard.filter(({ kind }) => kind === "said")).toEqual([
    { kind: "said", id: 1, ok: true },
    { kind: "said", id: 2, ok: true },
  ]);
});

test.each([
  ["half a sign", "\ud83d", "\ufffd"],
  ["a tower of accents", `Z${"\u0301".repeat(40)}!`, `Z${"\u0301".repeat(3)}!`],
  ["a family of four, one sign", "👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦"],
  ["lines between lines", "a\u2028b\u2029c", "a b c"],
  ["a tower of accents with joiners between them", `Z${"\u0301\u200d".repeat(40)}!`, "Z\u0301\u200d\u0301!"],
  ["what nobody sees", "An\u00adn\u200ba\u3164\u2062\u{e0041}", "Anna"],
  ["a name of nothing but signs that nobody sees", "\u200b\u2800\u200d\u0301\ufe0f", ""],
  ["space around a mark that turns the writing", "a \u202e b", "a b"],
  ["a heart on fire", "❤️‍🔥", "❤️‍🔥"],
  ["Persian with its narrow gap", "می‌خواهم", "می‌خواهم"],
])("%s is cleaned for the mirror", (_name, text, clean) => {
  expect(cleanWords(text)).toBe(clean);
});

test("who says too much, too long or nothing is told so, and the mirror hears none of it", () => {
  const { friends, atMirror, say, words } = meet("anna");
  const [anna] = friends;
  say(anna, { kind: "words", id: 1, text: "x".repeat(121) });
  say(anna, { kind: "words", id: 2, text: " \u0000 " });
  say(anna, { kind: "name", id: 3, name: "x".repeat(21) });
  say(anna, { kind: "words", id: 4, text: "👩‍👩‍👧‍👦".repeat(60) });
  expect(anna?.heard).toEqual([
    { kind: "said", id: 1, ok: false, why: "too-long" },
    { kind: "said", id: 2, ok: false, why: "not-text" },
    { kind: "said", id: 3, ok: false, why: "too-long" },
    { kind: "said", id: 4, ok: true },
  ]);
  expect(atMirror).toHaveLength(1);
  expect(words.counts()).toEqual({ passed: 1, refused: 3, broken: 0 });
});

test("pictures strung together to one long sign are counted one by one", () => {
  const { friends, say } = meet("anna");
  const [anna] = friends;
  say(anna, { kind: "name", id: 1, name: Array(60).fill("🦄").join("\u200d") });
  say(anna, { kind: "name", id: 2, name: "👩‍👩‍👧‍👦".repeat(20) });
  expect(anna?.heard.filter(({ kind }) => kind === "said")).toEqual([
    { kind: "said", id: 1, ok: false, why: "too-long" },
    { kind: "said", id: 2, ok: true },
  ]);
});

test("nobody speaks under the name of another friend", () => {
  const { friends, atMirror, say } = meet("anna", "ben");
  const [anna, ben] = friends;
  say(anna, { kind: "name", id: 1, name: "Anna" });
  say(ben, { kind: "name", id: 1, name: "ANNA\u200b." });
  say(ben, { kind: "words", id: 2, text: "No" });
  expect(atMirror.at(-1)).toEqual({ kind: "words", viewer: "ben", name: "ANNA. 2", text: "No" });
  say(anna, { kind: "name", id: 2, name: "Anna" });
  expect(anna?.viewer.name).toBe("Anna");
});

test("five reactions and three lines in ten seconds a friend, and then again", () => {
  const { friends, atMirror, say, pass } = meet("anna", "ben");
  const [anna, ben] = friends;
  for (let id = 0; id < 6; id++) say(anna, { kind: "reaction", id, reaction: "yes" });
  for (let id = 6; id < 10; id++) say(anna, { kind: "words", id, text: "hello" });
  expect(atMirror.map(({ kind }) => kind)).toEqual([...Array(5).fill("reaction"), ...Array(3).fill("words")]);
  expect(anna?.heard.filter((message) => "why" in message)).toEqual([
    { kind: "said", id: 5, ok: false, why: "too-often" },
    { kind: "said", id: 9, ok: false, why: "too-often" },
  ]);
  say(ben, { kind: "words", id: 1, text: "me too" });
  expect(atMirror).toHaveLength(9);
  pass(10_000);
  say(anna, { kind: "reaction", id: 11, reaction: "another" });
  expect(atMirror).toHaveLength(10);
});

test("one phone that comes again and again, or with many tabs, says no more than three friends do", () => {
  const { friends, atMirror, say, pass } = meet(...Array.from({ length: 10 }, (_, tab) => `tab-${tab}`), "neighbour");
  for (const friend of friends) friend.address = friend.viewer.id === "neighbour" ? "192.0.2.8" : "192.0.2.7";
  for (const friend of friends) say(friend, { kind: "words", id: 1, text: "hello" });
  expect(atMirror).toHaveLength(9 + 1);
  expect(friends[9]?.heard).toEqual([{ kind: "said", id: 1, ok: false, why: "too-often" }]);
  pass(10_000);
  say(friends[9], { kind: "words", id: 2, text: "hello" });
  expect(atMirror).toHaveLength(11);
});

test("all friends together are shown at most forty messages a second", () => {
  const names = Array.from({ length: 20 }, (_, index) => `friend-${index}`);
  const { friends, atMirror, say, pass } = meet(...names);
  for (const friend of friends) {
    for (let id = 0; id < 3; id++) say(friend, { kind: "words", id, text: "hello" });
  }
  expect(atMirror).toHaveLength(40);
  pass(1_000);
  say(friends[19], { kind: "words", id: 9, text: "now" });
  expect(atMirror).toHaveLength(41);
});

test("a mirror that is not there is said to be not there", () => {
  const { friends, room, say } = meet("anna");
  room.open = false;
  say(friends[0], { kind: "reaction", id: 1, reaction: "yes" });
  expect(friends[0]?.heard).toEqual([{ kind: "said", id: 1, ok: false, why: "nobody-there" }]);
});

test("everybody is told who watches, by their names", () => {
  const { friends, words, atMirror } = meet("anna", "ben");
  words.tellViewers("M1");
  expect(atMirror).toEqual([{ kind: "viewers", viewers: friends.map(({ viewer }) => viewer) }]);
  for (const { heard } of friends) expect(heard).toEqual([{ kind: "watching", viewers: 2 }]);
});

test.each([
  ["no JSON", "hello"],
  ["an unknown kind", { kind: "shout", id: 1, text: "hi" }],
  ["more than the contract", { kind: "words", id: 1, text: "hi", to: "everybody" }],
  ["a negative id", { kind: "reaction", id: -1, reaction: "yes" }],
  ["another reaction", { kind: "reaction", id: 1, reaction: "<script>" }],
  ["null", "null"],
  ["a megabyte", `{"kind":"words","id":1,"text":"${"x".repeat(1_000_000)}"}`],
])("%s is counted and dropped", (_name, message) => {
  const { friends, words, atMirror, say } = meet("anna");
  say(friends[0], message);
  expect(words.counts()).toEqual({ passed: 0, refused: 0, broken: 1 });
  expect([...atMirror, ...(friends[0]?.heard ?? [])]).toEqual([]);
});
