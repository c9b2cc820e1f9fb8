import { type Maker, type Post, retainedText, willText } from "./maker.ts";

/**
 * Frigate (docs.frigate.video, integrations/mqtt): availability, the number of people in each of its zones when it changes,
 * and an event for who comes and goes.
 */
export const frigate: Maker<"camera"> = {
  role: "camera",
  everyMs: 1_000,
  heartbeatMs: 10_000,
  voice({ name, random }) {
    const camera = name || "front_door";
    const inside = new Map<string, string[]>();

    function follow(zone: string, people: number, nowMs: number): Post[] {
      const ids = inside.get(zone) ?? [];
      inside.set(zone, ids);
      const posts: Post[] = [];
      while (ids.length < people) {
        const id = `${(nowMs / 1_000).toFixed(6)}-${random.hex(3)}`;
        ids.push(id);
        posts.push(event("new", { id, zone, nowMs }));
      }
      while (ids.length > people) posts.push(event("end", { id: ids.shift() ?? "", zone, nowMs }));
      return posts;
    }
    function event(type: "new" | "end", { id, zone, nowMs }: { id: string; zone: string; nowMs: number }): Post {
      const seconds = nowMs / 1_000;
      const [left, top] = [random.integer(100, 600), random.integer(100, 400)];
      const after = {
        ...{ id, camera, frame_time: seconds, snapshot: null, label: "person", sub_label: null, top_score: 0.91 },
        ...{ false_positive: false, start_time: Number(id.split("-")[0]), end_time: type === "end" ? seconds : null },
        ...{ score: 0.87, box: [left, top, left + 94, top + 204], area: 19_176, ratio: 0.46, region: [0, 0, 720, 720] },
        ...{ current_zones: type === "end" ? [] : [zone], entered_zones: [zone], thumbnail: null, has_snapshot: false },
        ...{ has_clip: false, active: type === "new", stationary: false, motionless_count: 0, position_changes: 1 },
        ...{ attributes: {}, current_attributes: [] },
      };
      return { topic: "frigate/events", payload: JSON.stringify({ type, before: after, after }) };
    }
    return {
      will: () => willText("frigate/available", "offline", 1),
      greet: () => [retainedText("frigate/available", "online")],
      say: (counts, { nowMs }) =>
        counts.flatMap(({ zone, people }) => [
          ...follow(zone, people, nowMs),
          { topic: `frigate/${zone}/person`, payload: `${people}` },
        ]),
    };
  },
};
