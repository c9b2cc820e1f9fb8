import type { Device, DeviceRequestView, Shop } from "#wire/views.ts";
import { clockTime } from "../../look/time.ts";

type Command = DeviceRequestView["command"];

const asked: Record<Command, string> = {
  identify: "to blink",
  tare: "to set itself to zero",
  reboot: "to restart",
  configure: "to take new settings",
  update: "to take new firmware",
  rollback: "to go back to its old firmware",
};
const done: Record<Command, string> = {
  identify: "It blinks now.",
  tare: "It stands at zero now.",
  reboot: "It restarts now, and will answer again in a moment.",
  configure: "It has taken the settings.",
  update: "It has taken the new firmware.",
  rollback: "It has gone back to its old firmware.",
};

/** How long the gateway waits for an answer. */
const patience: Record<Command, string> = {
  identify: "10\u00a0s",
  tare: "15\u00a0s",
  reboot: "a minute",
  configure: "15\u00a0s",
  update: "10\u00a0min",
  rollback: "a minute",
};

/** Answers older than this say nothing about the device any more. */
const freshMs = 10 * 60_000;

/** How the newest request to a device went, in one or two sentences; undefined when there is nothing to tell. */
export function requestWords(
  { request }: Pick<Device, "request">,
  now: number,
  shop: Pick<Shop, "locale" | "timeZone">,
): { mark: "fine" | "wait" | "stop"; words: string } | undefined {
  if (!request || (now - request.at > freshMs && request.state !== "sent")) return undefined;
  const what = asked[request.command];
  switch (request.state) {
    case "sent": {
      const sent = `Asked ${what} at ${clockTime(request.at, shop)}.`;
      return { mark: "wait", words: `${sent} ${request.detail ? full(request.detail) : "Waiting for its answer."}` };
    }
    case "done":
      return { mark: "fine", words: doneWords(request) };
    case "refused":
      return { mark: "stop", words: `It would not${what.slice(2)}. ${full(request.detail ?? "It did not say why.")}` };
    case "unanswered":
      return { mark: "stop", words: `No answer within ${patience[request.command]}. Is it switched on?` };
  }
}

/** Some makers' devices take a request and never answer: then only what was sent is known. */
function doneWords({ command, detail }: DeviceRequestView): string {
  if (detail?.startsWith("Sent ")) return full(detail);
  return detail ? `${done[command]} ${full(detail)}` : done[command];
}

/** A device's own words as a sentence. */
function full(detail: string): string {
  const text = detail.trim();
  if (text === "") return "";
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
