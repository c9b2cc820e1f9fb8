/** Addresses of the engineer's pages: what stands after /staff/devices. */
export type Where =
  | { page: "fleet" }
  | { page: "device"; id: string }
  | { page: "adopt"; id: string }
  | { page: "inbox" }
  | { page: "topic"; topic: string }
  | { page: "rollouts" }
  | { page: "rollout"; id: string }
  | { page: "audit" };

const base = "/staff/devices";
/** These words are pages; a device of that name stands under /device/. */
const pages = ["inbox", "new", "rollouts", "audit", "device"];

/** The page at a path, given by its levels after /staff/devices, decoded. */
export function readWhere([first, second]: string[]): Where {
  if (first === undefined) return { page: "fleet" };
  if (first === "inbox") return second === undefined ? { page: "inbox" } : { page: "topic", topic: second };
  if (first === "rollouts") return second === undefined ? { page: "rollouts" } : { page: "rollout", id: second };
  if (first === "audit") return { page: "audit" };
  if (first === "new") return second === undefined ? { page: "fleet" } : { page: "adopt", id: second };
  if (first === "device") return second === undefined ? { page: "fleet" } : { page: "device", id: second };
  return { page: "device", id: first };
}

/** Where a link to that page leads. `step` becomes the hash. */
export function hrefOf(where: Where, step = ""): string {
  const hash = step === "" ? "" : `#${step}`;
  return `${base}${levelsOf(where)
    .map((level) => `/${encodeURIComponent(level)}`)
    .join("")}${hash}`;
}

function levelsOf(where: Where): string[] {
  switch (where.page) {
    case "fleet":
      return [];
    case "device":
      return pages.includes(where.id) ? ["device", where.id] : [where.id];
    case "adopt":
      return ["new", where.id];
    case "inbox":
      return ["inbox"];
    case "topic":
      return ["inbox", where.topic];
    case "rollouts":
      return ["rollouts"];
    case "rollout":
      return ["rollouts", where.id];
    case "audit":
      return ["audit"];
  }
}
