/** The calendar day at a place, `YYYY-MM-DD`, of an epoch ms. `timeZone` is an IANA name that was checked with the configuration. */
export function localDayIn(timeZone: string): (at: number) => string {
  const format = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  return (at) => format.format(at);
}

/** When the shop closes on the calendar day of an epoch ms, as epoch ms. `closes` is HH:MM of the wall clock at the place. */
export function closingTimeIn(timeZone: string, closes: string): (at: number) => number {
  const day = localDayIn(timeZone);
  const wall = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" });
  return (at) => {
    const wanted = Date.parse(`${day(at)}T${closes}:00Z`);
    // the zone's offset at that moment: what its wall clock shows, read as if it were UTC
    const offset = Date.parse(`${wall.format(wanted).replace(" ", "T")}Z`) - wanted;
    return wanted - offset;
  };
}
