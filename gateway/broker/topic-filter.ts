/** True when the MQTT filter matches the topic [MQTT-4.7]. `$` topics are hidden from leading wildcards [MQTT-4.7.2-1]. */
export function filterMatches(filter: string, topic: string): boolean {
  if (filter === topic) return true;
  if (topic.startsWith("$") && (filter.startsWith("+") || filter.startsWith("#"))) return false;
  const wanted = filter.split("/");
  const levels = topic.split("/");
  for (let i = 0; i < wanted.length; i++) {
    if (wanted[i] === "#") return true;
    if (i >= levels.length || (wanted[i] !== "+" && wanted[i] !== levels[i])) return false;
  }
  return wanted.length === levels.length;
}

export const hasWildcard = (filter: string) => filter.includes("+") || filter.includes("#");
