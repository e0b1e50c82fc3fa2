import type { JsonValue } from "@sluice/dialects";

/** What a provider said of one parameter when it refused a request, in its own name for it. */
export type Finding = {
  /** As the provider wrote it: one name, or several with dots between. */
  readonly name: string;
  /** The provider's words, without anything of the request. */
  readonly evidence: string;
} & (
  | { readonly kind: "unsupported" }
  | { readonly kind: "replaced"; readonly by: string }
  /** Of a number; of a list, its length. Bounds are included. */
  | { readonly kind: "range"; readonly minimum?: number; readonly maximum?: number; readonly onlyNow?: true }
  | { readonly kind: "values"; readonly values: readonly JsonValue[] }
  /** It does not go with the rest of this request, or not with this value: nothing is said of other requests. */
  | { readonly kind: "conflict" }
);
