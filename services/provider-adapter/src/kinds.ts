import type { DialectName, EmbeddingDialectName } from "@sluice/dialects";

/** Time limits on the phases of a call, in milliseconds. */
export type Timeouts = {
  /** To open a connection. */
  readonly connectMs: number;
  /**
   * From the request's last byte to the answer's first token. Undefined, where nobody set it: a minute for a stream; a whole answer's first
   * token comes with its last, so there `totalMs` alone holds.
   */
  readonly firstTokenMs: number | undefined;
  /** Between two pieces of an answer. */
  readonly idleMs: number;
  /** For the call as a whole. */
  readonly totalMs: number;
};

export const defaultTimeouts: Timeouts = {
  connectMs: 2_000,
  firstTokenMs: undefined,
  idleMs: 30_000,
  totalMs: 600_000,
};

/** How long a stream may take to its first token where nobody set it. */
export const defaultStreamFirstTokenMs = 60_000;

/** Where a provider takes requests of one dialect. */
export type Endpoint = {
  readonly dialect: DialectName;
  /** Below the base URL; `{model}` stands for the provider's name of the model. */
  readonly path: string;
  /** Where streams are asked for, if elsewhere. */
  readonly streamPath?: string;
};

/** Where a provider takes requests for embeddings of one dialect. */
export type EmbeddingEndpoint = {
  readonly dialect: EmbeddingDialectName;
  /** Below the base URL; `{model}` stands for the provider's name of the model, `{operation}` for the dialect's operation. */
  readonly path: string;
  /** The operations that are there, the one preferred first, where they are not all of the dialect's. */
  readonly operations?: readonly string[];
  /** The models that are asked here, by the provider's name. Undefined: all. */
  readonly models?: RegExp;
};

/** Where a provider counts the input tokens of a request of one dialect. */
export type CountingEndpoint = {
  readonly dialect: DialectName;
  /** Below the base URL; `{model}` stands for the provider's name of the model. */
  readonly path: string;
};

/** What providers of one kind have in common: data, as far as it goes. */
export type ProviderKind = {
  /** The dialects that it speaks. One that speaks the client's own is asked in it; else the first is used. */
  readonly endpoints: readonly [Endpoint, ...Endpoint[]];
  /** The dialects in which it embeds, the one that foreign dialects are brought to first. Undefined: it does not embed. */
  readonly embeddings?: readonly EmbeddingEndpoint[];
  /** Where it counts input tokens. Undefined: it does not, and they are estimated. */
  readonly counting?: CountingEndpoint;
  /** What the provider's own SDK takes as its base URL. Undefined: it must be configured. */
  readonly baseUrl: string | undefined;
  /** The provider's variable for its credential; with it set, the provider is there with no configuration. */
  readonly keyVariable: string | undefined;
  /** The provider's own variable for its base URL. */
  readonly baseUrlVariable: string | undefined;
  /** The provider's id in the price list. Undefined: it is not in it. */
  readonly catalogueId: string | undefined;
  /** Whether any model's name may be called, because what it serves cannot be known. */
  readonly openEnded: boolean;
  /** Whether the provider takes reasoning of earlier turns back; OpenAI itself refuses the fields that carry it. */
  readonly historyReasoning: "send" | "omit";
  /** How an API key is shown: name, value, name, value. Asked once for each key. */
  keyHeaders(apiKey: string): readonly string[];
  /** Headers of a call beside its credential, by what the dialect's own headers say: name, value, name, value. */
  headers?(dialectHeaders: Readonly<Record<string, string>>): readonly string[];
};

/** Where a request of the client's dialect goes: asked in its own words where the provider speaks them. */
export function chooseEndpoint(kind: ProviderKind, clientDialect: string): Endpoint {
  return kind.endpoints.find((endpoint) => endpoint.dialect === clientDialect) ?? kind.endpoints[0];
}

function bearer(apiKey: string): readonly string[] {
  return ["authorization", `Bearer ${apiKey}`];
}

/** The version that a request is sent under when its client named none (docs.anthropic.com/en/api/versioning, seen 2026-11-22). */
const anthropicVersion = "2023-06-01";

export const kinds = {
  openai: {
    baseUrl: "https://api.openai.com/v1",
    endpoints: [{ dialect: "openai.chat", path: "/chat/completions" }],
    embeddings: [{ dialect: "openai.embeddings", path: "/embeddings" }],
    keyVariable: "OPENAI_API_KEY",
    baseUrlVariable: "OPENAI_BASE_URL",
    catalogueId: "openai",
    openEnded: false,
    historyReasoning: "omit",
    keyHeaders: bearer,
  },
  openai_compatible: {
    baseUrl: undefined,
    endpoints: [{ dialect: "openai.chat", path: "/chat/completions" }],
    embeddings: [{ dialect: "openai.embeddings", path: "/embeddings" }],
    keyVariable: undefined,
    baseUrlVariable: undefined,
    catalogueId: undefined,
    openEnded: true,
    historyReasoning: "send",
    keyHeaders: bearer,
  },
  anthropic: {
    baseUrl: "https://api.anthropic.com",
    endpoints: [{ dialect: "anthropic.messages", path: "/v1/messages" }],
    counting: { dialect: "anthropic.messages", path: "/v1/messages/count_tokens" },
    keyVariable: "ANTHROPIC_API_KEY",
    baseUrlVariable: "ANTHROPIC_BASE_URL",
    catalogueId: "anthropic",
    openEnded: false,
    historyReasoning: "send",
    keyHeaders: (apiKey) => ["x-api-key", apiKey],
    headers(dialectHeaders) {
      const beta = dialectHeaders["anthropic-beta"];
      return [
        "anthropic-version",
        dialectHeaders["anthropic-version"] ?? anthropicVersion,
        ...(beta === undefined ? [] : ["anthropic-beta", beta]),
      ];
    },
  },
} as const satisfies Readonly<Record<string, ProviderKind>>;

export type KindName = keyof typeof kinds;
