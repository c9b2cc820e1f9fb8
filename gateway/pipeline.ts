import type { Command, CommandResult, CommandValue } from "#wire/commands.ts";
import type { Decoded } from "#wire/decoded.ts";
import type { FormatResult } from "#wire/formats.ts";
import type { Bus } from "./bus.ts";
import type { Clock } from "./clock.ts";
import type { DomainEvent, JournalEntry } from "./events.ts";
import type { House, HouseState } from "./house.ts";
import type { Inbox } from "./inbox.ts";
import type { Log } from "./log.ts";
import { withMappings } from "./mapped-decoder.ts";
import { createRecorder } from "./recorder.ts";
import type { Context } from "./room.ts";
import type { Op } from "./storage/schema.ts";

/** What the pipeline needs of storage/. */
export type Journal = {
  enqueue(events: DomainEvent[], ops?: Op[]): number;
  whenCommitted(batch: number, done: (error?: Error) => void): void;
  isFailing(): boolean;
};

/** One message as an edge hands it over. */
export type Incoming = {
  topic: string;
  payload: Uint8Array;
  client: string;
  qos: number;
  retain: boolean;
  /** By a broker of the shop's own: said now, or kept from before we asked and no sign that its device is there. */
  outside?: "said" | "kept";
};

const tickMs = 1_000;
/** After a longer silence (sleep, a clock that jumped) only this many ticks are made up for. */
const ticksCaughtUp = 120;
/** What one input says never causes more events in other rooms than this; more would be rooms answering each other for ever. */
const eventsPerInput = 10_000;

/**
 * The one path of a packet or command: decode, decide, append, (acknowledge), evolve, emit.
 * `decided` runs ahead of the disk so that the next input is judged right; `committed` follows it and is what people read.
 */
