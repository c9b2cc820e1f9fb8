import type { JSX } from "preact";
import type { MappedField, Shop } from "#wire/views.ts";
import { fieldWords, type Leaf, type Node } from "./mapping-words.ts";

type Props = { tree: Node; fields: MappedField[]; shop: Shop; touch(leaf: Leaf): void };

/** A message as it was sent, its numbers as buttons. What has a meaning already wears it. */
export function SampleTree({ tree, ...rest }: Props): JSX.Element {
  return (
    <ul class="tree">
      {tree.kind === "group" && tree.key === "" ? (
        tree.children.map((child) => <Branch key={child.key} node={child} {...rest} />)
      ) : (
        <Branch node={tree} {...rest} />
      )}
    </ul>
  );
}

function Branch({ node, ...rest }: Omit<Props, "tree"> & { node: Node }): JSX.Element {
  if (node.kind === "leaf") {
    return (
      <li class="leaf">
        {node.key !== "" && <span class="key">{node.key}</span>}
        <Value leaf={node.leaf} {...rest} />
      </li>
    );
  }
  return (
    <li>
      <span class="key">{node.key}</span>
      <ul>
        {node.children.map((child) => (
          <Branch key={child.key} node={child} {...rest} />
        ))}
      </ul>
    </li>
  );
}

function Value({ leaf, fields, shop, touch }: Omit<Props, "tree"> & { leaf: Leaf }): JSX.Element {
  const field = fields.find(({ path }) => path === leaf.path);
  if (!leaf.numeric) return <code class="q">{leaf.text}</code>;
  const meaning = field && `${fieldWords(field, shop)}, ${field.unit}`;
  return (
    <button
      type="button"
      class={`b value${field ? " set" : ""}`}
      aria-label={`${leaf.path || "The whole message"}: ${leaf.text}${meaning ? `, ${meaning}` : ""}`}
      onClick={() => touch(leaf)}
    >
      <code>{leaf.text}</code>
      {meaning && <span class="f1">{meaning}</span>}
    </button>
  );
}
