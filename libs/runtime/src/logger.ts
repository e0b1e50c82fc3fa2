import { type DestinationStream, destination, type Logger as PinoLogger, pino } from "pino";
import { type Env, oneOf, readEnv } from "./env.ts";
import { formatLogLine } from "./pretty-log.ts";
import { redactFields, redactText } from "./redact.ts";

export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

/** Facts beside a message. `error` may be anything thrown: its name, message, code and causes are kept, its stack on debug and error. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Structured logging: a constant message that can be searched for, and everything that varies in fields.
 * Values of fields with secret names (authorization, api_key, secret, password, token, cookie …) are replaced, and so
 * are keys and bearer tokens inside texts. Prompts and answers are never logged: that is the caller's duty.
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** True if a line of this level would be written: guards costly fields. */
  enabled(level: Exclude<LogLevel, "silent">): boolean;
  /** A logger that adds these fields to every line. */
  child(fields: LogFields): Logger;
  /** Resolves when everything logged so far has been handed to the operating system. */
  flush(): Promise<void>;
}

export interface LoggerOptions {
  readonly service: string;
  readonly level: LogLevel;
  /** Coloured lines for a person instead of JSON. Default: whether standard output is a terminal. */
  readonly pretty?: boolean;
  /** Where lines go. Default: standard output, buffered (synchronous on a terminal). */
  readonly write?: (line: string) => void;
}

const bufferedBytes = 4_096;
const flushEveryMs = 250;

/** JSON lines: level, time (epoch milliseconds), service, the fields, msg. */
export function createLogger(options: LoggerOptions): Logger {
  const pretty = options.pretty ?? (options.write === undefined && process.stdout.isTTY === true);
  const sink = createSink(options.write, pretty);
  const lines = pino(
    {
      level: options.level,
      base: { service: options.service },
      formatters: { level: (label) => ({ level: label }) },
      // Errors are described before they get here.
      serializers: {},
    },
    sink.stream,
  );
  return wrap(lines, sink.flush);
}

/** SLUICE_LOG_LEVEL, "info" where it is unset. Throws ConfigError on another word. */
export function readLogLevel(env: Env): LogLevel {
  return readEnv(env, logVariables).level;
}

export const logVariables = {
  level: oneOf("SLUICE_LOG_LEVEL", logLevels, { default: "info", description: "the least level that is logged" }),
} as const;

interface Sink {
  readonly stream: DestinationStream;
  flush(): Promise<void>;
}

function createSink(write: ((line: string) => void) | undefined, pretty: boolean): Sink {
  if (write !== undefined || pretty) {
    const put = write ?? ((line: string) => process.stdout.write(line));
    const stream = { write: (line: string) => put(pretty ? formatLogLine(line, write === undefined) : line) };
    return { stream, flush: () => Promise.resolve() };
  }
  const stream = destination({ fd: 1, sync: false, minLength: bufferedBytes, periodicFlush: flushEveryMs });
  // A reader that goes away must not end the service.
  stream.on("error", () => {});
  return {
    stream,
    flush: () =>
      new Promise((resolve) => {
        stream.flush(() => resolve());
      }),
  };
}

function wrap(lines: PinoLogger, flush: () => Promise<void>): Logger {
  const put = (level: "debug" | "info" | "warn" | "error", message: string, fields: LogFields | undefined) => {
    if (!lines.isLevelEnabled(level)) return;
    const text = redactText(message);
    if (fields === undefined) lines[level](text);
    else lines[level](redactFields(fields, level === "error" || level === "debug"), text);
  };
  return {
    debug: (message, fields) => put("debug", message, fields),
    info: (message, fields) => put("info", message, fields),
    warn: (message, fields) => put("warn", message, fields),
    error: (message, fields) => put("error", message, fields),
    enabled: (level) => lines.isLevelEnabled(level),
    child: (fields) => wrap(lines.child(redactFields(fields, false)), flush),
    flush,
  };
}

/** Says nothing: for tests. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  enabled: () => false,
  child: () => silentLogger,
  flush: () => Promise.resolve(),
};