export function createPipeline(options: {
  house: House;
  /** `now`: epoch ms of the input; some formats know by it what they heard before. */
  decode(topic: string, bytes: Uint8Array, now: number): FormatResult;
  /** Told of every message of a device that the registry knows; `lost`: how many of its messages were, so far. */
  heard?(decoded: Decoded, lost: number, now: number): void;
  /** Takes out what must not even be recorded: names, faces, number plates that a camera recognised. */
  strip(topic: string, bytes: Uint8Array): Uint8Array;
  journal: Journal;
  inbox: Inbox;
  bus: Bus;
  clock: Clock;
  log: Log;
  derive(label: string): string;
  /** A gap of this length between two seconds means that nothing could be heard in it. Left out in a replay, which is told. */
  stallMs?: number;
  /** True while the broker that devices speak to is away. */
  isDeaf?(): boolean;
  state: { decided: HouseState; committed: HouseState };
}) {
  const { house, journal, inbox, bus, clock, log } = options;
  let { decided, committed } = options.state;
  const recorder = createRecorder();
  const decode = withMappings(options.decode, () => decided.devices.seats.mappings);
  const counters = {
    messages: 0,
    undecodable: 0,
    notForUs: 0,
    events: 0,
    commands: 0,
    refusedCommands: 0,
    clockJumps: 0,
  };
  /** What a decision may have been based on: an answer that changes nothing waits for it too. */
  let newestBatch = 0;
  let lastNow = clock.now();
  let tickedUntil = Math.floor(lastNow / tickMs) * tickMs;

  /** Time only goes forward for the rooms, except when the machine's clock was set back by more than a minute. */
  function readClock(): number {
    const now = clock.now();
    if (now >= lastNow) return now;
    const backMs = lastNow - now;
    if (backMs < 60_000) return lastNow;
    counters.clockJumps++;
    lastNow = now;
    log.warn({ backMs }, "the clock was set back; going on from there");
    tickedUntil = Math.floor(now / tickMs) * tickMs;
    return now;
  }

  const contextAt = (now: number): Context => ({ now, derive: options.derive });

  /** Every whole second up to `now` is an input of its own, before whatever arrived in it. */
  function advance(now: number) {
    lastNow = now;
    // decided on a state that the disk never had: made up for after the reload
    if (journal.isFailing()) return;
    const due = Math.floor(now / tickMs) * tickMs;
    const hasStalled = due - tickedUntil >= (options.stallMs ?? Number.POSITIVE_INFINITY);
    if (hasStalled || (due > tickedUntil && options.isDeaf?.())) forgiveSilence(now);
    if (due - tickedUntil > ticksCaughtUp * tickMs) tickedUntil = due - ticksCaughtUp * tickMs;
    while (tickedUntil < due) {
      tickedUntil += tickMs;
      const context = contextAt(tickedUntil);
      append(settle(decideTickSafely(context), context));
    }
  }

  /** Written down before the seconds that are made up for, because they are judged by it. */
  function forgiveSilence(now: number) {
    recorder.deaf(now, tickedUntil);
    house.listenAgain(decided, now);
  }

  function decideTickSafely(context: Context): DomainEvent[] {
    try {
      return house.decideTick(decided, context);
    } catch (error) {
      log.error({ error }, "a second could not be judged; the next one is");
      return [];
    }
  }

  /** A decision that throws is our bug; one poisonous packet must not stop the shop, nor come back for ever. */
  function decideSafely(reading: Decoded, context: Context, message: Incoming): ReturnType<House["decideReading"]> {
    try {
      return house.decideReading(decided, reading, context, message);
    } catch (error) {
      log.error({ error, device: reading.deviceId }, "a reading could not be judged; it lies in the inbox");
      return { events: [], reason: "the gateway could not judge this reading (see its log)" };
    }
  }

  /** Applies events and lets the other rooms answer them, until nobody has anything to add. */
  function settle(first: DomainEvent[], context: Context): DomainEvent[] {
    const events = first;
    const limit = first.length + eventsPerInput;
    for (let i = 0; i < events.length; i++) {
      const event = events[i];
      if (!event) break;
      house.evolve(decided, event);
      for (const caused of house.react(decided, event, context)) events.push(caused);
      if (events.length > limit)
        throw new Error(`one input caused more than ${eventsPerInput} events, the last a ${event.type}`);
    }
    return events;
  }

  function append(events: DomainEvent[], ops: Op[] = []): number {
    if (events.length === 0 && ops.length === 0) return 0;
    counters.events += events.length;
    for (const event of events) recorder.decided(event);
    newestBatch = journal.enqueue(events, ops);
    return newestBatch;
  }

  return {
    /** Decides what a message means. Returns the batch its acknowledgement must wait for, 0 for none. */
    accept(incoming: Incoming, ops: Op[] = []): number {
      const message = { ...incoming, payload: options.strip(incoming.topic, incoming.payload) };
      counters.messages++;
      const now = readClock();
      advance(now);
      // not judged, not acknowledged: its sender says it again
      if (journal.isFailing()) return journal.enqueue([], ops);
      recorder.message(now, message);
      const result = decode(message.topic, message.payload, now);
      const note = (reason: string) => inbox.add({ at: now, ...message, reason });
      if (!result.ok) {
        if (result.notForUs) {
          counters.notForUs++;
          return append([], ops);
        }
        counters.undecodable++;
        note(result.reason);
        return append([], ops);
      }
      if (result.doubt !== undefined) inbox.add({ at: now, ...message, reason: result.doubt, isAboutOwn: true });
      const context = contextAt(now);
      const events: DomainEvent[] = [];
      let isRepeated = false;
      for (const decoded of [result.value, ...(result.also ?? [])]) {
        const decision = decideSafely(decoded, context, message);
        if (decision.reason !== undefined) note(decision.reason);
        isRepeated ||= decision.repeated ?? false;
        const device = options.heard && decided.devices.devices.get(decoded.deviceId);
        if (device && !decision.repeated) options.heard?.(decoded, device.health.lost, now);
        events.push(...settle(decision.events, context));
      }
      const batch = append(events, ops);
      // a repetition is acknowledged when what it repeats is on disk
      return batch === 0 && isRepeated ? newestBatch : batch;
    },

    /** Answers once the events are on disk. */
    run<C extends Command>(command: C): Promise<CommandResult<CommandValue<C["command"]>>> {
      counters.commands++;
      const now = readClock();
      advance(now);
      if (journal.isFailing()) return Promise.resolve(notSaved(new Error("the disk is being read again")));
      recorder.command(now, command);
      const context = contextAt(now);
      const decision = house.decideCommand(decided, command, context);
      if (decision.ok) append(settle(decision.events, context));
      else counters.refusedCommands++;
      // house.decideCommand pairs each command with its own value; TypeScript cannot follow that through the switch
      const result = decision as CommandResult<CommandValue<C["command"]>>;
      return new Promise((resolve) => {
        journal.whenCommitted(newestBatch, (error) => resolve(error ? notSaved(error) : answerOf(result)));
      });
    },

    /** Called by a timer; does nothing while inputs come faster than ticks. */
    tick() {
      advance(readClock());
      recorder.tick(lastNow);
    },

    /** Nothing could be heard until now, because the broker was away: that is nobody's silence. */
    listenAgain() {
      const now = readClock();
      forgiveSilence(now);
      advance(now);
    },

    /** What storage says is on disk: the committed state follows, then the effects run. */
    committed(entries: JournalEntry[]) {
      for (const entry of entries) {
        house.evolve(committed, entry.event, entry.id);
        bus.emit(entry);
      }
    },

    /** After a failed commit: memory must never run ahead of disk. */
    reload(state: { decided: HouseState; committed: HouseState }) {
      ({ decided, committed } = state);
      newestBatch = 0;
    },

    /** Notes something that never became a message. */
    refuse(incoming: Incoming, reason: string) {
      const message = { ...incoming, payload: options.strip(incoming.topic, incoming.payload) };
      counters.undecodable++;
      inbox.add({ at: readClock(), ...message, reason });
    },

    state: () => committed,
    /** Only for the record's first line. */
    decidedState: () => decided,
    inbox,
    recorder,
    counters: () => ({ ...counters }),
    tickedUntil: () => tickedUntil,
  };
}

export type Pipeline = ReturnType<typeof createPipeline>;

/** Without the events: they are the journal's. */
function answerOf<Value>(result: CommandResult<Value>): CommandResult<Value> {
  return result.ok ? { ok: true, value: result.value } : result;
}

function notSaved(error: Error): {
  ok: false;
  problem: { status: number; type: string; title: string; detail: string };
} {
  const title = "The shop's memory could not be written. Nothing was changed.";
  return { ok: false, problem: { status: 503, type: "not-saved", title, detail: error.message } };
}
