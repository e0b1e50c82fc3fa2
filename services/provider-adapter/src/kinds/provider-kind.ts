import type { DialectName, EmbeddingDialectName, JsonValue, ParameterRule } from "@sluice/dialects";

/** Where a provider takes requests of one dialect. */
export type Endpoint = {
  readonly dialect: DialectName;
  /**
   * Below the base URL, with the query where there is one; a leading `..` goes up from it. `{model}` stands for the provider's name of the
   * model, any other `{name}` for one of the kind's values.
   */
  readonly path: string;
  /** Where streams are asked for, if elsewhere. */
  readonly streamPath?: string;
  /** The models that are asked for here, by the provider's names. Undefined: all. */
  readonly models?: RegExp;
  /** What the body must not and must hold besides what its dialect says. Undefined: the dialect's own body. */
  readonly frame?: BodyFrame;
  /** Headers beside the credential, by what the client's own headers of this dialect say: name, value, name, value. */
  headers?(dialectHeaders: Readonly<Record<string, string>>): readonly string[];
};

/** How a provider's envelope differs from the dialect's own: no change to what is asked, so it is not reported as one. */
export type BodyFrame = {
  /** Members of the body's root that are left out. */
  readonly omit: readonly string[];
  /** Members of the body's root that are added unless they stand there. */
  readonly add: Readonly<Record<string, JsonValue>>;
};

/** Where a provider takes requests for embeddings of one dialect. */
export type EmbeddingEndpoint = {
  readonly dialect: EmbeddingDialectName;
  /** As `Endpoint.path`; `{operation}` stands for the dialect's operation. */
  readonly path: string;
  /** The operations that are there, the one preferred first, where they are not all of the dialect's. */
  readonly operations?: readonly string[];
  /** The models that are asked for here, by the provider's names. Undefined: all. */
  readonly models?: RegExp;
};

/** Where a provider counts the input tokens of a request of one dialect. */
export type CountingEndpoint = {
  readonly dialect: DialectName;
  /** As `Endpoint.path`. */
  readonly path: string;
  /** The models that are counted for here, by the provider's names. Undefined: all. */
  readonly models?: RegExp;
  /** Whether it takes the request itself and not the dialect's wrapper around it. */
  readonly bare?: true;
  /** As `Endpoint.headers`. */
  headers?(dialectHeaders: Readonly<Record<string, string>>): readonly string[];
};

/** An endpoint that is served untranslated. */
export type ForwardEndpoint = {
  /** As OpenAI names it, such as `/images/generations`; one that ends in `*` stands for all that begin so. */
  readonly path: string;
  /** Where the provider has it below its base URL, as `Endpoint.path`; what `*` stood for goes where it ends in `*`. Undefined: at `path`. */
  readonly to?: string;
};

/** Something in a kind's URLs that is the account's own, such as its id. */
export type KindValue = {
  /** Its name in the URLs and, without a setting of its own, under `values` in the configuration. */
  readonly name: string;
  /** Where the configuration has it, such as `azure.resource`. Undefined: under `values`. */
  readonly setting?: "azure.resource" | "azure.api_version" | "google.project" | "google.location" | "aws.region";
  /** The provider's own variables for it: the first that is set. */
  readonly variables: readonly string[];
  /** What stands where nobody says. Undefined: the provider cannot be called without it. */
  readonly fallback?: string;
};

/** A part of the catalogue that a kind's models are listed from. */
export type CatalogueSource = {
  /** The id in the price list. */
  readonly id: string;
  /** Which of its models, by their ids. Undefined: all. */
  readonly models?: RegExp;
  /** How the list's names become this kind's. */
  readonly rename?: { readonly from: RegExp; readonly to: string };
  /** What this kind's names end in. */
  readonly suffix?: string;
  /** What may stand before a name, at the same price. */
  readonly aliasPrefixes?: readonly string[];
};

/** Credentials beyond API keys. Each has its source in `credentials/`. */
export type TokenCredential = "aws" | "google" | "azure" | "watsonx" | "databricks";

/** What providers of one kind have in common: data, as far as it goes. */
export type ProviderKind = {
  /** What the provider calls itself. */
  readonly label: string;
  /** The dialects that it converses in. One that speaks the client's own is asked in it; else the first is used. Empty: it only embeds or ranks. */
  readonly endpoints: readonly Endpoint[];
  /** Those of its dialects that all providers of the kind speak; the others are asked for in the configuration. Undefined: all. */
  readonly usualDialects?: readonly DialectName[];
  /** The dialects in which it embeds, the one that foreign dialects are brought to first. Undefined: it does not embed. */
  readonly embeddings?: readonly EmbeddingEndpoint[];
  /** Where it counts input tokens. Undefined: it does not, and they are estimated. */
  readonly counting?: readonly CountingEndpoint[];
  /** Undefined: it serves nothing untranslated. */
  readonly forward?: readonly ForwardEndpoint[];
  /** What the provider's own SDK takes as its base URL; it may hold `{name}`s of `values`. Undefined: it must be said. */
  readonly baseUrl: string | undefined;
  /** The provider's own variables for its base URL: the first that is set. */
  readonly baseUrlVariables: readonly string[];
  readonly values?: readonly KindValue[];
  /** Values that follow from others. */
  derive?(values: Readonly<Record<string, string>>): Readonly<Record<string, string>>;
  /** The provider's variables for its credential: the first that is set. */
  readonly keyVariables: readonly string[];
  /** The variables of which one makes the provider be there with no configuration. Undefined: those of its key. */
  readonly presenceVariables?: readonly string[];
  /** How an API key is shown: name, value, name, value. Asked once for each key. */
  keyHeaders(apiKey: string): readonly string[];
  /** Where the credential comes from when there is no API key; or, `apiKey: "exchanged"`, what an API key is exchanged for. */
  readonly tokens?: { readonly source: TokenCredential; readonly apiKey: "instead" | "exchanged" };
  /** Where its models and prices stand in the catalogue; of two entries for a model the first holds. Empty: they are not in it. */
  readonly catalogue: readonly CatalogueSource[];
  /** Whether any model's name may be called, because what it serves cannot be known. */
  readonly openEnded: boolean;
  /** Whether the provider takes reasoning of earlier turns back; OpenAI itself refuses the fields that carry it. */
  readonly historyReasoning: "send" | "omit";
  /** What it does with parameters of the dialects that it otherwise speaks. */
  readonly rules?: Partial<Readonly<Record<DialectName, readonly ParameterRule[]>>>;
  /** Where a server of this kind answers on the machine that runs it, for discovery. */
  readonly local?: LocalServer;
  /** Where all this is known from. */
  readonly sources: readonly [string, ...string[]];
  /** The day on which the sources were seen, YYYY-MM-DD. */
  readonly seen: string;
  /** What could not be checked against the provider's own documentation. Undefined: nothing. */
  readonly unchecked?: string;
};

/** How a server of one's own is found on loopback. */
export type LocalServer = {
  readonly port: number;
  /** Below the origin: asked by GET, answered by 200. */
  readonly path: string;
  /** Whether the answer, read as JSON, is of this kind of server, told from what only it says. */
  isThis(answer: JsonValue, headers: Readonly<Record<string, string | string[] | undefined>>): boolean;
};
