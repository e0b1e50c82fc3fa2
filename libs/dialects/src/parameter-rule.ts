import type { JsonValue } from "./dialect.ts";

/**
 * What a provider, or one of its models, does with a parameter of a dialect that it otherwise speaks. Data: of the provider table, or learned
 * from a refusal.
 */
export type ParameterRule = {
  /** Members from the body's root, such as `["generationConfig", "topK"]`. */
  readonly path: readonly string[];
  readonly action:
    | { readonly kind: "drop" }
    /** The new path. A value that stands there already is kept, and the old one dropped. */
    | { readonly kind: "rename"; readonly to: readonly string[] }
    /** A number is brought into the range; of a list, the length. */
    | { readonly kind: "clamp"; readonly minimum?: number; readonly maximum?: number }
    /** Sent with this value, whatever the caller said. */
    | { readonly kind: "set"; readonly value: JsonValue }
    /** Added where the caller said nothing. */
    | { readonly kind: "default"; readonly value: JsonValue }
    /**
     * Left out unless it has one of these values; where `scale` has its value, it gives way to the nearest of them instead, one above before
     * one below. `scale`: words in order.
     */
    | { readonly kind: "only"; readonly values: readonly JsonValue[]; readonly scale?: readonly string[] };
  /** Why, for a person: goes into the reported change. */
  readonly reason: string;
  /** Where this is known from, with the date it was seen; or what the provider said. */
  readonly source: string;
};
