import { durationExpectation, formatDuration, parseDuration } from "./duration.ts";

/** The environment as Node gives it. An empty value counts as unset. */
export type Env = Readonly<Record<string, string | undefined>>;

/** One variable: how it is called, what it means and how its text is read. Made by string(), integer() and the like. */
export interface Variable<T> {
  readonly name: string;
  readonly description: string;
  /** What a good value looks like, as it stands in an error: "a whole number from 1 to 65535". */
  readonly expected: string;
  readonly secret: boolean;
  /** What holds where the variable is unset. */
  readonly absent: { readonly kind: "required" } | { readonly kind: "value"; readonly value: T; readonly text: string };
  /** The value of a non-empty text, or undefined if the text is no good. */
  parse(text: string): T | undefined;
}

interface Described {
  readonly description: string;
}
interface Optional extends Described {
  readonly optional: true;
}
interface Defaulted<T> extends Described {
  readonly default: T;
}
interface Required extends Described {
  readonly optional?: never;
  readonly default?: never;
}

/** Exactly one of: nothing (required), `default`, or `optional: true` (undefined where unset). */
export type Presence<T> = Required | Optional | Defaulted<T>;

export type ValueOf<T, P> = P extends { readonly optional: true } ? T | undefined : T;

export interface EnvFault {
  readonly name: string;
  /** What was found, quoted; never the value of a secret. */
  readonly found: string;
  readonly expected: string;
  readonly remedy: string;
}

/** The environment is unusable. Lists every bad variable, not only the first. */
export class ConfigError extends Error {
  override name = "ConfigError";
  readonly faults: readonly EnvFault[];

  constructor(faults: readonly EnvFault[], options?: ErrorOptions) {
    const lines = faults.map((fault) => `  ${fault.name}: ${fault.found}, expected ${fault.expected}; ${fault.remedy}`);
    super(`unusable environment, ${faults.length} bad:\n${lines.join("\n")}`, options);
    this.faults = faults;
  }
}

type Shape = Readonly<Record<string, Variable<unknown>>>;
export type ConfigOf<S extends Shape> = { readonly [K in keyof S]: S[K] extends Variable<infer T> ? T : never };

