import { create } from "@bufbuild/protobuf";
import {
  BillingService,
  type QuerySpendRequest,
  QuerySpendResponseSchema,
} from "@sluice/api/sluice/billing/v1/billing_service";
import {
  ProviderAdapterService,
  type StreamRequest,
  StreamRequestSchema,
  type StreamResponse,
  StreamResponseSchema,
} from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import type { HandlerContext } from "../src/index.ts";
import { implement, type MethodOptions } from "../src/index.ts";

/** What the services of a test do: billing's QuerySpend stands for all unary methods, the adapter's Stream for all streams. */
export interface Script {
  unary: (request: QuerySpendRequest, context: HandlerContext) => unknown;
  stream: (request: StreamRequest, context: HandlerContext) => AsyncIterable<StreamResponse>;
}

export function createScript(script: Partial<Script> = {}): Script {
  return {
    unary: (request) => ({ nextPageToken: `${request.team}/${request.pageSize}` }),
    async *stream() {
      yield chunk("one");
      yield chunk("two");
    },
    ...script,
  };
}

/** Real Sluice services whose behaviour a test can change between calls. */
export function createScriptedServices(script: Script, adapterOptions: { readonly stream?: MethodOptions } = {}) {
  const unscripted = () => {
    throw new Error("not in the script");
  };
  return [
    implement(BillingService, {
      querySpend: async (request, context) =>
        create(QuerySpendResponseSchema, (await script.unary(request, context)) as object),
      listLedgerEntries: unscripted,
      recordUsage: unscripted,
    }),
    implement(
      ProviderAdapterService,
      {
        describe: unscripted,
        complete: unscripted,
        embed: unscripted,
        countTokens: unscripted,
        forward: unscripted,
        stream: (request, context) => script.stream(request, context),
      },
      adapterOptions,
    ),
  ];
}

export function chunk(text: string): StreamResponse {
  return create(StreamResponseSchema, { event: { case: "chunk", value: { body: Buffer.from(text) } } });
}

export function textOf(message: StreamResponse): string {
  return message.event.case === "chunk" ? Buffer.from(message.event.value.body).toString() : `(${message.event.case})`;
}

export function streamRequest(body: string | Uint8Array = "{}"): StreamRequest {
  return create(StreamRequestSchema, {
    attempt: { attemptId: "a-1", requestId: "r-1", model: "openai/gpt-5.5" },
    payload: { case: "body", value: { dialect: "openai.chat", body: Buffer.from(body) } },
  });
}

export async function collect<T>(messages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const message of messages) all.push(message);
  return all;
}
