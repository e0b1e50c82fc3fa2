import type { Env } from "./env.ts";

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

export function createLogger(_options: LoggerOptions): Logger {
  throw new Error("not built yet");
}

/** SLUICE_LOG_LEVEL, "info" where it is unset. Throws ConfigError on another word. */
export function readLogLevel(_env: Env): LogLevel {
  throw new Error("not built yet");
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
