import type { AvailabilityDay } from "#wire/stock-views.ts";
import type { Alert, HelpView } from "#wire/views.ts";
import { alertAbout } from "./alerts/alerts.ts";
import { compareAlerts } from "./alerts/rank.ts";
import { helpSubject } from "./alerts/subjects.ts";
import { availabilityDay } from "./history/availability-day.ts";
import type { House, HouseState } from "./house.ts";

/** What people read of alerts, of calls for help and of how long places stood empty. */
export function createAlertViews(options: {
  house: House;
  state(): HouseState;
  now(): number;
  mirrors: readonly { id: string }[];
  staff: readonly { id: string; name: string }[];
}) {
  const { house, state, now } = options;
  const mirrors = new Set(options.mirrors.map(({ id }) => id));

  return {
    /** Open, or one of the last that were closed. */
    alert(id: string): Alert | undefined {
      const { open, closed } = state().alerts;
      return open.get(id) ?? closed.findLast((candidate) => candidate.id === id);
    },
    /** The open ones, what comes first first. */
    alerts: (): Alert[] => [...state().alerts.open.values()].sort(compareAlerts),
    /** undefined: the shop has no such mirror. */
    help(mirrorId: string): HelpView | undefined {
      if (!mirrors.has(mirrorId)) return undefined;
      const help = state().mirrors.mirrors.get(mirrorId)?.help;
      if (!help) return { state: "none" };
      const { helpId: _, ...asked } = help;
      const alert = alertAbout(state().alerts, helpSubject(mirrorId));
      if (alert?.state !== "assigned" || alert.by === undefined) return { state: "asked", ...asked };
      // an account from the command line may be on no list
      const name = options.staff.find(({ id }) => id === alert.by)?.name;
      return { state: "coming", ...asked, ...(name === undefined ? {} : { by: name }) };
    },
    /** undefined: there is no such day. */
    availabilityDay: (day: string): AvailabilityDay | undefined =>
      availabilityDay(state().history, day, house.hours, now()),
    /** The local day of now, YYYY-MM-DD. */
    today: () => house.hours.localDay(now()),
  };
}
