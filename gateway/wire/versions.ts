/** What a device reports may name its maker first: "vitrine-sim 1.2.0" -> "1.2.0". */
export const versionOf = (firmware: string): string => firmware.replace(/^.*\s/, "");

/** Rising: below 0 when `a` is older than `b`. Numbers as numbers; 1.2.0-rc1 comes before 1.2.0 [SemVer 2.0, 11]. */
export function compareVersions(a: string, b: string): number {
  const [coreA, preA] = splitVersion(a);
  const [coreB, preB] = splitVersion(b);
  const core = compareParts(coreA, coreB);
  if (core !== 0) return core;
  if (preA === undefined || preB === undefined) return Number(preA === undefined) - Number(preB === undefined);
  return compareParts(preA, preB);
}

/** "vitrine-sim 1.2.0-rc1+build" -> [["1","2","0"], ["rc1"]]: a name in front and the build behind say nothing of the age. */
function splitVersion(version: string): [string[], string[] | undefined] {
  const bare = versionOf(version)
    .replace(/^v(?=\d)/, "")
    .replace(/\+.*$/, "");
  const at = bare.indexOf("-");
  if (at < 0) return [bare.split("."), undefined];
  return [bare.slice(0, at).split("."), bare.slice(at + 1).split(".")];
}

function compareParts(a: string[], b: string[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [left, right] = [a[i], b[i]];
    if (left === right) continue;
    if (left === undefined) return right === "0" ? 0 : -1;
    if (right === undefined) return left === "0" ? 0 : 1;
    const [leftNumber, rightNumber] = [/^\d+$/.test(left), /^\d+$/.test(right)];
    if (leftNumber && rightNumber && Number(left) !== Number(right)) return Number(left) - Number(right);
    if (leftNumber !== rightNumber) return leftNumber ? -1 : 1;
    if (left !== right && !leftNumber) return left < right ? -1 : 1;
  }
  return 0;
}
