import { readFileSync } from "node:fs";
import { type types as ms, observer } from "mediasoup";
import { expect, onTestFinished, test } from "vitest";
import { until } from "./test-sharing.ts";
import { answerTo, asMirror, openVideoShop, sdpType } from "./test-shop.ts";

const published = readFileSync(new URL("captures/libwebrtc-m98-sendonly.sdp", import.meta.url), "utf8");
const playing = published.replace("a=sendonly", "a=recvonly");
/** The same codecs under other numbers: such a player needs a relay of its own kind. */
const renumbered = playing
  .replace(/^(m=video \S+ \S+) 96 /m, "$1 106 ")
  .replaceAll(":96 ", ":106 ")
  .replace("apt=96", "apt=106");
const perWay = 40;
const patient = { timeout: 60_000 };

/** Everything that the video workers of this process hold, asked of themselves. */
function watchWorkers() {
  const workers = new Set<ms.Worker>();
  const routers = new Set<ms.Router>();
  const servers = new Set<ms.WebRtcServer>();
  const note = (worker: ms.Worker) => {
    workers.add(worker);
    worker.observer.on("newrouter", (router) => routers.add(router));
    worker.observer.on("newwebrtcserver", (server) => servers.add(server));
  };
  observer.on("newworker", note);
  onTestFinished(() => void observer.off("newworker", note));
  const alive = <T extends { closed: boolean }>(all: Set<T>) => [...all].filter(({ closed }) => !closed);

  return async function count() {
    const seen = { routers: 0, transports: 0, producers: 0, consumers: 0, words: 0, logins: 0 };
    for (const worker of alive(workers)) seen.routers += (await worker.dump()).routerIds.length;
    for (const router of alive(routers)) {
      const dump = await router.dump();
      seen.transports += dump.transportIds.length;
      seen.producers += dump.mapProducerIdConsumerIds.length;
      seen.consumers += dump.mapConsumerIdProducerId.length;
      seen.words += dump.mapDataProducerIdDataConsumerIds.length + dump.mapDataConsumerIdDataProducerId.length;
    }
    for (const server of alive(servers)) {
      const dump = await server.dump();
      seen.logins += dump.localIceUsernameFragments.length;
    }
    return seen;
  };
}

async function openFullShop() {
  const count = watchWorkers();
  const shop = await openVideoShop();
  shop.shares.set("s1", { mirrorId: "M1", over: false, maxViewers: 1_000 });
  const ask = (
    method: "POST" | "PATCH" | "DELETE",
    url: string,
    payload = "",
    headers: Record<string, string> = sdpType,
  ) => shop.app.inject({ method, url, payload, headers: payload === "" ? {} : headers });
  const publish = async () => {
    const made = await ask("POST", "/whip/M1", published, { ...sdpType, ...asMirror });
    expect(made.statusCode).toBe(201);
    return String(made.headers.location);
  };

  /** Their own offer, with our numbers and with others; our offer, answered and not; our offer in place of theirs. */
  async function open(): Promise<string[]> {
    const opened: string[] = [];
    for (let count = 0; count < perWay; count += 1) {
      for (const offer of [playing, renumbered]) {
        const made = await ask("POST", "/whep/t-s1", offer);
        expect(made.statusCode).toBe(201);
        opened.push(String(made.headers.location));
      }
      for (const prefer of ["", "counter-offer"]) {
        const made = await ask("POST", "/whep/t-s1", prefer && playing, { ...sdpType, prefer });
        expect(made.statusCode).toBe(prefer ? 406 : 201);
        const location = String(made.headers.location);
        expect((await ask("PATCH", location, answerTo(made.body))).statusCode).toBe(204);
        opened.push(location);
      }
      const unanswered = await ask("POST", "/whep/t-s1");
      opened.push(String(unanswered.headers.location));
    }
    return opened;
  }
  return { ...shop, count, ask, publish, open };
}

test("two hundred sessions of every kind leave nothing behind, however they end", patient, async () => {
  const { media, count, ask, publish, open } = await openFullShop();
  const empty = await count();
  const nothing = async () => {
    const [worker] = (await media.stats()).workers;
    return { sessions: worker?.viewers, streams: worker?.streams, relays: worker?.relays };
  };
  const ends: Record<string, (opened: string[], mirror: string) => unknown> = {
    "each leaves": (opened) => Promise.all(opened.map((location) => ask("DELETE", location))),
    "the share ends": () => media.closeViewers("s1"),
    "the mirror leaves": (_opened, mirror) => ask("DELETE", mirror),
    "the share ends, and the stream with it": () => {
      media.closeViewers("s1");
      media.closeStream("M1");
    },
    "another picture takes its place": publish,
    "the last of them while it is being made": async () => {
      const late = Array.from({ length: 20 }, () => ask("POST", "/whep/t-s1"));
      media.closeStream("M1");
      await Promise.all(late);
    },
  };
  for (const [how, end] of Object.entries(ends)) {
    const mirror = await publish();
    const opened = await open();
    expect(await nothing()).toEqual({ sessions: 5 * perWay, streams: 1, relays: 1 });
    expect((await count()).transports).toBeGreaterThan(5 * perWay);
    await end(opened, mirror);
    media.closeStream("M1");
    await until(() => opened.every((location) => !media.session(location.replace("/whep/session/", ""))));
    let left = await nothing();
    while (left.sessions !== 0) left = await nothing();
    expect({ how, ...left }).toEqual({ how, sessions: 0, streams: 0, relays: 0 });
    expect({ how, ...(await count()) }).toEqual({ how, ...empty });
  }
});

test("a worker that dies takes all of it along, and the next one begins empty", patient, async () => {
  const { media, count, publish, open } = await openFullShop();
  const empty = await count();
  const mirror = await publish();
  const opened = await open();
  const pid = media.workerPid() ?? 0;
  process.kill(pid, "SIGKILL");
  await until(() => media.workerPid() !== undefined && media.workerPid() !== pid);
  expect(media.session(mirror.replace("/whip/session/", ""))).toBeUndefined();
  for (const location of opened) expect(media.session(location.replace("/whep/session/", ""))).toBeUndefined();
  expect((await media.stats()).workers).toMatchObject([{ restarts: 1, streams: 0, viewers: 0, relays: 0 }]);
  expect(await count()).toEqual(empty);
  await publish();
  await open();
  media.closeStream("M1");
  while (((await media.stats()).workers[0]?.viewers ?? 1) > 0);
  expect(await count()).toEqual(empty);
});
