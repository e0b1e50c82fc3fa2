import type { Model } from "@sluice/api/sluice/provider/v1/model";
import type { DialectName } from "@sluice/dialects";
import type { CredentialSource } from "./credentials/credential-source.ts";
import type { ProviderKind, Timeouts } from "./kinds.ts";

/** A provider that is called over HTTP. */
export type HttpProvider = {
  readonly via: "http";
  readonly name: string;
  readonly kindName: string;
  readonly kind: ProviderKind;
  /** The dialect it is asked in by clients whose own it does not speak. */
  readonly dialect: DialectName;
  readonly origin: string;
  /** The base URL's path, without a slash at its end. */
  readonly basePath: string;
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
