import type { JsonObject } from "../dialect.ts";

/** What one vector is to be made of. */
export type EmbeddingInput = {
  readonly content:
    | { readonly kind: "text"; readonly text: string }
    /** Tokens of the model's own tokenizer: to another model they mean nothing. */
    | { readonly kind: "tokens"; readonly tokens: readonly number[] }
    /** Texts and pictures that are read together. */
    | { readonly kind: "parts"; readonly parts: readonly EmbeddingPart[] };
  /** The title of the document that the text is of. Undefined: none. */
  readonly title?: string | undefined;
};

export type EmbeddingPart =
  | { readonly kind: "text"; readonly text: string }
  /** `url`: a data URL, or an address. */
  | { readonly kind: "image"; readonly url: string };

/** The form of a vector's numbers. `base64`: 32-bit floats, little-endian; `binary` and `ubinary`: eight dimensions in each number. */
export type EmbeddingEncoding = "float" | "base64" | "int8" | "uint8" | "binary" | "ubinary";

/** What the vectors are for. */
export type EmbeddingTask =
  | "search_query"
  | "search_document"
  | "classification"
  | "clustering"
  | "similarity"
  | "question_answering"
  | "fact_verification"
  | "code_query";

/** A request for vectors, in no provider's dialect. */
export type EmbeddingRequest = {
  readonly model: string;
  readonly inputs: readonly EmbeddingInput[];
  /** How the client wrote the inputs, where its dialect has several forms that answer differently (`embedContent`). Empty: it has one. */
  readonly operation: string;
  readonly dimensions?: number | undefined;
  readonly task?: EmbeddingTask | undefined;
  /** The forms wanted. Empty: the client did not say. */
  readonly encodings: readonly EmbeddingEncoding[];
  /** What to do with an input that is too long. Undefined: the provider's default. */
  readonly truncate?: "none" | "start" | "end" | undefined;
  /** The most tokens of one input that are read. */
  readonly maxInputTokens?: number | undefined;
  /** Whether vectors are brought to length 1. Undefined: the provider's default. */
  readonly normalize?: boolean | undefined;
  readonly endUser?: string | undefined;
  /** Members of the client's dialect that have no place here. */
  readonly rest: JsonObject;
  /** The dialect that `rest` belongs to. */
  readonly dialect: string;
};
