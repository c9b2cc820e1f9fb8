import { shopConfigForDrill } from "../drills/drill-config.ts";
import { createCrowd } from "./load-crowd.ts";
import { flood } from "./load-flood.ts";
import type { Request, Response } from "./load-jobs.ts";
import { neighboursOf } from "./load-neighbours.ts";
import { pace } from "./load-pace.ts";
import { reconnect } from "./load-reconnect.ts";
import { createTrouble } from "./load-trouble.ts";
import type { createVideoLoad } from "./video-load.ts";

// The process that publishes and listens: node load-process.ts, spoken to over IPC (load.ts).
const shop = shopConfigForDrill();
const crowd = createCrowd(shop.config.store.id);
const trouble = createTrouble(shop.config.store.id);
/** Loaded when first asked for: it is heavy, and the other jobs are measured beside it. */
let video: Promise<ReturnType<typeof createVideoLoad>> | undefined;

function videoLoad() {
  video ??= import("./video-load.ts").then((module) => module.createVideoLoad());
  return video;
}

async function answerTo(request: Request): Promise<unknown> {
  switch (request.name) {
    case "flood":
      return flood(shop, request.ask);
    case "pace":
      return pace(shop, request.ask);
    case "crowd":
      return crowd.gather(request.ask);
    case "reconnect":
      return reconnect(request.ask);
    case "neighbours":
      return neighboursOf(shop, request.ask);
    case "trouble":
      return trouble.begin(request.ask);
    case "calm":
      return trouble.end();
    case "send":
      return (await videoLoad()).send(request.ask);
    case "watch":
      return (await videoLoad()).watch(request.ask);
    case "count":
      return (await videoLoad()).count(request.ask);
    case "lastPacket":
      return (await videoLoad()).lastPacket();
    case "unwatch":
      return (await videoLoad()).leave();
    case "leave":
      return crowd.leave();
  }
}

process.on("message", (request: Request) => {
  const send = (response: Response) => process.send?.(response);
  answerTo(request).then(
    (answer) => send({ id: request.id, answer }),
    (error: unknown) => send({ id: request.id, error: error instanceof Error ? error.message : String(error) }),
  );
});
process.on("disconnect", () => process.exit());
