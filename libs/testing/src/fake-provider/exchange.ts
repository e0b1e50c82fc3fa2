import type { IncomingHttpHeaders } from "node:http";
import type { AwsKey } from "./bedrock/verify-signature.ts";
import type { ExchangeIds } from "./ids.ts";
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
}
