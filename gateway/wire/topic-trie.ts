/** Values under topic filters with `+`, found by topic: a literal level is preferred to `+`, the first level most of all. */
export type TopicTrie<Value> = {
  /** False where the filter is taken already; the first one stays. */
  add(filter: string, value: Value): boolean;
  /** The most specific filter that matches. Visits the matching branches only: for `n` filters never more than `n` × levels. */
  find(topic: string): Value | undefined;
};

type Node<Value> = { literal: Map<string, Node<Value>>; wild?: Node<Value>; value?: Value };

export function createTopicTrie<Value>(): TopicTrie<Value> {
  const root: Node<Value> = { literal: new Map() };

  function find(node: Node<Value>, levels: string[], depth: number): Value | undefined {
    if (depth === levels.length) return node.value;
    const exact = node.literal.get(levels[depth]!);
    const found = exact && find(exact, levels, depth + 1);
    return found ?? (node.wild && find(node.wild, levels, depth + 1));
  }

  return {
    add(filter, value) {
      let node = root;
      for (const level of filter.split("/")) {
        let next: Node<Value> | undefined = level === "+" ? node.wild : node.literal.get(level);
        if (!next) {
          next = { literal: new Map() };
          if (level === "+") node.wild = next;
          else node.literal.set(level, next);
        }
        node = next;
      }
      if (node.value !== undefined) return false;
      node.value = value;
      return true;
    },
    find: (topic) => find(root, topic.split("/"), 0),
  };
}

/** True when some topic matches both filters, which are split at their slashes; `+` only, no `#`. */
export function levelsMeet(left: readonly string[], right: readonly string[]): boolean {
  if (left.length !== right.length) return false;
  return left.every((level, i) => level === "+" || right[i] === "+" || level === right[i]);
}
