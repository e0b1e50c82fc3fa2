import { ConfigError, type Env, oneOf, readEnv, string } from "./env.ts";

/** Whether a trace is recorded. `parentSampled` is the caller's flag, undefined without a caller. */
export type Sampler = (traceId: string, parentSampled: boolean | undefined) => boolean;

const names = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
] as const;

export const defaultRatio = 0.01;

/** OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG. Unlike the SDK's, the default is parentbased_traceidratio of 0.01. */
export function readSampler(env: Env): Sampler {
  const config = readEnv(env, {
    name: oneOf("OTEL_TRACES_SAMPLER", names, {
      default: "parentbased_traceidratio",
      description: "which requests are traced",
    }),
    argument: string("OTEL_TRACES_SAMPLER_ARG", {
      default: String(defaultRatio),
      description: "share of requests that is traced, for the samplers by ratio",
    }),
  });
  const root = createRootSampler(config.name, readRatio(config.argument));
  if (!config.name.startsWith("parentbased_")) return (traceId) => root(traceId);
  return (traceId, parentSampled) => parentSampled ?? root(traceId);
}

function createRootSampler(name: (typeof names)[number], ratio: number): (traceId: string) => boolean {
  if (name.endsWith("always_on")) return () => true;
  if (name.endsWith("always_off")) return () => false;
  return (traceId) => isWithinRatio(traceId, ratio);
}

/** By the last 52 bits of the trace id: every process that asks with the same ratio decides alike. */
export function isWithinRatio(traceId: string, ratio: number): boolean {
  return Number.parseInt(traceId.slice(19), 16) < ratio * 2 ** 52;
}

function readRatio(text: string): number {
  const ratio = Number(text);
  if (ratio >= 0 && ratio <= 1) return ratio;
  const found = `found ${JSON.stringify(text.slice(0, 80))}`;
  const remedy = "correct OTEL_TRACES_SAMPLER_ARG, or unset it";
  throw new ConfigError([{ name: "OTEL_TRACES_SAMPLER_ARG", found, expected: "a number from 0 to 1", remedy }]);
}
