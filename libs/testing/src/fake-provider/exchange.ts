import type { IncomingHttpHeaders } from "node:http";
import type { Answer } from "./answer.ts";
import type { AwsKey } from "./bedrock/verify-signature.ts";
import type { ExchangeIds } from "./ids.ts";
import type { JsonObject } from "./json.ts";
import type { MultipartForm } from "./multipart.ts";
import type { FileStore } from "./openai-media/file-store.ts";
import type { ResponseStore } from "./openai-responses/response-store.ts";
import type { PromptCache } from "./prompt-cache.ts";
import type { RuleBook } from "./rule-book.ts";
import type { FakeApi, Plan } from "./script.ts";

/** What the fake was started with, and its state across requests. */
export interface Surroundings {
  readonly acceptedKeys: ReadonlySet<string> | undefined;
  readonly awsKeys: readonly AwsKey[];
  readonly models: ReadonlySet<string>;
  readonly anyModel: boolean;
  readonly recordingsDirectory: string;
  readonly rules: RuleBook;
  readonly cache: PromptCache;
  readonly responses: ResponseStore;
  readonly files: FileStore;
  readonly nowMs: () => number;
}

/** A request received whole. */
export interface Received {
  /** Counts up over the fake's life; ids are made of it. */
  readonly exchange: number;
  readonly api: FakeApi;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The body as JSON; undefined where it is none. */
  readonly json: unknown;
  /** The body as a multipart form; undefined where it is none. */
  readonly form: MultipartForm | undefined;
  readonly model: string | undefined;
  readonly stream: boolean;
}

/** A request on its way to its answer: all that an API needs to make one. */
export interface Exchange {
  readonly received: Received;
  readonly plan: Plan;
  readonly ids: ExchangeIds;
  /** Headers every answer of the API carries. */
  readonly headers: Readonly<Record<string, string>>;
  readonly surroundings: Surroundings;
  /** What the fake would answer to another request: a POST of this JSON, asked with this one's key. */
  readonly ask: (path: string, body: JsonObject) => Answer;
}
