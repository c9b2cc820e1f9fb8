/** RFC 3339. A device's clock may say what no date can be, or a year of five digits: then it is 1970. */
export function timeOf(at: number): string {
  const isDate = at >= 0 && at < Date.UTC(10_000, 0, 1);
  return new Date(isDate ? at : 0).toISOString();
}
