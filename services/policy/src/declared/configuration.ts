import { createHash } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { type Config, ConfigSchema } from "@sluice/api/sluice/config/v1/config";
import {
  type ConfigProblem,
  type ConfigRead,
  createSecretReader,
  formatProblems,
  type ParsedConfig,
  parseConfig,
  resolvesForPolicy,
  watchConfigFile,
} from "@sluice/config";
import type { Clock, Env } from "@sluice/runtime";
import type { PolicyEvents } from "../events.ts";
import { type Declared, declare } from "./declare.ts";
import { withoutSecrets } from "./find-changes.ts";

/** The configuration file as it stands at the start is unusable. Says every fault with its place. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
}

/** The configuration in force. */
export interface InForce {
  /** Identifies the text. */
  readonly etag: string;
  /** Epoch milliseconds. */
  readonly appliedMs: number;
  /** As it is written, secrets that are written out included: not to be shown. */
  readonly text: string;
  /** With digests for secrets. */
  readonly config: Config;
  readonly declared: Declared;
}

export interface Configuration {
  readonly inForce: InForce;
  /** What is wrong with the file as it stands now. Empty: it is in force. */
  readonly refused: readonly ConfigProblem[];
  /** Reads another text as the file would be read. */
  parse(text: string): ParsedConfig;
  /** Calls back after each change of `inForce`. */
  onChange(listener: () => void): void;
}

/**
 * Follows the configuration file until `signal` aborts. A file that is bad or gone changes nothing but `refused`. Throws ConfigurationError if
 * it is bad or gone at the first look. Without a path, an empty configuration is in force.
 */
export function followConfiguration(options: {
  readonly path: string | undefined;
  readonly env: Env;
  readonly clock: Clock;
  readonly events: PolicyEvents;
  readonly signal: AbortSignal;
}): Configuration {
  const { path, env, clock, events, signal } = options;
  const readFile = createSecretReader(path ?? "sluice.yaml");
  const listeners: (() => void)[] = [];
  let inForce = toInForce("", create(ConfigSchema), clock.now());
  let refused: readonly ConfigProblem[] = [];
  let isFirst = true;

  const parse = (text: string): ParsedConfig => parseConfig(text, { env, readFile, resolve: resolvesForPolicy });

  function take(file: string, read: ConfigRead): void {
    const result = read.kind === "text" ? parse(read.text) : unreadable(read.reason);
    if (result.kind === "invalid") {
      if (isFirst) throw new ConfigurationError(`unusable configuration:\n${formatProblems(file, result.problems)}`);
      refused = result.problems;
      events.configurationRefused(file, result.problems);
      return;
    }
    refused = [];
    const next = toInForce(read.kind === "text" ? read.text : "", result.config, clock.now());
    if (next.etag === inForce.etag && !isFirst) return;
    inForce = next;
    events.configurationTaken(next.etag);
    for (const listener of listeners) listener();
  }

  if (path !== undefined) watchConfigFile(path, (read) => take(path, read), signal);
  isFirst = false;
  return {
    get inForce() {
      return inForce;
    },
    get refused() {
      return refused;
    },
    parse,
    onChange(listener) {
      listeners.push(listener);
    },
  };
}

function toInForce(text: string, config: Config, appliedMs: number): InForce {
  const etag = createHash("sha256").update(text).digest("hex").slice(0, 32);
  return { etag, appliedMs, text, config: withoutSecrets(config), declared: declare(config) };
}

function unreadable(reason: string): ParsedConfig {
  const message = `the file cannot be read: ${reason}`;
  return { kind: "invalid", problems: [{ path: "", line: 1, column: 1, message }] };
}