/** Reads all variables of a shape. Throws one ConfigError that lists every fault. Pure: reads nothing but `env`. */
export function readEnv<S extends Shape>(env: Env, shape: S): ConfigOf<S> {
  const config: Record<string, unknown> = {};
  const faults: EnvFault[] = [];
  for (const [key, variable] of Object.entries(shape)) {
    const text = env[variable.name];
    if (text === undefined || text === "") {
      if (variable.absent.kind === "value") config[key] = variable.absent.value;
      else faults.push(faultOf(variable, "not set", `set ${variable.name} (${variable.description})`));
      continue;
    }
    const value = variable.parse(text);
    if (value === undefined) {
      const found = variable.secret ? "found a value that is not shown" : `found ${quote(text)}`;
      const fallback = variable.absent.kind === "value" ? ", or unset it" : "";
      faults.push(faultOf(variable, found, `correct ${variable.name}${fallback}`));
    } else {
      config[key] = value;
    }
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return config as ConfigOf<S>;
}

/** One row of a README's table of variables. */
export interface EnvRow {
  readonly name: string;
  /** The default as one would write it, "required", or "" where unset means absent. */
  readonly default: string;
  readonly meaning: string;
  readonly expected: string;
}

export function describeEnv(shape: Shape): readonly EnvRow[] {
  return Object.values(shape).map((variable) => ({
    name: variable.name,
    default: variable.absent.kind === "required" ? "required" : variable.absent.text,
    meaning: variable.description,
    expected: variable.expected,
  }));
}

/** The rows as a Markdown table: variable, default, meaning. */
export function formatEnvTable(shape: Shape): string {
  const rows = describeEnv(shape).map((row) => {
    const fallback = row.default === "" || row.default === "required" ? row.default : `\`${row.default}\``;
    return `| \`${row.name}\` | ${fallback} | ${row.meaning} |`;
  });
  return ["| variable | default | meaning |", "| --- | --- | --- |", ...rows].join("\n");
}

export function string<P extends Presence<string> & { readonly maxLength?: number }>(
  name: string,
  options: P,
): Variable<ValueOf<string, P>> {
  const maxLength = options.maxLength ?? 4_096;
  return define(name, options, `text of at most ${maxLength} characters`, (text) =>
    text.length <= maxLength ? text : undefined,
  );
}

/** Text that never appears in an error, a log or a table. */
export function secret<P extends (Required | Optional) & { readonly minLength?: number }>(
  name: string,
  options: P,
): Variable<ValueOf<string, P>> {
  const minLength = options.minLength ?? 1;
  const variable = define<string, P>(name, options, `a secret of at least ${minLength} characters`, (text) =>
    text.length >= minLength && text.length <= 65_536 ? text : undefined,
  );
  return { ...variable, secret: true };
}

export function integer<P extends Presence<number> & { readonly min?: number; readonly max?: number }>(
  name: string,
  options: P,
): Variable<ValueOf<number, P>> {
  const min = options.min ?? 0;
  const max = options.max ?? Number.MAX_SAFE_INTEGER;
  const expected =
    max === Number.MAX_SAFE_INTEGER ? `a whole number, at least ${min}` : `a whole number from ${min} to ${max}`;
  return define(name, options, expected, (text) => {
    if (!/^-?\d{1,16}$/.test(text)) return undefined;
    const value = Number(text);
    return Number.isSafeInteger(value) && value >= min && value <= max ? value : undefined;
  });
}

/** Milliseconds, written as "500ms", "2s", "10m", "1h" or "1d". The default is in milliseconds too. */
export function duration<P extends Presence<number> & { readonly minMs?: number; readonly maxMs?: number }>(
  name: string,
  options: P,
): Variable<ValueOf<number, P>> {
  const minMs = options.minMs ?? 0;
  const maxMs = options.maxMs ?? Number.MAX_SAFE_INTEGER;
  const bounds =
    (options.minMs === undefined ? "" : `, at least ${formatDuration(minMs)}`) +
    (options.maxMs === undefined ? "" : `, at most ${formatDuration(maxMs)}`);
  const parse = (text: string) => {
    const value = parseDuration(text);
    return value !== undefined && value >= minMs && value <= maxMs ? value : undefined;
  };
  return define(name, options, durationExpectation + bounds, parse, formatDuration);
}

export function boolean<P extends Presence<boolean>>(name: string, options: P): Variable<ValueOf<boolean, P>> {
  return define(name, options, "true or false", (text) =>
    text === "true" || text === "1" ? true : text === "false" || text === "0" ? false : undefined,
  );
}

/** An absolute URL, kept as it was written. `protocols` such as ["http:", "https:"] (the default). */
export function url<P extends Presence<string> & { readonly protocols?: readonly string[] }>(
  name: string,
  options: P,
): Variable<ValueOf<string, P>> {
  const protocols = options.protocols ?? ["http:", "https:"];
  const expected = `a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(" or ")}`;
  const variable = define<string, P>(name, options, expected, (text) => {
    const parsed = URL.parse(text);
    return parsed !== null && protocols.includes(parsed.protocol) ? text : undefined;
  });
  // A URL may carry a password: a bad one is not echoed.
  return { ...variable, secret: true };
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** "host:port", "[::1]:port". */
export function hostPort<P extends Presence<HostPort>>(name: string, options: P): Variable<ValueOf<HostPort, P>> {
  const parse = (text: string): HostPort | undefined => {
    const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text);
    const host = match?.[1] ?? match?.[2];
    const port = Number(match?.[3]);
    return host !== undefined && port <= 65_535 ? { host, port } : undefined;
  };
  const format = ({ host, port }: HostPort) => (host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`);
  return define(name, options, "host:port, such as 127.0.0.1:8080", parse, format);
}

/** One of a closed list of words. */
export function oneOf<const W extends readonly string[], P extends Presence<W[number]>>(
  name: string,
  words: W,
  options: P,
): Variable<ValueOf<W[number], P>> {
  return define<W[number], P>(name, options, `one of ${words.join(", ")}`, (text) =>
    words.find((word) => word === text),
  );
}

/** A path in the file system. Not checked for existence: reading it is I/O. */
export function path<P extends Presence<string>>(name: string, options: P): Variable<ValueOf<string, P>> {
  return define(name, options, "a path", (text) => (text.includes("\0") ? undefined : text));
}

/** Words separated by commas, blanks around them dropped. At most 256. */
export function list<P extends Presence<readonly string[]>>(
  name: string,
  options: P,
): Variable<ValueOf<readonly string[], P>> {
  const parse = (text: string) => {
    const words = text.split(",").map((word) => word.trim());
    return words.length <= 256 && words.every((word) => word !== "") ? words : undefined;
  };
  return define<readonly string[], P>(name, options, "words separated by commas", parse, (words) => words.join(","));
}

function define<T, P extends Presence<T>>(
  name: string,
  presence: P,
  expected: string,
  parse: (text: string) => T | undefined,
  format: (value: T) => string = String,
): Variable<ValueOf<T, P>> {
  let absent: Variable<T | undefined>["absent"] = { kind: "required" };
  if ("optional" in presence && presence.optional === true) absent = { kind: "value", value: undefined, text: "" };
  else if ("default" in presence && presence.default !== undefined) {
    absent = { kind: "value", value: presence.default, text: format(presence.default) };
  }
  const variable: Variable<T | undefined> = {
    name,
    description: presence.description,
    expected,
    secret: false,
    absent,
    parse,
  };
  return variable as Variable<ValueOf<T, P>>;
}

function faultOf(variable: Variable<unknown>, found: string, remedy: string): EnvFault {
  return { name: variable.name, found, expected: variable.expected, remedy };
}

function quote(text: string): string {
  return JSON.stringify(text.length <= 80 ? text : `${text.slice(0, 80)}…`);
}
