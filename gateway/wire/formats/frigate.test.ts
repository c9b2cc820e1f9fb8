import { describe, expect, test } from "vitest";
import { createDecoder, deviceTopicFilters } from "../formats.ts";
import { stripFrigate } from "./frigate.ts";

const decode = createDecoder("main");
const say = (topic: string, payload: string) => decode(topic, Buffer.from(payload));

/** The event of Frigate's documentation, where a face and a number plate were recognised. */
const object = [
  '{"id":"1607123955.475377-mxklsc","camera":"front_door","frame_time":1607123962.082975,',
  '"snapshot":{"frame_time":1607123965.975463,"box":[415,489,528,700],"score":0.77546,"attributes":[]},',
  '"label":"person","sub_label":["John Smith",0.79],"top_score":0.958984375,"false_positive":false,"end_time":null,',
  '"current_zones":["yard","driveway"],"entered_zones":["yard","driveway"],"thumbnail":null,"stationary":false,',
  '"attributes":{"face":0.86},"current_attributes":[{"label":"face","box":[442,506,534,524],"score":0.86}],',
  '"recognized_license_plate":"ABC12345","recognized_license_plate_score":0.933451}',
].join("");
const event = `{"type":"update","before":${object},"after":${object}}`;
const secrets = /John|Smith|ABC12345|face|licen[sc]e|sub_label|thumbnail|mxklsc/;

describe("Frigate", () => {
  test("counts the people of a zone", () => {
    expect(say("frigate/till/person", "2")).toEqual({
      ok: true,
      value: {
        deviceId: "frigate",
        kind: "camera",
        format: "frigate",
        readings: [{ kind: "people", zone: "till", people: 2 }],
      },
    });
    expect(say("frigate/till/person", "0")).toMatchObject({ value: { readings: [{ people: 0 }] } });
  });

  test("comes and goes", () => {
    expect(say("frigate/available", "online")).toMatchObject({
      value: { deviceId: "frigate", readings: [{ kind: "status", state: "online" }] },
    });
    for (const gone of ["offline", "stopped"]) {
      expect(say("frigate/available", gone)).toMatchObject({ value: { readings: [{ state: "offline" }] } });
    }
  });

  test("tells of a person whose face it knows, and nothing of it is passed on", () => {
    const result = say("frigate/events", event);
    expect(result).toEqual({
      ok: true,
      value: { deviceId: "frigate", kind: "camera", format: "frigate", readings: [] },
    });
  });

  test("sends pictures and descriptions, and they lead to nothing", () => {
    for (const topic of ["frigate/door/person/snapshot", "frigate/reviews", "frigate/tracked_object_update"]) {
      expect(say(topic, event)).toMatchObject({ ok: true, value: { readings: [] } });
    }
  });

  test("is not asked for events and pictures at somebody else's broker", () => {
    const filters = deviceTopicFilters("main").filter((filter) => filter.startsWith("frigate/"));
    expect(filters).toEqual(["frigate/available", "frigate/+/person"]);
  });

  test.each([
    ["minus one person", "frigate/till/person", "-1", /^person must be at least 0, not -1$/],
    ["half a person", "frigate/till/person", "1.5", /^person must be a whole number$/],
    ["a million people", "frigate/till/person", "1000000", /^person must be at most 10000/],
    ["people in words", "frigate/till/person", "two", /^person must be a number$/],
    ["a picture for a number", "frigate/till/person", "\xff\xd8\xff\xe0JFIF", /^person must be a number$/],
    ["a zone with a blank", "frigate/front door/person", "1", /name of the zone/],
    ["a state nobody knows", "frigate/available", "busy", /must be online, stopped or offline/],
    ["an event without a camera", "frigate/events", '{"type":"new","after":{}}', /^after\.camera must be/],
    ["an event of another type", "frigate/events", '{"type":"John Smith"}', /^type must be new, update or end$/],
    ["half an event", "frigate/events", event.slice(0, 300), /^the payload is not valid JSON$/],
  ])("%s is refused with a reason that quotes nobody", (_what, topic, payload, reason) => {
    const result = say(topic, payload);
    expect(result).toEqual({ ok: false, known: true, reason: expect.stringMatching(reason) });
    expect(JSON.stringify(result)).not.toMatch(secrets);
  });
});

describe("before a message of Frigate is kept anywhere", () => {
  const kept = (topic: string, payload: string) => Buffer.from(stripFrigate(topic, Buffer.from(payload))).toString();

  test("names, faces and number plates are taken out of an event", () => {
    expect(event).toMatch(secrets);
    expect(JSON.parse(kept("frigate/events", event))).toEqual({
      type: "update",
      after: { camera: "front_door", label: "person", current_zones: ["yard", "driveway"], stationary: false },
    });
    expect(kept("frigate/events", event)).not.toMatch(secrets);
  });

  test("a stripped event is understood, and stripping it again changes nothing", () => {
    const once = kept("frigate/events", event);
    expect(say("frigate/events", once).ok).toBe(true);
    expect(kept("frigate/events", once)).toBe(once);
  });

  test("a damaged event, a picture and a description leave nothing", () => {
    expect(kept("frigate/events", event.slice(0, 300))).toBe("");
    expect(kept("frigate/door/person/snapshot", "JFIF")).toBe("");
    expect(kept("frigate/tracked_object_update", '{"type":"face","name":"John Smith"}')).toBe("");
    expect(kept("frigate/reviews", event)).toBe("");
  });

  test("counts, and what others say, stay as they are", () => {
    expect(kept("frigate/till/person", "2")).toBe("2");
    expect(kept("store/main/shelf/A1/status", '{"state":"online"}')).toBe('{"state":"online"}');
  });
});
