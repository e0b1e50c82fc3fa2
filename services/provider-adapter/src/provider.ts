import type { Model } from "@sluice/api/sluice/provider/v1/model";
import type { DialectName } from "@sluice/dialects";
import type { ApiKeys } from "./api-keys.ts";
import type { ProviderKind, Timeouts } from "./kinds.ts";

/** A provider that is called over HTTP. */
export type HttpProvider = {
  readonly via: "http";
  readonly name: string;
  readonly kindName: string;
  readonly kind: ProviderKind;
  readonly dialect: DialectName;
  readonly origin: string;
  /** The path of a request, base path included. */
  readonly path: string;
  readonly apiKeys: ApiKeys;
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
