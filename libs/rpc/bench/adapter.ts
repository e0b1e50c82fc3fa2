import { create } from "@bufbuild/protobuf";
import {
  CompleteRequestSchema,
  CompleteResponseSchema,
  ProviderAdapterService,
  StreamRequestSchema,
  StreamResponseSchema,
} from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { implement, type RpcRegistration } from "../src/index.ts";

const attempt = {
  attemptId: "01a0b5a6-3c1d-7bbb-8ccc-1234567890ab",
  requestId: "01a0b5a6-3c1d-7bbb-8ccc-1234567890ac",
  model: "openai/gpt-5.5",
};
const payload = { case: "body", value: { dialect: "openai.chat", body: Buffer.alloc(929, "a") } } as const;

/** A request of 1 kB, as the router sends it. */
export const completeRequest = create(CompleteRequestSchema, { attempt, payload });
export const streamRequest = create(StreamRequestSchema, { attempt, payload });

export const messagesPerStream = 50;

/** An adapter that answers at once: 1.5 kB, or fifty chunks of 300 B, one in each turn of the event loop. */
export function createAdapter(validate: "on" | "off"): RpcRegistration {
  const body = Buffer.alloc(1558, "a");
  const chunk = create(StreamResponseSchema, { event: { case: "chunk", value: { body: Buffer.alloc(300, "a") } } });
  return implement(
    ProviderAdapterService,
    {
      describe: () => ({}),
      embed: () => ({}),
      countTokens: () => ({}),
      async *forward() {},
      complete: async () =>
        create(CompleteResponseSchema, {
          outcome: { case: "success", value: { payload: { case: "body", value: body }, facts: {} } },
        }),
      async *stream() {
        for (let index = 0; index < messagesPerStream; index += 1) {
          await new Promise((resolve) => setImmediate(resolve));
          yield chunk;
        }
      },
    },
    { complete: { validate }, stream: { validate } },
  );
}
