import type { Model } from "@sluice/api/sluice/provider/v1/model";
import type { DialectName } from "@sluice/dialects";
import type { CredentialSource } from "./credentials/credential-source.ts";
import type { EmbeddingEndpoint, ProviderKind } from "./kinds/provider-kind.ts";
import type { ResolvedCounting, ResolvedEndpoint } from "./kinds/resolve-endpoints.ts";
import type { ResolvedForward } from "./kinds/resolve-forwards.ts";
import type { Timeouts } from "./timeouts.ts";

/** A provider that is called over HTTP. */
export type HttpProvider = {
  readonly via: "http";
  readonly name: string;
  readonly kindName: string;
  readonly kind: ProviderKind;
  /** The dialect it is asked in by clients whose own it does not speak. Empty: it holds no conversations. */
  readonly dialect: DialectName | "";
  readonly origin: string;
  /** The base URL's path, without a slash at its end. */
  readonly basePath: string;
  /** With whole paths, as are those of embeddings and counting. */
  readonly endpoints: readonly ResolvedEndpoint[];
  readonly embeddings: readonly EmbeddingEndpoint[];
  readonly counting: readonly ResolvedCounting[];
  readonly forwards: readonly ResolvedForward[];
  /** Headers of every call, besides the credential: name, value, name, value. */
  readonly headers: readonly string[];
  readonly credentials: CredentialSource;
  readonly timeouts: Timeouts;
  readonly region: string;
  readonly zeroRetention: boolean | undefined;
  readonly openEnded: boolean;
  readonly models: readonly Model[];
};

/** The stand-in that answers from within. */
export type SimulatedProvider = {
  readonly via: "simulator";
  readonly name: string;
  readonly kindName: string;
  readonly region: string;
  readonly zeroRetention: boolean | undefined;
  readonly openEnded: false;
  readonly dialect: "";
  readonly models: readonly Model[];
};

export type Provider = HttpProvider | SimulatedProvider;
