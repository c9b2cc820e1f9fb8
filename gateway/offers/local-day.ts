/** The calendar day at a place, `YYYY-MM-DD`, of an epoch ms. `timeZone` is an IANA name that was checked with the configuration. */
export function localDayIn(timeZone: string): (at: number) => string {
  const format = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  return (at) => format.format(at);
}
