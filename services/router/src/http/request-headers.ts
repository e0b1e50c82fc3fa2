import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { ParameterMode } from "@sluice/api/sluice/provider/v1/attempt";
import type { AdminCheck } from "../admin-check.ts";
import type { CacheMode } from "../flow/gateway-request.ts";
import { type Refusal, refuse } from "../refusal.ts";

/** A header's value by its lower-case name; the first where it came several times. */
export type HeaderReader = (name: string) => string | undefined;

/** What a caller says to Sluice beside the request itself. */
export type SluiceHeaders = {
  readonly cacheMode: CacheMode;
  readonly tags: Readonly<Record<string, string>>;
  readonly user: string;
  readonly parameterMode: ParameterMode;
  /** Whether the exact requests to providers and their answers are to be kept for a while. */
  readonly captureRaw: boolean;
};

export type ReadHeaders =
  | { readonly kind: "read"; readonly headers: SluiceHeaders }
  | { readonly kind: "refused"; readonly refusal: Refusal };

const plain: SluiceHeaders = {
  cacheMode: "on",
  tags: {},
  user: "",
  parameterMode: ParameterMode.UNSPECIFIED,
  captureRaw: false,
};

const cacheModes: ReadonlyMap<string, CacheMode> = new Map([
  ["off", "off"],
  ["refresh", "refresh"],
  ["only", "only"],
]);

const parameterModes: ReadonlyMap<string, ParameterMode> = new Map([
  ["adapt", ParameterMode.ADAPT],
  ["strict", ParameterMode.STRICT],
  ["passthrough", ParameterMode.PASSTHROUGH],
]);

const maxTags = 32;
const maxUserLength = 512;

/**
 * Reads the `x-sluice-*` request headers. One that cannot be read is refused: an ignored wish is worse than none. What `x-sluice-debug` asks
 * for is for operators alone, who show their token in `x-sluice-admin-token`.
 */
export function readSluiceHeaders(header: HeaderReader, isAdmin: AdminCheck): ReadHeaders {
  const cache = header("x-sluice-cache");
  const tags = header("x-sluice-tags");
  const user = header("x-sluice-user");
  const parameters = header("x-sluice-parameters");
  const debug = header("x-sluice-debug");
  if (
    cache === undefined &&
    tags === undefined &&
    user === undefined &&
    parameters === undefined &&
    debug === undefined
  ) {
    return { kind: "read", headers: plain };
  }

  const cacheMode = cache === undefined ? "on" : cacheModes.get(cache.trim());
  if (cacheMode === undefined) return wrong("x-sluice-cache", "expected off, refresh or only");
  const parameterMode = parameters === undefined ? ParameterMode.UNSPECIFIED : parameterModes.get(parameters.trim());
  if (parameterMode === undefined) return wrong("x-sluice-parameters", "expected adapt, strict or passthrough");
  if (debug !== undefined) {
    if (debug.trim() !== "raw") return wrong("x-sluice-debug", "expected raw");
    if (!isAdmin(header("x-sluice-admin-token") ?? "")) {
      const message = "x-sluice-debug is for operators: show the admin token in x-sluice-admin-token";
      return { kind: "refused", refusal: refuse(ErrorReason.PERMISSION_DENIED, message) };
    }
  }
  if (user !== undefined && user.length > maxUserLength) {
    return wrong("x-sluice-user", `expected at most ${maxUserLength} characters`);
  }
  const readTags = tags === undefined ? {} : parseTags(tags);
  if (readTags === undefined) {
    return wrong(
      "x-sluice-tags",
      `expected k=v,k=v: at most ${maxTags}, names of 1 to 64 and values of up to 256 characters`,
    );
  }
  return {
    kind: "read",
    headers: { cacheMode, tags: readTags, user: user ?? "", parameterMode, captureRaw: debug !== undefined },
  };
}

function parseTags(text: string): Record<string, string> | undefined {
  const tags = new Map<string, string>();
  const pairs = text.split(",").filter((pair) => pair.trim() !== "");
  if (pairs.length > maxTags) return undefined;
  for (const pair of pairs) {
    const equals = pair.indexOf("=");
    const name = pair.slice(0, equals).trim();
    const value = pair.slice(equals + 1).trim();
    if (equals < 1 || !/^[A-Za-z0-9_.-]{1,64}$/.test(name) || value.length > 256) return undefined;
    tags.set(name, value);
  }
  return Object.fromEntries(tags);
}

function wrong(name: string, expected: string): ReadHeaders {
  return {
    kind: "refused",
    refusal: refuse(ErrorReason.INVALID_REQUEST, `header ${name} cannot be read: ${expected}`),
  };
}
