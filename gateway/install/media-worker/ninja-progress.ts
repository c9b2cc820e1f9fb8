/** Reads ninja's "[12/278] Compiling …". `share` is 0..1 of what this run has to do. undefined for other lines. */
export function compileStep(line: string): { text: string; share: number } | undefined {
  const found = /^\[(\d+)\/(\d+)\] /.exec(line);
  const [done, all] = [Number(found?.[1]), Number(found?.[2])];
  if (!(all > 0) || done > all) return undefined;
  return { text: `Compiling the video worker, ${done} of ${all}`, share: done / all };
}
