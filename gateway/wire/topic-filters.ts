/** MQTT topics and filters as sets [MQTT-4.7]: is this topic in, and is everything that this filter could match in? */
export type TopicSet = {
  has(topic: string): boolean;
  /** True when no topic that `filter` matches is outside. */
  holds(filter: string): boolean;
};

const maxFilterBytes = 256;
const maxLevels = 32;

/**
 * The topics that any of `filters` matches. A filter that is none is left out: it grants nothing. Topics of the broker
 * itself (`$…`) are never in, not by a leading wildcard [MQTT-4.7.2-1] and not by name.
 */
export function createTopicSet(filters: readonly string[]): TopicSet {
  const exact = new Set<string>();
  const wild: string[][] = [];
  for (const filter of filters) {
    if (!isTopicFilter(filter) || filter.startsWith("$")) continue;
    if (/[+#]/.test(filter)) wild.push(filter.split("/"));
    else exact.add(filter);
  }
  return {
    has(topic) {
      if (exact.has(topic)) return true;
      if (wild.length === 0 || !isTopicName(topic) || topic.startsWith("$")) return false;
      const levels = topic.split("/");
      return wild.some((filter) => covers(filter, levels));
    },
    holds(filter) {
      if (exact.has(filter)) return true;
      if (wild.length === 0 || !isTopicFilter(filter) || filter.startsWith("$")) return false;
      const levels = filter.split("/");
      return wild.some((outer) => covers(outer, levels));
    },
  };
}

/** `levels` of a topic, or of a narrower filter: its wildcards are covered by wildcards at least as wide. */
function covers(filter: readonly string[], levels: readonly string[]): boolean {
  for (let i = 0; i < filter.length; i++) {
    const wanted = filter[i];
    // `a/#` matches `a` too [MQTT-4.7.1-2], in `levels` as well, where it then says more than `a/+`
    if (wanted === "#") return true;
    const found = levels[i];
    if (found === undefined || found === "#") return false;
    if (wanted !== "+" && (found === "+" || wanted !== found)) return false;
  }
  return filter.length === levels.length;
}

/** A topic to publish on: not empty, no wildcard, no null character, and of a length that somebody may have meant. */
export function isTopicName(topic: string): boolean {
  return topic !== "" && topic.length <= maxFilterBytes && !/[+#\0]/.test(topic) && isShallow(topic);
}

/** A filter to subscribe to: `#` only as the last level, `+` and `#` only as whole levels [MQTT-4.7.1-2, -3]. */
export function isTopicFilter(filter: string): boolean {
  if (filter === "" || filter.length > maxFilterBytes || filter.includes("\0") || !isShallow(filter)) return false;
  const levels = filter.split("/");
  return levels.every((level, index) => {
    if (level === "#") return index === levels.length - 1;
    return level === "+" || !/[+#]/.test(level);
  });
}

/** True when some topic is matched by both. */
export function filtersMeet(one: string, other: string): boolean {
  const [a, b] = [one.split("/"), other.split("/")];
  for (let i = 0; ; i++) {
    if (a[i] === "#" || b[i] === "#") return true;
    if (a[i] === undefined || b[i] === undefined) {
      // `a/#` matches `a`
      return a[i] === b[i];
    }
    if (a[i] !== "+" && b[i] !== "+" && a[i] !== b[i]) return false;
  }
}

function isShallow(text: string): boolean {
  return text.split("/", maxLevels + 1).length <= maxLevels;
}
