import { expect, test } from "vitest";
import type { MappedField } from "#wire/views.ts";
import { idOfTopic, kindOfFields, type Node, treeOf, withField } from "./mapping-words.ts";

const sample = (text: string) => ({ at: 0, sizeBytes: text.length, hex: "", text });
const leaves = (node: Node | undefined): string[] => {
  if (!node) return [];
  return node.kind === "leaf"
    ? [`${node.leaf.path}=${node.leaf.text}${node.leaf.numeric ? "#" : ""}`]
    : node.children.flatMap(leaves);
};
const weight = (path: string, plate: number): MappedField => ({
  path,
  yields: { reading: "weight", plate },
  unit: "g",
});

test("every number of a message can be touched, also one that is written as text", () => {
  const tree = treeOf(sample('{"dev":"KS","load":{"w":[1240.2,"618 g"]},"ok":true}'));
  expect(leaves(tree)).toEqual(["dev=KS", "load.w.0=1240.2#", "load.w.1=618 g#", "ok=true"]);
});

test("a bare number is a message too, and so is text that is no JSON", () => {
  expect(leaves(treeOf(sample("12.5 kg")))).toEqual(["=12.5 kg#"]);
  expect(leaves(treeOf(sample("1240")))).toEqual(["=1240#"]);
  expect(leaves(treeOf(sample("{broken")))).toEqual(["={broken"]);
  expect(treeOf({ at: 0, sizeBytes: 2, hex: "ff00" })).toBeUndefined();
});

test("a huge message is cut instead of filling the page", () => {
  const tree = treeOf(sample(JSON.stringify(Array.from({ length: 5_000 }, (_, index) => index))));
  expect(leaves(tree).length).toBeLessThan(400);
});

test("one place of the message has one meaning, and one meaning one place", () => {
  const first = withField([], weight("a", 1));
  expect(withField(first, weight("a", 2))).toEqual([weight("a", 2)]);
  expect(withField(first, weight("b", 1))).toEqual([weight("b", 1)]);
  expect(withField(first, weight("b", 2))).toHaveLength(2);
});

test("what weighs is a scale, what counts people a head counter", () => {
  expect(kindOfFields([{ path: "n", yields: { reading: "people", zone: "till" }, unit: "1" }])).toBe("camera");
  expect(kindOfFields([weight("a", 1), { path: "b", yields: { reading: "battery" }, unit: "%" }])).toBe("shelf");
});

test("a device without a name of its own gets one from its topic", () => {
  const none = () => false;
  expect(idOfTopic("shop/scales/ks-200/state", none)).toBe("ks-200");
  expect(idOfTopic("acme/left scale/weight", none)).toBe("acme-left-scale-weight");
  expect(idOfTopic("shop/ks-200/state", (id) => id === "ks-200")).toBe("ks-200-2");
  expect(idOfTopic("/ü/", none)).toBe("device");
});
