import { type BaseLogger, pino } from "pino";

type Fields = Record<string, unknown>;
type Write = (fields: Fields, message: string) => void;

/** Structured log. error: someone must act; warn: degraded, heals itself; info: lifecycle; debug: per packet. */
export type Log = { error: Write; warn: Write; info: Write; debug: Write; child(part: string): Log };

/** Logs go to stderr, so that stdout stays free for what a command prints. Secrets are never passed in. */
export function createLog(level = process.env.VITRINE_LOG ?? "info"): Log {
  const root = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ fd: 2, sync: true }),
  );
  return wrap(root);
}

export const silentLog: Log = {
  error() {},
  warn() {},
  info() {},
  debug() {},
  child: () => silentLog,
};

type Pino = Pick<BaseLogger, "error" | "warn" | "info" | "debug"> & { child(bindings: Fields): Pino };

function wrap(logger: Pino): Log {
  const write =
    (level: "error" | "warn" | "info" | "debug"): Write =>
    ({ error, ...fields }, message) =>
      logger[level]({ ...fields, ...(error === undefined ? {} : { err: error }) }, message);
  return {
    error: write("error"),
    warn: write("warn"),
    info: write("info"),
    debug: write("debug"),
    child: (part) => wrap(logger.child({ part })),
  };
}
